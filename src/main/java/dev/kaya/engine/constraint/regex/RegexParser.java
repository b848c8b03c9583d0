package dev.kaya.engine.constraint.regex;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.automaton.CharacterSet;
import dev.kaya.engine.constraint.automaton.Expression;
import dev.kaya.engine.constraint.automaton.Expression.Characters;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a regular expression that stands for whole texts.
 *
 * <p>The dialect is what ECMAScript with the flag {@code u}, {@code java.util.regex} and Python's
 * {@code re} agree upon: literals; {@code .}, which is any character but line ends; classes with
 * ranges and negation; {@code \d \D \w \W}, which are ASCII's, and {@code \s \S}; {@code \t \n \r
 * \f \v \xHH \}{@code uHHHH \}{@code u{H…}} and escaped punctuation; {@code |}; groups, named or
 * not; {@code * + ? {m} {m,} {m,n}}, greedy or lazy, which is the same for a whole text; {@code ^}
 * at the start and {@code $} at the end of the expression or of one of its alternatives, where they
 * change nothing.
 *
 * <p>Dialects differ in which characters are white space and which end lines. {@code \s} takes the
 * six of ASCII that are white space to all, {@code \S} those that are to none, and {@code .} leaves
 * out whatever ends a line to any; so an answer matches whoever reads it.
 */
public final class RegexParser {

    private static final int END = -1;
    private static final int PART_BYTES = 200; // of an expression, its set and its place

    private final int[] pattern;
    private final String place;
    private final CompilationBudget budget;
    private int at;
    private int depth;

    private RegexParser(String pattern, String place, CompilationBudget budget) {
        this.pattern = pattern.codePoints().toArray();
        this.place = place;
        this.budget = budget;
    }

    /**
     * Reads a pattern.
     *
     * @param place of the pattern, before {@code character N} in messages; may be empty
     * @param budget that the expression is held in from now on
     * @throws ConstraintException where it is malformed, or uses what is not supported
     */
    public static Expression parse(String pattern, String place, CompilationBudget budget)
            throws ConstraintException {
        if (pattern.length() > Limits.PATTERN_LENGTH) {
            throw ConstraintException.tooLarge(
                    place.isEmpty() ? "character 1" : place,
                    "a pattern has at most %d characters; this one has %d"
                            .formatted(Limits.PATTERN_LENGTH, pattern.length()));
        }
        budget.steps(pattern.length());
        budget.hold(4L * pattern.length());
        var parser = new RegexParser(pattern, place, budget);
        Expression expression = parser.alternatives();
        if (parser.at < parser.pattern.length) {
            throw parser.invalid(parser.at, "this ) closes nothing");
        }
        return expression;
    }

    private String where(int index) {
        String character = "character " + (index + 1);
        return place.isEmpty() ? character : place + ", " + character;
    }

    private ConstraintException invalid(int index, String reason) {
        return ConstraintException.invalid(where(index), reason);
    }

    private ConstraintException unsupported(int index, String what) {
        return ConstraintException.unsupported(where(index), what + " not supported");
    }

    private int peek() {
        return peek(0);
    }

    private int peek(int ahead) {
        return at + ahead < pattern.length ? pattern[at + ahead] : END;
    }

    private boolean take(int character) {
        if (peek() == character) {
            at++;
            return true;
        }
        return false;
    }

    private Expression alternatives() throws ConstraintException {
        List<Expression> options = new ArrayList<>();
        do {
            options.add(alternative());
        } while (take('|'));
        return Expression.either(options);
    }

    private Expression alternative() throws ConstraintException {
        List<Expression> parts = new ArrayList<>();
        takeAnchor('^');
        while (peek() != END && peek() != '|' && peek() != ')') {
            if (peek() == '$') {
                takeAnchor('$');
                break;
            }
            parts.add(quantified(atom()));
        }
        if (peek() != END && peek() != '|' && peek() != ')') {
            throw unsupported(at - 1, "a $ before the end of the pattern is");
        }
        return Expression.joined(parts);
    }

    /** Anchors may stand where they change nothing: at the ends, outside of groups. */
    private void takeAnchor(int anchor) throws ConstraintException {
        if (peek() == anchor) {
            if (depth > 0) {
                throw unsupported(at, "the anchor " + (char) anchor + " within a group is");
            }
            at++;
        }
    }

    private Expression atom() throws ConstraintException {
        budget.hold(PART_BYTES + 2L * place.length());
        int start = at;
        int c = pattern[at++];
        return switch (c) {
            case '(' -> group(start);
            case '[' -> new Characters(characterClass(start), where(start));
            case '.' -> new Characters(EscapedCharacters.LINE_ENDS.complement(), where(start));
            case '\\' -> new Characters(escape(start, false, false), where(start));
            case '*', '+', '?' -> throw invalid(start, "there is nothing to repeat");
            case '{' -> throw invalid(start, "a { that begins no quantifier must be escaped");
            case '^' -> throw unsupported(start, "a ^ behind the start of the pattern is");
            default -> {
                if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                    throw invalid(start, "half a character");
                }
                yield new Characters(CharacterSet.of(c), where(start));
            }
        };
    }

    private Expression group(int start) throws ConstraintException {
        if (take('?')) {
            groupKind(start);
        }
        if (depth == Limits.GROUP_DEPTH) {
            throw ConstraintException.tooLarge(
                    where(start), "groups stand at most %d deep".formatted(Limits.GROUP_DEPTH));
        }
        depth++;
        Expression inside = alternatives();
        depth--;
        if (!take(')')) {
            throw invalid(start, "this ( is not closed");
        }
        return inside;
    }

    private void groupKind(int start) throws ConstraintException {
        if (take(':')) {
            return;
        }
        boolean python = take('P');
        int kind = peek();
        int next = peek(1);
        if (kind == '<' && next != '=' && next != '!') {
            at++;
            int name = at;
            while (peek() == '_' || (peek() < 0x80 && Character.isLetterOrDigit(peek()))) {
                at++;
            }
            if (at == name || !take('>')) {
                throw invalid(start, "this group's name is malformed");
            }
            return;
        }
        throw switch (kind) {
            case '=', '!' -> unsupported(start, python ? "this group is" : "lookahead is");
            case '<' -> unsupported(start, "lookbehind is");
            case '>' -> unsupported(start, "an atomic group is");
            case '(' -> unsupported(start, "a conditional group is");
            default -> unsupported(start, "a group with flags is");
        };
    }

    private Expression quantified(Expression body) throws ConstraintException {
        int quantifier = at;
        Expression repeated =
                switch (peek()) {
                    case '*' -> counted(body, 0, Expression.UNBOUNDED);
                    case '+' -> counted(body, 1, Expression.UNBOUNDED);
                    case '?' -> counted(body, 0, 1);
                    case '{' -> bounds(body);
                    default -> body;
                };
        if (at == quantifier) {
            return body;
        }
        take('?'); // lazy: the same texts
        if (peek() == '+') {
            throw unsupported(at, "a possessive quantifier is");
        }
        if (peek() == '*' || peek() == '?' || peek() == '{') {
            throw invalid(at, "a quantifier follows another");
        }
        return repeated;
    }

    private Expression counted(Expression body, int least, int most) {
        at++;
        return Expression.repeated(body, least, most);
    }

    private Expression bounds(Expression body) throws ConstraintException {
        int start = at++;
        int least = number(start);
        int most = least;
        if (take(',')) {
            most = peek() == '}' ? Expression.UNBOUNDED : number(start);
        }
        if (!take('}')) {
            throw invalid(start, "a quantifier is {m}, {m,} or {m,n}; escape a literal {");
        }
        if (most != Expression.UNBOUNDED && most < least) {
            throw invalid(start, "the quantifier's bounds are the wrong way round");
        }
        return Expression.repeated(body, least, most);
    }

    private int number(int start) throws ConstraintException {
        int first = at;
        int value = 0;
        while (peek() >= '0' && peek() <= '9') {
            value = value * 10 + (pattern[at++] - '0');
            if (value > Limits.REPETITIONS) {
                throw ConstraintException.tooLarge(
                        where(start),
                        "a quantifier goes up to " + Limits.REPETITIONS + " repetitions");
            }
        }
        if (at == first) {
            throw invalid(start, "a quantifier is {m}, {m,} or {m,n}; escape a literal {");
        }
        return value;
    }

    private CharacterSet characterClass(int start) throws ConstraintException {
        boolean negated = take('^');
        List<CharacterSet> members = new ArrayList<>();
        while (members.isEmpty() || peek() != ']') {
            if (peek() == END) {
                throw invalid(start, "this [ is not closed");
            }
            if (members.isEmpty() && peek() == ']') {
                throw invalid(at, "a ] that begins a class must be escaped");
            }
            members.add(member(negated));
        }
        at++;
        CharacterSet set = CharacterSet.union(members);
        budget.hold(8L * set.ranges());
        return negated ? set.complement() : set;
    }

    private CharacterSet member(boolean negated) throws ConstraintException {
        int start = at;
        CharacterSet low = classAtom(negated);
        if (peek() != '-' || peek(1) == ']' || peek(1) == END) {
            return low;
        }
        at++;
        CharacterSet high = classAtom(negated);
        if (!isOne(low) || !isOne(high)) {
            throw invalid(start, "a range runs from one character to another");
        }
        if (high.low(0) < low.low(0)) {
            throw invalid(start, "the range's ends are the wrong way round");
        }
        return CharacterSet.range(low.low(0), high.low(0));
    }

    private static boolean isOne(CharacterSet set) {
        return set.ranges() == 1 && set.low(0) == set.high(0);
    }

    private CharacterSet classAtom(boolean negated) throws ConstraintException {
        int start = at;
        int c = pattern[at++];
        if (c == '\\') {
            return escape(start, true, negated);
        }
        if (c == '[') {
            throw invalid(start, "a [ within a class must be escaped");
        }
        if (c == '&' && peek() == '&') {
            throw invalid(start, "a & before another within a class must be escaped");
        }
        if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
            throw invalid(start, "half a character");
        }
        return CharacterSet.of(c);
    }

    /**
     * @param inClass whether it stands in a class
     * @param negated whether that takes all but its members
     */
    private CharacterSet escape(int start, boolean inClass, boolean negated)
            throws ConstraintException {
        if (peek() == END) {
            throw invalid(start, "nothing follows this \\");
        }
        int c = pattern[at++];
        CharacterSet set = EscapedCharacters.of(c, negated);
        if (set != null) {
            return set;
        }
        return switch (c) {
            case 'x' -> CharacterSet.of(hexadecimal(start, 2));
            case 'u' -> CharacterSet.of(unicode(start));
            default -> throw unsupported(start, EscapedCharacters.refusal(c, inClass));
        };
    }

    private int unicode(int start) throws ConstraintException {
        if (take('{')) {
            int first = at;
            int value = 0;
            while (peek() != '}' && at - first <= 6) {
                value = value << 4 | digit(start);
            }
            boolean exists = value <= CharacterSet.LAST && !isSurrogate(value);
            if (at == first || !take('}') || !exists) {
                throw invalid(start, "there is no such character");
            }
            return value;
        }
        int unit = hexadecimal(start, 4);
        if (!isSurrogate(unit)) {
            return unit;
        }
        if (Character.isHighSurrogate((char) unit) && take('\\') && take('u')) {
            int second = hexadecimal(start, 4);
            if (Character.isLowSurrogate((char) second)) {
                return Character.toCodePoint((char) unit, (char) second);
            }
        }
        throw invalid(start, "half a character");
    }

    private static boolean isSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }

    private int hexadecimal(int start, int digits) throws ConstraintException {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            value = value << 4 | digit(start);
        }
        return value;
    }

    private int digit(int start) throws ConstraintException {
        int value = peek() < 0x80 && peek() != END ? Character.digit(peek(), 16) : -1;
        if (value < 0) {
            throw invalid(start, "this escape wants hexadecimal digits");
        }
        at++;
        return value;
    }
}
