package dev.kaya.cli;

import dev.kaya.service.request.GenerationSpec;
import dev.kaya.service.request.ResponseFormat;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The fields of a request by the names that {@code POST /v1/generate} has for them. */
final class RequestFields {

    private static final JsonMapper EXACT =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    private static final Map<String, Field> ALL = new LinkedHashMap<>();

    /** Reads a value into a request. */
    private interface Field {
        void set(GenerationSpec.Builder request, JsonNode value);
    }

    /** Sets one value; null leaves it absent. */
    private interface Setter<T> {
        void set(GenerationSpec.Builder request, T value);
    }

    /** A value that a field does not take; the message is meant for people. */
    static final class WrongValueException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        WrongValueException(String message) {
            super(message);
        }
    }

    static {
        text("prompt", GenerationSpec.Builder::prompt);
        ids("prompt_token_ids", GenerationSpec.Builder::promptTokenIds);
        text("model", GenerationSpec.Builder::model);
        whole("max_new_tokens", GenerationSpec.Builder::maxNewTokens);
        whole("min_new_tokens", GenerationSpec.Builder::minNewTokens);
        number("temperature", GenerationSpec.Builder::temperature);
        whole("top_k", GenerationSpec.Builder::topK);
        number("top_p", GenerationSpec.Builder::topP);
        number("min_p", GenerationSpec.Builder::minP);
        number("typical_p", GenerationSpec.Builder::typicalP);
        text("preset", GenerationSpec.Builder::preset);
        number("repetition_penalty", GenerationSpec.Builder::repetitionPenalty);
        whole("repetition_window", GenerationSpec.Builder::repetitionWindow);
        number("frequency_penalty", GenerationSpec.Builder::frequencyPenalty);
        number("presence_penalty", GenerationSpec.Builder::presencePenalty);
        whole("no_repeat_ngram_size", GenerationSpec.Builder::noRepeatNgramSize);
        ALL.put("logit_bias", (request, value) -> request.logitBias(numbers(value)));
        ALL.put("seed", (request, value) -> request.seed(longNumber("seed", value)));
        ALL.put("stop", (request, value) -> request.stop(texts(value)));
        ids("stop_token_ids", GenerationSpec.Builder::stopTokenIds);
        flag("ignore_eos", GenerationSpec.Builder::ignoreEos);
        whole("n", GenerationSpec.Builder::samples);
        whole("best_of", GenerationSpec.Builder::bestOf);
        whole("num_beams", GenerationSpec.Builder::beams);
        number("length_penalty", GenerationSpec.Builder::lengthPenalty);
        flag("early_stopping", GenerationSpec.Builder::earlyStopping);
        whole("logprobs", GenerationSpec.Builder::logprobs);
        whole("prompt_logprobs", GenerationSpec.Builder::promptLogprobs);
        flag("echo", GenerationSpec.Builder::echo);
        ALL.put("response_format", (request, value) -> request.responseFormat(format(value)));
        flag("speculate", GenerationSpec.Builder::speculate);
        flag("allow_special_tokens", GenerationSpec.Builder::allowSpecialTokens);
        text("context_overflow", GenerationSpec.Builder::contextOverflow);
        ALL.put(
                "timeout_ms",
                (request, value) -> request.timeoutMs(longNumber("timeout_ms", value)));
    }

    private RequestFields() {}

    private static void text(String name, Setter<String> setter) {
        ALL.put(name, (request, value) -> setter.set(request, text(name, value)));
    }

    private static void whole(String name, Setter<Integer> setter) {
        ALL.put(name, (request, value) -> setter.set(request, whole(name, value)));
    }

    private static void number(String name, Setter<Double> setter) {
        ALL.put(name, (request, value) -> setter.set(request, number(name, value)));
    }

    private static void flag(String name, Setter<Boolean> setter) {
        ALL.put(
                name,
                (request, value) -> {
                    if (!value.isBoolean()) {
                        throw wrong(name, "true or false");
                    }
                    setter.set(request, value.booleanValue());
                });
    }

    private static void ids(String name, Setter<int[]> setter) {
        ALL.put(name, (request, value) -> setter.set(request, ids(name, value)));
    }

    /** Their names. */
    static Iterable<String> names() {
        return ALL.keySet();
    }

    /**
     * Sets a field.
     *
     * @param name on the wire
     * @param given its value as JSON, or as plain text
     * @throws WrongValueException when there is no such field, or the value is of another type
     */
    static void set(GenerationSpec.Builder request, String name, String given) {
        Field field = ALL.get(name);
        if (field == null) {
            throw new WrongValueException(
                    "--field: there is no field "
                            + name
                            + "; known are "
                            + String.join(", ", ALL.keySet()));
        }
        field.set(request, parsed(given));
    }

    /**
     * Sets a field whose value must be JSON.
     *
     * @param option of the command line that it was given by
     * @throws WrongValueException when it is none, or of another type
     */
    static void setJson(GenerationSpec.Builder request, String name, String option, String given) {
        JsonNode value;
        try {
            value = EXACT.readTree(given);
        } catch (JacksonException e) {
            throw new WrongValueException(option + " is no JSON: " + e.getOriginalMessage());
        }
        Objects.requireNonNull(ALL.get(name)).set(request, value);
    }

    private static JsonNode parsed(String given) {
        try {
            return EXACT.readTree(given);
        } catch (JacksonException e) {
            return EXACT.getNodeFactory().stringNode(given);
        }
    }

    private static WrongValueException wrong(String name, String expected) {
        return new WrongValueException(name + " must be " + expected);
    }

    /** A number or the like that stands for itself, such as a prompt of digits, is a text too. */
    private static String text(String name, JsonNode value) {
        if (value.isContainer()) {
            throw wrong(name, "a text");
        }
        return value.isString() ? value.stringValue() : value.toString();
    }

    private static int whole(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(name, "a whole number of 32 bits");
        }
        return value.intValue();
    }

    private static long longNumber(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(name, "a whole number of 64 bits");
        }
        return value.longValue();
    }

    private static double number(String name, JsonNode value) {
        if (!value.isNumber()) {
            throw wrong(name, "a number");
        }
        return value.doubleValue();
    }

    private static int[] ids(String name, JsonNode value) {
        if (!value.isArray()) {
            throw wrong(name, "an array of whole numbers, such as [1, 2]");
        }
        int[] ids = new int[value.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = whole(name + "[" + i + "]", value.get(i));
        }
        return ids;
    }

    private static List<@Nullable String> texts(JsonNode value) {
        List<@Nullable String> texts = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(element -> texts.add(text("stop", element)));
        } else {
            texts.add(text("stop", value));
        }
        return texts;
    }

    private static Map<String, Double> numbers(JsonNode value) {
        if (!value.isObject()) {
            throw wrong("logit_bias", "an object such as {\"42\": -100}");
        }
        Map<String, Double> numbers = new LinkedHashMap<>();
        value.properties()
                .forEach(
                        entry ->
                                numbers.put(
                                        entry.getKey(),
                                        number(
                                                "logit_bias[" + entry.getKey() + "]",
                                                entry.getValue())));
        return numbers;
    }

    /**
     * A response format.
     *
     * @throws WrongValueException when it is no object of one
     */
    private static ResponseFormat format(JsonNode value) {
        if (!value.isObject()) {
            throw wrong("response_format", "an object such as {\"type\": \"json_object\"}");
        }
        for (String name : value.propertyNames()) {
            if (!List.of("type", "json_schema", "schema", "pattern").contains(name)) {
                throw new WrongValueException(
                        "there is no field response_format."
                                + name
                                + "; known are json_schema, pattern, schema, type");
            }
        }
        JsonNode inner = value.get("json_schema");
        if (inner != null && !inner.isObject()) {
            throw wrong("response_format.json_schema", "an object");
        }
        return new ResponseFormat(
                optionalText(value, "type"),
                inner == null ? null : new ResponseFormat.JsonSchema(inner.get("schema")),
                value.get("schema"),
                optionalText(value, "pattern"));
    }

    private static @Nullable String optionalText(JsonNode object, String name) {
        JsonNode value = object.get(name);
        return value == null ? null : text("response_format." + name, value);
    }
}
