package dev.kaya.service.request;

import dev.kaya.backend.ModelCard;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.compile.ConstraintCompiler;
import dev.kaya.engine.constraint.compile.ConstraintCompiler.Client;
import dev.kaya.engine.constraint.token.Constraint;
import dev.kaya.engine.constraint.token.ConstraintVocabulary;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.fault.Location;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.fault.Wording;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Turns the field that says what a text looks like into a constraint. */
final class ResponseFormatParser implements AutoCloseable {

    private static final RequestField FIELD = RequestField.RESPONSE_FORMAT;
    private static final Location TYPE = FIELD.at(".type");
    private static final Location PATTERN = FIELD.at(".pattern");
    private static final Location SCHEMA = FIELD.at(".schema");
    private static final Location JSON_SCHEMA = FIELD.at(".json_schema");
    private static final JsonNode ANY_OBJECT =
            JsonNodeFactory.instance.objectNode().put("type", "object");

    private final ModelCard model;
    private final boolean on;
    private final ConstraintCompiler compiler;

    /**
     * @param limits whether texts may be asked to look like something, and within which memory
     */
    ResponseFormatParser(ModelCard model, ServiceLimits limits) {
        this.model = model;
        on = limits.responseFormat();
        long maskBytes = limits.formats().masks();
        compiler = new ConstraintCompiler(() -> vocabulary(model, maskBytes), limits.formats());
    }

    private static ConstraintVocabulary vocabulary(ModelCard model, long maskBytes) {
        int[] ends = model.vocabulary().endIds();
        return new ConstraintVocabulary(
                model.vocabulary().tokenizer(), model.vocabulary().sampleable(), ends, maskBytes);
    }

    /**
     * The constraint of a request's texts.
     *
     * @param prompt what enters the model
     * @param stops where texts end
     * @param clientLeft whether the client has left; asked while the constraint is compiled
     * @return null when any text will do, or the deadline came meanwhile: such a request ends with
     *     it before it has a place, whatever it asks for
     */
    @Nullable Constraint of(
            GenerationSpec request, int[] prompt, StopRules stops, BooleanSupplier clientLeft) {
        ResponseFormat format = request.responseFormat();
        if (format == null) {
            return null;
        }
        Wanted wanted = wanted(format);
        if (wanted == null) {
            return null;
        }
        if (!on) {
            throw Invalid.field(
                    "response_format_off",
                    FIELD,
                    Wording.of(
                            "the operator of this server has turned ",
                            FIELD,
                            " off; only the type text is served"));
        }
        refuseWhatEndsTexts(request);
        var ends =
                new Constraint.Ends(model.vocabulary().isStart(prompt), stops.eosIds().length > 0);
        int most = stops.length().most();
        var client = new Client(stops.deadlineNanos(), clientLeft);
        try {
            JsonNode schema = wanted.schema();
            return schema == null
                    ? compiler.regex(Objects.requireNonNull(format.pattern()), ends, most, client)
                    : compiler.jsonSchema(schema, ends, most, client);
        } catch (ConstraintException e) {
            if (e.kind() == Kind.LATE) {
                return null;
            }
            throw refusal(wanted.field(), e, most);
        }
    }

    /** Ends what is being compiled; those who wait for it are refused at once. */
    @Override
    public void close() {
        compiler.close();
    }

    /**
     * What is wanted of a text.
     *
     * @param field that says it
     * @param schema null where it is a pattern
     */
    private record Wanted(Location field, @Nullable JsonNode schema) {}

    /** Null when any text will do. */
    private static @Nullable Wanted wanted(ResponseFormat format) {
        String type = format.type();
        if (type == null) {
            throw noType("nothing");
        }
        return switch (type) {
            case "text" -> {
                refuseOthers(format);
                yield null;
            }
            case "json_object" -> {
                refuseOthers(format);
                yield new Wanted(TYPE, ANY_OBJECT);
            }
            case "json_schema" -> schema(format);
            case "regex" -> {
                refuseSchemas(format);
                if (format.pattern() == null) {
                    throw missing(PATTERN);
                }
                yield new Wanted(PATTERN, null);
            }
            default -> throw noType(Invalid.quoted(type));
        };
    }

    private static Invalid noType(String given) {
        return Invalid.outOfRange(
                TYPE,
                "be text, json_object, json_schema or regex",
                "text, json_object, json_schema, regex",
                given);
    }

    private static Wanted schema(ResponseFormat format) {
        refuseWithType(PATTERN, format.pattern() != null);
        ResponseFormat.JsonSchema inner = format.jsonSchema();
        JsonNode outer = format.schema();
        if (inner != null && outer != null) {
            throw Invalid.field(
                    "conflicting_fields",
                    SCHEMA,
                    Wording.of(SCHEMA, " and ", JSON_SCHEMA, " cannot both be given"));
        }
        if (outer != null) {
            return new Wanted(SCHEMA, outer);
        }
        if (inner == null) {
            throw missing(JSON_SCHEMA);
        }
        if (inner.schema() == null) {
            throw missing(JSON_SCHEMA.at(".schema"));
        }
        return new Wanted(JSON_SCHEMA.at(".schema"), inner.schema());
    }

    private static void refuseOthers(ResponseFormat format) {
        refuseWithType(PATTERN, format.pattern() != null);
        refuseSchemas(format);
    }

    private static void refuseSchemas(ResponseFormat format) {
        refuseWithType(JSON_SCHEMA, format.jsonSchema() != null);
        refuseWithType(SCHEMA, format.schema() != null);
    }

    private static void refuseWithType(Location field, boolean given) {
        if (given) {
            throw Invalid.field(
                    "conflicting_fields", field, Wording.of(field, " has no effect for this type"));
        }
    }

    private static Invalid missing(Location field) {
        return Invalid.field(
                "missing_field", field, Wording.of(field, " must be given for this type"));
    }

    /** A text that must be whole cannot end anywhere else. */
    private static void refuseWhatEndsTexts(GenerationSpec request) {
        Integer least = request.minNewTokens();
        int[] stopIds = request.stopTokenIds();
        Integer beams = request.beams();
        refuse(RequestField.STOP, request.stop() != null && !request.stop().isEmpty());
        refuse(RequestField.STOP_TOKEN_IDS, stopIds != null && stopIds.length > 0);
        refuse(RequestField.MIN_NEW_TOKENS, least != null && least > 0);
        refuse(RequestField.NUM_BEAMS, beams != null && beams > 1);
    }

    private static void refuse(Location field, boolean given) {
        if (given) {
            throw Invalid.field(
                    "conflicting_fields",
                    field,
                    Wording.of(FIELD, " and ", field, " cannot both be given"));
        }
    }

    private static GenerationException refusal(Location field, ConstraintException e, int most) {
        Wording message = Wording.of(field, " ", String.valueOf(e.getMessage()));
        return switch (e.kind()) {
            case INVALID -> Invalid.field("invalid_response_format", field, message);
            case UNSUPPORTED -> Invalid.field("unsupported_response_format", field, message);
            case IMPOSSIBLE -> Invalid.field("impossible_response_format", field, message);
            case UNWRITABLE -> Invalid.field("unwritable_response_format", field, message);
            case TOO_LARGE, LATE -> Invalid.field("response_format_too_large", field, message);
            case TOO_LONG ->
                    Invalid.limit("answer_too_long", field, message, most, e.fewestTokens());
            case BUSY -> GenerationException.Overloaded.compiling(Limits.COMPILATIONS_WAITING);
            case ABANDONED -> GenerationException.Unavailable.clientLeft();
            case STOPPED -> GenerationException.Unavailable.stopping();
        };
    }
}
