package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Prompts that are scored, or repeated, and not continued. */
class ScoringIT extends StoriesServer {

    private static final String PROMPT = "\"prompt\": \"Once upon a time\", ";
    private static final String SCORED =
            "{" + PROMPT + "\"max_new_tokens\": 0, \"prompt_logprobs\": 1";

    private static void isEmpty(JsonNode output, int index, String text) {
        assertThat(output.get("index").intValue()).isEqualTo(index);
        assertThat(output.get("text").stringValue()).isEqualTo(text);
        assertThat(output.get("token_ids").size()).isZero();
        assertThat(output.get("finish_reason").stringValue()).isEqualTo("length");
    }

    @Test
    void scoresAPromptAndGeneratesNothing() {
        JsonNode scored = client().generated(SCORED + "}");
        JsonNode generated =
                client().generated("{" + PROMPT + "\"max_new_tokens\": 1, \"prompt_logprobs\": 1}");

        assertThat(scored.get("prompt_logprobs").size()).isEqualTo(4);
        assertThat(scored.get("prompt_logprobs")).isEqualTo(generated.get("prompt_logprobs"));
        isEmpty(scored.get("outputs").get(0), 0, "");
        assertThat(scored.get("usage").get("prompt_tokens").intValue()).isEqualTo(4);
        assertThat(scored.get("usage").get("completion_tokens").intValue()).isZero();
        assertThat(scored.get("usage").get("total_tokens").intValue()).isEqualTo(4);
        assertThat(scored.get("timing").get("time_to_first_token_ms").isNull()).isTrue();
    }

    @Test
    void allTextsAreAlike() {
        JsonNode answer = client().generated(SCORED + ", \"n\": 3, \"echo\": true}");

        assertThat(answer.get("outputs").size()).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            isEmpty(answer.get("outputs").get(i), i, "Once upon a time");
        }
        assertThat(answer.get("prompt_logprobs").size()).isEqualTo(4);
    }

    @Test
    void aStreamTellsTheSame() {
        JsonNode whole = client().generated(SCORED + ", \"n\": 2, \"echo\": true}");
        Events events = client().streamed(SCORED + ", \"n\": 2, \"echo\": true}");

        assertThat(events.tokens()).hasSize(2);
        for (int i = 0; i < 2; i++) {
            JsonNode echo = events.tokens().get(i);
            assertThat(echo.get("index").intValue()).isEqualTo(i);
            assertThat(echo.get("token_id").isNull()).isTrue();
            assertThat(echo.get("text").stringValue()).isEqualTo("Once upon a time");
        }
        assertThat(events.last().get("prompt_logprobs")).isEqualTo(whole.get("prompt_logprobs"));
        assertThat(events.last().get("usage")).isEqualTo(whole.get("usage"));
        assertThat(client().streamed(SCORED + "}").tokens()).isEmpty();
    }

    @Test
    void repeatsAPromptAndGeneratesNothing() {
        JsonNode answer =
                client().generated(
                                "{"
                                        + PROMPT
                                        + "\"max_new_tokens\": 0, \"echo\": true, \"logprobs\": 1}");

        isEmpty(answer.get("outputs").get(0), 0, "Once upon a time");
        assertThat(answer.get("outputs").get(0).get("logprobs").size()).isZero();
        assertThat(answer.has("prompt_logprobs")).isFalse();
    }

    @Test
    void scoresAPromptOfOneToken() {
        JsonNode answer =
                client().generated(
                                "{\"prompt_token_ids\": [258], \"max_new_tokens\": 0,"
                                        + " \"prompt_logprobs\": 1}");

        assertThat(answer.get("prompt_logprobs").size()).isEqualTo(1);
        assertThat(answer.get("prompt_logprobs").get(0).get("logprob").isNull()).isTrue();
    }

    @Test
    void countsThePromptAsItsUsageDoes() {
        double before = promptTokens();
        client().generated(SCORED + "}");
        assertThat(promptTokens()).isEqualTo(before + 4);
        client().generated("{" + PROMPT + "\"max_new_tokens\": 0, \"echo\": true}");
        assertThat(promptTokens()).isEqualTo(before + 8);
    }

    private double promptTokens() {
        return client().metrics().value("kaya_tokens_total", "type=\"prompt\"");
    }

    @Test
    void saysWhatToAskForWhenNothingIsAskedFor() {
        client().generate("{\"max_new_tokens\": 0}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "max_new_tokens must be at least 1, or 0 with prompt_logprobs, which scores"
                                + " the prompt alone, or with echo; given 0",
                        "\"field\": \"max_new_tokens\", \"limit\": 1, \"given\": 0");
    }
}
