package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;
import static org.springframework.http.HttpStatus.NOT_FOUND;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Values that break a rule are told the rule; those just within it are taken. */
class FieldRulesIT extends StoriesServer {

    private void outOfRange(String field, String value, String rule, String limit, String given) {
        client().generate("{\"" + field + "\": " + value + "}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        field + " must " + rule + "; given " + given.replace("\"", ""),
                        "\"field\": \"%s\", \"limit\": %s, \"given\": %s"
                                .formatted(field, limit, given));
    }

    private JsonNode taken(String members) {
        return client().generated("{\"max_new_tokens\": 1, " + members + "}");
    }

    /** As many token ids as given, in brackets. */
    private static String ids(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Integer.toString(300 + i % 1000))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String prompt(int tokens, int maxNewTokens, String policy) {
        return """
        {"prompt_token_ids": %s, "max_new_tokens": %d, "context_overflow": "%s",
         "temperature": 0, "ignore_eos": true}
        """
                .formatted(ids(tokens), maxNewTokens, policy);
    }

    private void exceeds(String body, String detail, int given) {
        client().generate(body)
                .isProblem(
                        BAD_REQUEST,
                        "context_exceeded",
                        detail,
                        "\"field\": \"prompt\", \"limit\": 256, \"given\": " + given);
    }

    @Test
    void refusesATemperatureBelowZero() {
        outOfRange("temperature", "-1", "be from 0 to 100", "0", "-1.0");
    }

    @Test
    void refusesATemperatureAboveAHundred() {
        outOfRange("temperature", "100.5", "be from 0 to 100", "100", "100.5");
        outOfRange("temperature", "1e999", "be from 0 to 100", "100", "\"Infinity\"");
    }

    @Test
    void refusesTopPOfZero() {
        outOfRange("top_p", "0", "be above 0 and at most 1", "0", "0.0");
        outOfRange("top_p", "-0.5", "be above 0 and at most 1", "0", "-0.5");
    }

    @Test
    void refusesTopPAboveOne() {
        outOfRange("top_p", "1.01", "be above 0 and at most 1", "1", "1.01");
    }

    @Test
    void refusesTopKBelowMinusOne() {
        outOfRange("top_k", "-2", "be -1, 0 or above", "-1", "-2");
    }

    @Test
    void refusesNoTextsAndTooMany() {
        outOfRange("n", "0", "be at least 1", "1", "0");
        outOfRange("n", "65", "be at most 64", "64", "65");
    }

    @Test
    void refusesToGenerateNothing() {
        String rule =
                "be at least 1, or 0 with prompt_logprobs, which scores the prompt alone, or with"
                        + " echo";
        outOfRange("max_new_tokens", "0", rule, "1", "0");
        outOfRange("max_new_tokens", "-5", "be at least 0", "0", "-5");
    }

    @Test
    void refusesMoreTokensThanTheLimit() {
        outOfRange("max_new_tokens", "4097", "be at most 4096", "4096", "4097");
    }

    @Test
    void refusesATimeoutOfNothing() {
        outOfRange("timeout_ms", "0", "be at least 1", "1", "0");
        outOfRange("timeout_ms", "-1", "be at least 1", "1", "-1");
    }

    @Test
    void refusesAnUnknownPolicy() {
        client().generate("{\"context_overflow\": \"Slide\"}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "context_overflow must be slide, stop or error; given 'Slide'",
                        "\"field\": \"context_overflow\", \"limit\": \"slide, stop, error\","
                                + " \"given\": \"'Slide'\"");
    }

    @Test
    void refusesNoTokenIds() {
        client().generate("{\"prompt_token_ids\": []}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "prompt_token_ids must not be empty; given []",
                        "\"field\": \"prompt_token_ids\", \"limit\": 1, \"given\": \"[]\"");
    }

    @Test
    void refusesTokenIdsBeyondTheVocabulary() {
        client().generate("{\"prompt_token_ids\": [1, 4096]}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "prompt_token_ids[1] must be from 0 to 4095; given 4096",
                        "\"field\": \"prompt_token_ids\", \"limit\": 4095, \"given\": 4096");
    }

    @Test
    void refusesTokenIdsBelowZero() {
        client().generate("{\"prompt_token_ids\": [-1]}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "prompt_token_ids[0] must be from 0 to 4095; given -1",
                        "\"field\": \"prompt_token_ids\", \"limit\": 4095, \"given\": -1");
    }

    @Test
    void refusesTwoPrompts() {
        client().generate("{\"prompt\": \"a\", \"prompt_token_ids\": [1]}")
                .isProblem(
                        BAD_REQUEST,
                        "conflicting_fields",
                        "prompt and prompt_token_ids cannot both be given",
                        "\"field\": \"prompt_token_ids\"");
    }

    @Test
    void refusesAnotherModel() {
        client().generate("{\"model\": \"gpt-4\"}")
                .isProblem(
                        NOT_FOUND,
                        "unknown_model",
                        "there is no model 'gpt-4'; served is 'stories'",
                        "\"field\": \"model\"");
    }

    @Test
    void takesTheModelByItsName() {
        assertThat(taken("\"model\": \"stories\"").get("model").stringValue()).isEqualTo("stories");
    }

    @Test
    void takesValuesAtTheirBounds() {
        taken("\"temperature\": 0");
        taken("\"temperature\": 100");
        taken("\"top_p\": 1");
        taken("\"top_p\": 0.000001");
        taken("\"top_k\": -1");
        taken("\"n\": 64");
        taken("\"top_k\": 2147483647");
        taken("\"seed\": -9223372036854775808");
        taken("\"seed\": 9223372036854775807");
        taken("\"timeout_ms\": 9223372036854775807");
        taken("\"prompt_token_ids\": [0, 4095]");
    }

    @Test
    void beginsATextWhenThereIsNoPrompt() {
        JsonNode usage = taken("\"prompt\": \"\"").get("usage");
        assertThat(usage.get("prompt_tokens").intValue()).isEqualTo(1);
        assertThat(taken("\"seed\": 1").get("usage")).isEqualTo(usage);
    }

    @Test
    void stopsAtTheContextsEndUnderStop() {
        JsonNode answer = client().generated(prompt(CONTEXT - 2, 10, "stop"));
        assertThat(answer.get("usage").get("completion_tokens").intValue()).isEqualTo(3);
        assertThat(answer.get("outputs").get(0).get("finish_reason").stringValue())
                .isEqualTo("length");
    }

    @Test
    void takesAFullPromptUnderStop() {
        JsonNode usage = client().generated(prompt(CONTEXT, 10, "stop")).get("usage");
        assertThat(usage.get("completion_tokens").intValue()).isEqualTo(1);
        assertThat(usage.get("truncated_tokens").intValue()).isEqualTo(0);
    }

    @Test
    void refusesALongerPromptUnderStop() {
        exceeds(
                prompt(CONTEXT + 1, 1, "stop"),
                "the prompt has 257 tokens but the context only 256; shorten it or set"
                        + " context_overflow to slide",
                257);
    }

    @Test
    void takesWhatJustFitsUnderError() {
        JsonNode usage = client().generated(prompt(CONTEXT - 4, 5, "error")).get("usage");
        assertThat(usage.get("completion_tokens").intValue()).isEqualTo(5);
    }

    @Test
    void refusesOneTokenMoreUnderError() {
        exceeds(
                prompt(CONTEXT - 4, 6, "error"),
                "the prompt's 252 tokens and max_new_tokens 6 exceed the context of 256",
                252);
    }

    @Test
    void dropsTheBeginningUnderSlide() {
        JsonNode answer = client().generated(prompt(CONTEXT + 44, 3, "slide"));
        JsonNode usage = answer.get("usage");
        assertThat(usage.get("prompt_tokens").intValue()).isEqualTo(300);
        assertThat(usage.get("truncated_tokens").intValue()).isEqualTo(44);
        assertThat(usage.get("completion_tokens").intValue()).isEqualTo(3);
        assertThat(usage.get("total_tokens").intValue()).isEqualTo(303);
    }

    @Test
    void slidesUnlessToldOtherwise() {
        JsonNode answer =
                client().generated(
                                "{\"prompt_token_ids\": " + ids(300) + ", \"max_new_tokens\": 1}");
        assertThat(answer.get("usage").get("truncated_tokens").intValue()).isEqualTo(44);
    }
}
