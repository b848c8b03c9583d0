package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server whose operator serves a quarter of the checkpoint's context. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = "kaya.context-length=64")
class ContextLengthIT {

    @LocalServerPort private int port;

    @Test
    void isTheContextOfTheModel() {
        String body = Client.of(port).get("/v1/models/stories").body();
        assertThat(JsonMapper.shared().readTree(body).get("context_length").asInt()).isEqualTo(64);
    }

    /** The last token is never read again, so one more fits than there are positions. */
    @Test
    void textsEndWhereItDoes() {
        assertThat(generated(60, 100)).isEqualTo(5);
        assertThat(Client.of(port).generate(request(65, 1)).status()).isEqualTo(400);
    }

    private int generated(int promptTokens, int newTokens) {
        Answer answer = Client.of(port).generate(request(promptTokens, newTokens));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        JsonNode usage = JsonMapper.shared().readTree(answer.body()).get("usage");
        return usage.get("completion_tokens").asInt();
    }

    private static String request(int promptTokens, int newTokens) {
        return "{\"prompt_token_ids\": [258"
                + ", 258".repeat(promptTokens - 1)
                + "], \"max_new_tokens\": "
                + newTokens
                + ", \"ignore_eos\": true, \"context_overflow\": \"stop\"}";
    }
}
