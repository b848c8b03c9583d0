package dev.kaya.api.web;

import dev.kaya.api.problem.Problem;
import dev.kaya.engine.tokenizer.WellFormedText;
import dev.kaya.service.bound.MemoryBudget;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.SerializableString;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.sym.PropertyNameMatcher;
import tools.jackson.core.util.JsonParserDelegate;

/**
 * A parser of a request's body that refuses what is JSON and yet cannot be taken: text with half a
 * surrogate pair, which has no UTF-8 (RFC 7493, section 2.1), numbers of more digits than anybody
 * can mean, and more values than a body may become objects.
 *
 * <p>Elements of an array of numbers in the outermost object are not counted: they become an array
 * of numbers, which is smaller than its text.
 */
public final class CheckedParser extends JsonParserDelegate {

    /** Most names and values of a body. */
    public static final int MOST_VALUES = 50_000;

    /** Memory of an object with a name or value in it, the largest being an empty object. */
    static final int VALUE_BYTES = 150;

    private static final int MOST_DIGITS = StreamReadConstraints.DEFAULT_MAX_NUM_LEN;
    private static final Pattern NUMBER = Pattern.compile("Number value length \\((\\d+)\\)");

    private static final int NAMED_ARRAY_DEPTH = 2;

    private static final int VALUES_AT_ONCE = 500;

    private final MemoryBudget.Reservation memory;
    private int values;

    /**
     * @param parser what reads
     * @param memory grows with the values
     */
    CheckedParser(JsonParser parser, MemoryBudget.Reservation memory) {
        super(parser);
        this.memory = memory;
    }

    /** A fault with the problem that tells it. */
    static final class BodyFaultException extends StreamReadException {
        private static final long serialVersionUID = 1L;
        private final transient Problem problem;

        BodyFaultException(JsonParser parser, Problem problem) {
            super(parser, problem.detail());
            this.problem = problem;
        }

        Problem problem() {
            return problem;
        }
    }

    @Override
    public @Nullable JsonToken nextToken() {
        JsonToken token;
        try {
            token = delegate.nextToken();
        } catch (StreamConstraintsException e) {
            throw tooLong(e);
        }
        check(token);
        return token;
    }

    /** Jackson has the same bound on the digits of a number, and names no field. */
    private RuntimeException tooLong(StreamConstraintsException e) {
        Matcher number = NUMBER.matcher(String.valueOf(e.getOriginalMessage()));
        if (!number.lookingAt()) {
            return e;
        }
        String given = number.group(1);
        Problem problem =
                problem(
                        HttpStatus.BAD_REQUEST,
                        "number_too_long",
                        "be a number of at most " + MOST_DIGITS + " digits; given " + given,
                        MOST_DIGITS,
                        Integer.valueOf(given));
        return new BodyFaultException(delegate, problem); // it has no place as a token yet
    }

    @Override
    public @Nullable JsonToken nextValue() {
        JsonToken token = nextToken();
        return token == JsonToken.PROPERTY_NAME ? nextToken() : token;
    }

    @Override
    public @Nullable String nextName() {
        return nextToken() == JsonToken.PROPERTY_NAME ? delegate.currentName() : null;
    }

    @Override
    public boolean nextName(SerializableString expected) {
        return expected.getValue().equals(nextName());
    }

    @Override
    public int nextNameMatch(PropertyNameMatcher matcher) {
        int match = delegate.nextNameMatch(matcher);
        check(delegate.currentToken());
        return match;
    }

    @Override
    public String getString() {
        String text = delegate.getString();
        if (delegate.currentToken() == JsonToken.VALUE_STRING) {
            requireUnicode(text);
        }
        return text;
    }

    private void check(@Nullable JsonToken token) {
        switch (token) {
            case PROPERTY_NAME -> {
                count();
                requireUnicode(delegate.currentName());
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                if (!isOfNamedArray()) {
                    count();
                }
            }
            case START_OBJECT, START_ARRAY, VALUE_STRING, VALUE_TRUE, VALUE_FALSE, VALUE_NULL ->
                    count();
            case null, default -> {}
        }
    }

    private boolean isOfNamedArray() {
        TokenStreamContext context = delegate.streamReadContext();
        return context.inArray() && context.getNestingDepth() == NAMED_ARRAY_DEPTH;
    }

    private void count() {
        values++;
        if (values % VALUES_AT_ONCE == 0 && !memory.grow(VALUES_AT_ONCE * VALUE_BYTES)) {
            throw new StreamReadException(delegate, "no memory", BodyIntake.tooBusy());
        }
        if (values > MOST_VALUES) {
            throw fault(
                    problem(
                            HttpStatus.CONTENT_TOO_LARGE,
                            "too_many_values",
                            "end before the body has more than "
                                    + MOST_VALUES
                                    + " names and values",
                            MOST_VALUES,
                            "more"));
        }
    }

    private void requireUnicode(String text) {
        int half = WellFormedText.firstUnpaired(text, 0);
        if (half >= 0) {
            throw fault(
                    problem(
                            HttpStatus.BAD_REQUEST,
                            "invalid_unicode",
                            "be Unicode text; given half a surrogate pair at character " + half,
                            null,
                            null));
        }
    }

    private BodyFaultException fault(Problem problem) {
        TokenStreamLocation place = delegate.currentTokenLocation();
        return new BodyFaultException(delegate, problem.at(place.getLineNr(), place.getColumnNr()));
    }

    private Problem problem(
            HttpStatus status,
            String code,
            String rule,
            @Nullable Object limit,
            @Nullable Object given) {
        String field = field(delegate.streamReadContext());
        String detail = (field.isEmpty() ? "the body" : field) + " must " + rule;
        return Problem.of(status, code, detail, field.isEmpty() ? null : field, limit, given);
    }

    /** Where the parser is, such as {@code stop[1]}; empty outside of every field. */
    private static String field(@Nullable TokenStreamContext context) {
        if (context == null || context.inRoot()) {
            return "";
        }
        String outer = field(context.getParent());
        if (context.inArray()) {
            return outer + "[" + context.getCurrentIndex() + "]";
        }
        String name = context.currentName();
        if (name == null) {
            return outer;
        }
        return outer.isEmpty() ? WellFormedText.of(name) : outer + "." + WellFormedText.of(name);
    }
}
