package dev.kaya.service;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.constraint.Constraint;
import dev.kaya.engine.constraint.ConstraintCompiler;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.ConstraintVocabulary;
import dev.kaya.scheduler.GenerationTask.StopRules;
import dev.kaya.service.GenerationException.Invalid;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns the field that says what a text looks like into a constraint. */
final class FormatRules {

    private static final String FIELD = "response_format";
    private static final String PATTERN = FIELD + ".pattern";
    private static final String JSON_SCHEMA = FIELD + ".json_schema";
    private static final String SCHEMA = JSON_SCHEMA + ".schema";

    private final LoadedModel model;
    private final ConstraintCompiler compiler;

    FormatRules(LoadedModel model) {
        this.model = model;
        compiler = new ConstraintCompiler(() -> vocabulary(model));
    }

    private static ConstraintVocabulary vocabulary(LoadedModel model) {
        int[] ends = model.specialTokens().eos().stream().mapToInt(Integer::intValue).toArray();
        return new ConstraintVocabulary(model.tokenizer(), model.sampleableTokens(), ends);
    }

    /**
     * The constraint of a request's texts.
     *
     * @param prompt what enters the model
     * @param stops where texts end
     * @return null when any text will do
     */
    @Nullable Constraint of(GenerationRequest request, int[] prompt, StopRules stops) {
        ResponseFormat format = request.responseFormat();
        if (format == null) {
            return null;
        }
        String field = checked(format);
        refuseWhatEndsTexts(request);
        var ends = new Constraint.Ends(model.isStart(prompt), stops.eosIds().length > 0);
        int most = stops.length().most();
        try {
            return field.equals(PATTERN)
                    ? compiler.regex(Objects.requireNonNull(format.pattern()), ends, most)
                    : compiler.jsonSchema(
                            Objects.requireNonNull(
                                    Objects.requireNonNull(format.jsonSchema()).schema()),
                            ends,
                            most);
        } catch (ConstraintException e) {
            throw refusal(field, e, most);
        }
    }

    /** The name of the one field that says it. */
    private static String checked(ResponseFormat format) {
        String type = format.type();
        boolean isSchema = "json_schema".equals(type);
        if (!isSchema && !"regex".equals(type)) {
            throw Invalid.outOfRange(
                    FIELD + ".type",
                    "be json_schema or regex",
                    "json_schema, regex",
                    type == null ? "nothing" : Invalid.quoted(type));
        }
        ResponseFormat.JsonSchema schema = format.jsonSchema();
        requireOne(JSON_SCHEMA, isSchema, schema != null);
        requireOne(PATTERN, !isSchema, format.pattern() != null);
        if (schema != null && schema.schema() == null) {
            throw missing(SCHEMA);
        }
        return isSchema ? SCHEMA : PATTERN;
    }

    private static void requireOne(String field, boolean wanted, boolean given) {
        if (wanted && !given) {
            throw missing(field);
        }
        if (given && !wanted) {
            throw Invalid.field(
                    "conflicting_fields", field, field + " means nothing for this type");
        }
    }

    private static Invalid missing(String field) {
        return Invalid.field("missing_field", field, field + " must be given for this type");
    }

    /** A text that must be whole cannot end anywhere else. */
    private static void refuseWhatEndsTexts(GenerationRequest request) {
        Integer least = request.minNewTokens();
        int[] stopIds = request.stopTokenIds();
        Integer beams = request.beams();
        refuse("stop", request.stop() != null && !request.stop().isEmpty());
        refuse("stop_token_ids", stopIds != null && stopIds.length > 0);
        refuse("min_new_tokens", least != null && least > 0);
        refuse("num_beams", beams != null && beams > 1);
    }

    private static void refuse(String field, boolean given) {
        if (given) {
            throw Invalid.field(
                    "conflicting_fields", field, FIELD + " and " + field + " cannot both be given");
        }
    }

    private static Invalid refusal(String field, ConstraintException e, int most) {
        String message = field + " " + e.getMessage();
        if (e.kind() == Kind.TOO_LONG) {
            return Invalid.limit("answer_too_long", field, message, most, e.fewestTokens());
        }
        String code =
                switch (e.kind()) {
                    case INVALID -> "invalid_response_format";
                    case UNSUPPORTED -> "unsupported_response_format";
                    case IMPOSSIBLE -> "impossible_response_format";
                    case UNWRITABLE -> "unwritable_response_format";
                    case TOO_LARGE, TOO_LONG -> "response_format_too_large";
                };
        return Invalid.field(code, field, message);
    }
}
