package dev.kaya.cli;

import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.service.fault.NearestWord;
import dev.kaya.service.request.GenerationSpec;
import dev.kaya.service.request.ResponseFormat;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
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
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    private static final int SHOWN_CHARACTERS = 100;
    private static final List<String> FORMAT_FIELDS =
            List.of("type", "json_schema", "schema", "pattern");

    private static final List<String> SCHEMA_FIELDS =
            List.of("name", "description", "strict", "schema");

    private static final Map<String, Field> ALL = new LinkedHashMap<>();

    /** Reads a value into a request. */
    private interface Field {
        void set(GenerationSpec.Builder request, Given value);
    }

    /** Sets one value of a request. */
    private interface Setter<T> {
        void set(GenerationSpec.Builder request, T value);
    }

    /**
     * A value as it was typed.
     *
     * @param text of it
     * @param literal whether a text is what it says, quotes included, and not a string of JSON
     */
    record Given(String text, boolean literal) {}

    /** A value that a field does not take; the message is meant for people. */
    static final class WrongValueException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        WrongValueException(String message) {
            super(message);
        }
    }

    static {
        add("prompt", RequestFields::text, GenerationSpec.Builder::prompt);
        add("prompt_token_ids", RequestFields::ids, GenerationSpec.Builder::promptTokenIds);
        add("model", RequestFields::text, GenerationSpec.Builder::model);
        add("max_new_tokens", RequestFields::whole, GenerationSpec.Builder::maxNewTokens);
        add("min_new_tokens", RequestFields::whole, GenerationSpec.Builder::minNewTokens);
        add("temperature", RequestFields::number, GenerationSpec.Builder::temperature);
        add("top_k", RequestFields::whole, GenerationSpec.Builder::topK);
        add("top_p", RequestFields::number, GenerationSpec.Builder::topP);
        add("min_p", RequestFields::number, GenerationSpec.Builder::minP);
        add("typical_p", RequestFields::number, GenerationSpec.Builder::typicalP);
        add("preset", RequestFields::text, GenerationSpec.Builder::preset);
        add("repetition_penalty", RequestFields::number, GenerationSpec.Builder::repetitionPenalty);
        add("repetition_window", RequestFields::whole, GenerationSpec.Builder::repetitionWindow);
        add("frequency_penalty", RequestFields::number, GenerationSpec.Builder::frequencyPenalty);
        add("presence_penalty", RequestFields::number, GenerationSpec.Builder::presencePenalty);
        add(
                "no_repeat_ngram_size",
                RequestFields::whole,
                GenerationSpec.Builder::noRepeatNgramSize);
        add("logit_bias", RequestFields::numbers, GenerationSpec.Builder::logitBias);
        add("seed", RequestFields::wholeLong, GenerationSpec.Builder::seed);
        add("stop", RequestFields::texts, GenerationSpec.Builder::stop);
        add("stop_token_ids", RequestFields::ids, GenerationSpec.Builder::stopTokenIds);
        add("ignore_eos", RequestFields::flag, GenerationSpec.Builder::ignoreEos);
        add("n", RequestFields::whole, GenerationSpec.Builder::samples);
        add("best_of", RequestFields::whole, GenerationSpec.Builder::bestOf);
        add("num_beams", RequestFields::whole, GenerationSpec.Builder::beams);
        add("length_penalty", RequestFields::number, GenerationSpec.Builder::lengthPenalty);
        add("early_stopping", RequestFields::flag, GenerationSpec.Builder::earlyStopping);
        add("logprobs", RequestFields::whole, GenerationSpec.Builder::logprobs);
        add("prompt_logprobs", RequestFields::whole, GenerationSpec.Builder::promptLogprobs);
        add("echo", RequestFields::flag, GenerationSpec.Builder::echo);
        add("response_format", RequestFields::format, GenerationSpec.Builder::responseFormat);
        add("speculate", RequestFields::flag, GenerationSpec.Builder::speculate);
        add(
                "allow_special_tokens",
                RequestFields::flag,
                GenerationSpec.Builder::allowSpecialTokens);
        add("context_overflow", RequestFields::text, GenerationSpec.Builder::contextOverflow);
        add("timeout_ms", RequestFields::wholeLong, GenerationSpec.Builder::timeoutMs);
    }

    private RequestFields() {}

    private static <T> void add(String name, Function<Given, T> reader, Setter<T> setter) {
        ALL.put(name, (request, given) -> setter.set(request, reader.apply(given)));
    }

    /** Their names. */
    static Set<String> names() {
        return ALL.keySet();
    }

    /**
     * Sets a field.
     *
     * @param name on the wire
     * @throws WrongValueException when there is no such field, or the value is of another type
     */
    static void set(GenerationSpec.Builder request, String name, Given given) {
        Field field = ALL.get(name);
        if (field == null) {
            throw new WrongValueException(unknown(name));
        }
        try {
            field.set(request, given);
        } catch (WrongValueException e) {
            throw new WrongValueException(name + e.getMessage());
        }
    }

    private static String unknown(String name) {
        if (name.equals("stream")) {
            return "stream is not a field of generate: a single text is printed as it comes,"
                    + " anything else when it is complete";
        }
        String nearest = NearestWord.to(name, ALL.keySet());
        return "there is no field '%s'; %s"
                .formatted(
                        PrintableText.of(name, SHOWN_CHARACTERS),
                        nearest == null
                                ? "known are " + String.join(", ", ALL.keySet())
                                : "did you mean " + nearest + "?");
    }

    private static WrongValueException unfit(String expected, Given given) {
        return new WrongValueException(
                " must be %s; given '%s'"
                        .formatted(expected, PrintableText.of(given.text(), SHOWN_CHARACTERS)));
    }

    /** A text is what it says, unless it is a string of JSON. */
    private static String text(Given given) {
        JsonNode json = given.text().startsWith("\"") ? jsonOrNull(given) : null;
        return json != null && json.isString() ? json.stringValue() : given.text();
    }

    private static List<@Nullable String> texts(Given given) {
        JsonNode array = given.text().startsWith("[") ? jsonOrNull(given) : null;
        List<@Nullable String> texts = new ArrayList<>();
        if (array == null) {
            texts.add(text(given));
            return texts;
        }
        for (JsonNode element : array) {
            if (!element.isString()) {
                throw unfit("a text, or an array of texts such as [\"a\", \"b\"]", given);
            }
            texts.add(element.stringValue());
        }
        return texts;
    }

    private static @Nullable JsonNode jsonOrNull(Given given) {
        try {
            return given.literal() ? null : EXACT.readTree(given.text());
        } catch (JacksonException e) {
            return null; // plain text that happens to begin like JSON
        }
    }

    private static Integer whole(Given given) {
        try {
            return Integer.valueOf(given.text());
        } catch (NumberFormatException e) {
            throw unfit("a whole number of 32 bits", given);
        }
    }

    private static Long wholeLong(Given given) {
        try {
            return Long.valueOf(given.text());
        } catch (NumberFormatException e) {
            throw unfit("a whole number of 64 bits", given);
        }
    }

    private static Double number(Given given) {
        try {
            return new BigDecimal(given.text()).doubleValue();
        } catch (NumberFormatException e) {
            throw unfit("a number", given);
        }
    }

    private static Boolean flag(Given given) {
        return switch (given.text()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw unfit("true or false", given);
        };
    }

    private static int[] ids(Given given) {
        JsonNode array = json(given);
        boolean fits = array.isArray();
        for (JsonNode id : array) {
            fits &= id.isIntegralNumber() && id.canConvertToInt();
        }
        if (!fits) {
            throw unfit("an array of whole numbers such as [1, 2]", given);
        }
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).intValue();
        }
        return ids;
    }

    private static Map<String, Double> numbers(Given given) {
        JsonNode object = json(given);
        boolean fits = object.isObject();
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            fits &= entry.getValue().isNumber();
            numbers.put(entry.getKey(), entry.getValue().asDouble(0));
        }
        if (!fits) {
            throw unfit("an object of numbers such as {\"42\": -100}", given);
        }
        return numbers;
    }

    private static ResponseFormat format(Given given) {
        JsonNode object = json(given);
        if (!object.isObject()) {
            throw unfit("an object such as {\"type\": \"json_object\"}", given);
        }
        requireKnown(object, "", FORMAT_FIELDS);
        JsonNode inner = object.get("json_schema");
        if (inner != null && !inner.isObject()) {
            throw new WrongValueException(".json_schema must be an object");
        }
        if (inner != null) {
            requireKnown(inner, ".json_schema", SCHEMA_FIELDS);
        }
        return new ResponseFormat(
                optionalText(object, "type"),
                inner == null ? null : new ResponseFormat.JsonSchema(inner.get("schema")),
                object.get("schema"),
                optionalText(object, "pattern"));
    }

    private static void requireKnown(JsonNode object, String place, List<String> known) {
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                throw new WrongValueException(
                        "%s has no field '%s'; known are %s"
                                .formatted(
                                        place,
                                        PrintableText.of(name, SHOWN_CHARACTERS),
                                        String.join(", ", known)));
            }
        }
    }

    private static @Nullable String optionalText(JsonNode object, String name) {
        JsonNode value = object.get(name);
        if (value != null && !value.isString()) {
            throw new WrongValueException("." + name + " must be a text");
        }
        return value == null ? null : value.stringValue();
    }

    private static JsonNode json(Given given) {
        try {
            return EXACT.readTree(given.text());
        } catch (JacksonException e) {
            throw new WrongValueException(
                    " is not JSON: it goes wrong at line %d, column %d"
                            .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
        }
    }
}
