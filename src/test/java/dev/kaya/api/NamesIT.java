package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a microgpt does differently: a vocabulary of letters, and texts that end in time. */
class NamesIT extends NamesServer {

    private static final String ENDLESS =
            "{\"prompt\": \"anna\", \"max_new_tokens\": 100, \"ignore_eos\": true%s}";

    private static int completion(JsonNode answer) {
        return answer.get("usage").get("completion_tokens").intValue();
    }

    @Test
    void namesTheCharacterThatHasNoToken() {
        client().generate("{\"prompt\": \"anna é\"}")
                .isProblem(
                        BAD_REQUEST,
                        "unknown_character",
                        "prompt: the vocabulary has no token for ' ' (U+0020) at character 4",
                        "\"field\": \"prompt\"");
    }

    @Test
    void namesTheCharacterThatHasNoTokenToTokenizeToo() {
        client().post("/v1/tokenize", "{\"text\": \"annaé\"}")
                .isProblem(
                        BAD_REQUEST,
                        "unknown_character",
                        "text: the vocabulary has no token for 'é' (U+00E9) at character 4",
                        "\"field\": \"text\"");
    }

    @Test
    void putsTheBeginningInFrontOfEveryPrompt() {
        JsonNode answer = client().generated("{\"prompt\": \"anna\", \"max_new_tokens\": 1}");
        assertThat(answer.get("usage").get("prompt_tokens").intValue()).isEqualTo(5);
        answer = client().generated("{\"max_new_tokens\": 1}");
        assertThat(answer.get("usage").get("prompt_tokens").intValue()).isEqualTo(1);
    }

    @Test
    void stopsAtTheContextsEndUnlessToldOtherwise() {
        JsonNode answer = client().generated(ENDLESS.formatted(""));
        assertThat(completion(answer)).isEqualTo(16 + 1 - 5);
        assertThat(answer.get("outputs").get(0).get("finish_reason").stringValue())
                .isEqualTo("length");
        assertThat(
                        completion(
                                client().generated(
                                                ENDLESS.formatted(
                                                        ", \"context_overflow\": \"slide\""))))
                .isEqualTo(100);
    }

    @Test
    void refusesAPromptLongerThanTheContext() {
        client().generate("{\"prompt\": \"abcdefghijklmnop\"}")
                .isProblem(
                        BAD_REQUEST,
                        "context_exceeded",
                        "the prompt has 17 tokens but the context only 16; shorten it or set"
                                + " context_overflow to slide",
                        "\"field\": \"prompt\", \"limit\": 16, \"given\": 17");
    }

    @Test
    void keepsTheEndOfTextOutOfTextIdsAndCounts() {
        JsonNode answer = client().generated("{\"temperature\": 0, \"max_new_tokens\": 16}");
        JsonNode output = answer.get("outputs").get(0);
        assertThat(output.get("finish_reason").stringValue()).isEqualTo("eos");
        assertThat(output.get("token_ids").size()).isEqualTo(completion(answer));
        assertThat(output.get("text").stringValue()).hasSize(completion(answer));
        assertThat(output.get("token_ids").valueStream().map(JsonNode::intValue))
                .doesNotContain(26);
    }
}
