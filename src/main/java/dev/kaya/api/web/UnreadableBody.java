package dev.kaya.api.web;

import dev.kaya.api.problem.Problem;
import dev.kaya.engine.tokenizer.WellFormedText;
import dev.kaya.service.fault.NearestWord;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.converter.HttpMessageNotReadableException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Says what is wrong with a body that could not be read, in the words of this API. */
public final class UnreadableBody {

    private UnreadableBody() {}

    public static Problem problem(HttpMessageNotReadableException exception) {
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof BodyIntake.TooLargeException tooLarge) {
                return tooLarge.problem();
            }
            if (cause instanceof BodyIntake.TooSlowException tooSlow) {
                return tooSlow.problem();
            }
            if (cause instanceof CharacterCodingException) {
                return Problem.of(
                        HttpStatus.BAD_REQUEST, "invalid_utf8", "the body is not valid UTF-8");
            }
        }
        return switch (exception.getCause()) {
            case CheckedParser.BodyFaultException e -> e.problem();
            case UnrecognizedPropertyException e -> unknownField(e);
            case MismatchedInputException e -> wrongType(e, e.getTargetType());
            case InputCoercionException e -> wrongType(e, e.getTargetType());
            case JacksonException e -> {
                Problem duplicate = duplicate(e);
                yield duplicate == null ? malformed(e) : duplicate;
            }
            case null ->
                    Problem.of(
                            HttpStatus.BAD_REQUEST,
                            "empty_body",
                            "the body is empty; send a JSON object, {} at least");
            default ->
                    Problem.of(
                            HttpStatus.BAD_REQUEST,
                            "unreadable_body",
                            "the body could not be read to its end");
        };
    }

    private static Problem unknownField(UnrecognizedPropertyException e) {
        String field = path(e);
        Collection<Object> known = e.getKnownPropertyIds();
        List<String> names = new ArrayList<>();
        if (known != null) {
            known.forEach(name -> names.add(String.valueOf(name)));
        }
        names.sort(null);
        return Problem.of(
                HttpStatus.BAD_REQUEST,
                "unknown_field",
                "there is no field "
                        + field
                        + meant(e.getPropertyName(), names)
                        + "; known are "
                        + String.join(", ", names),
                field,
                null,
                null);
    }

    private static String meant(String given, List<String> known) {
        String nearest = NearestWord.to(given, known);
        return nearest == null ? "" : ", " + nearest + " may be meant";
    }

    private static Problem wrongType(JacksonException e, @Nullable Class<?> target) {
        String field = path(e);
        if (field.isEmpty()) {
            return located(
                    Problem.of(
                            HttpStatus.BAD_REQUEST, "wrong_type", "the body must be a JSON object"),
                    e);
        }
        // Faults of elements tell the type of the whole array.
        Class<?> expected = field.endsWith("]") ? int.class : target;
        return located(
                Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "wrong_type",
                        field + " must be " + expected(expected),
                        field,
                        null,
                        null),
                e);
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "of another type";
        }
        return switch (type.getName()) {
            case "java.lang.Integer", "int" -> "a whole number of 32 bits";
            case "java.lang.Long", "long" -> "a whole number of 64 bits";
            case "java.lang.Double", "double" -> "a number";
            case "java.lang.Boolean", "boolean" -> "true or false";
            case "java.lang.String" -> "a string";
            case "[I" -> "an array of whole numbers";
            default -> type.isRecord() ? "an object" : "of another type";
        };
    }

    private static @Nullable Problem duplicate(JacksonException e) {
        String message = e.getOriginalMessage();
        if (message == null || !message.startsWith("Duplicate Object property")) {
            return null;
        }
        int open = message.indexOf('"');
        int close = message.lastIndexOf('"');
        String field = open < close ? WellFormedText.of(message.substring(open + 1, close)) : "";
        return Problem.of(
                HttpStatus.BAD_REQUEST,
                "duplicate_field",
                "the field " + field + " occurs twice",
                field,
                null,
                null);
    }

    private static Problem malformed(JacksonException e) {
        TokenStreamLocation location = e.getLocation();
        String place =
                location == null
                        ? ""
                        : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
        return located(
                Problem.of(
                        HttpStatus.BAD_REQUEST, "malformed_json", "the body is not JSON" + place),
                e);
    }

    /** The same with the place of the value at fault, if that is known. */
    private static Problem located(Problem problem, JacksonException e) {
        TokenStreamLocation location = location(e);
        return location == null
                ? problem
                : problem.at(location.getLineNr(), location.getColumnNr());
    }

    private static @Nullable TokenStreamLocation location(JacksonException e) {
        // A number that is too large is found out behind it.
        return e instanceof InputCoercionException && e.processor() instanceof JsonParser parser
                ? parser.currentTokenLocation()
                : e.getLocation();
    }

    /** The field at fault with its place in arrays, such as {@code prompt_token_ids[2]}. */
    private static String path(JacksonException e) {
        var path = new StringBuilder();
        for (JacksonException.Reference reference : e.getPath()) {
            String name = reference.getPropertyName();
            if (name == null) {
                path.append('[').append(reference.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(name);
            }
        }
        return path.toString();
    }
}
