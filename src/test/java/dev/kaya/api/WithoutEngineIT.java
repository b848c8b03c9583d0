package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.backend.FakeBackend;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** HTTP over a backend that computes nothing: what the wire says is no matter of the engine. */
class WithoutEngineIT {

    private static RunningServer server;
    private static Client client;

    @BeforeAll
    static void start() {
        server = RunningServer.startOver(new FakeBackend());
        client = server.client();
        Poll.until(
                () -> client.get("/actuator/health/readiness").status() == 200,
                "the server never became ready");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void answersAtOnce() {
        ObjectNode answer =
                (ObjectNode)
                        client.generated(
                                "{\"prompt\": \"abc\", \"max_new_tokens\": 3, \"seed\": 7}");
        answer.remove(List.of("id", "created"));

        assertThat(answer)
                .isEqualTo(
                        JsonMapper.shared()
                                .readTree(
                                        """
                                        {"model": "letters",
                                         "outputs": [{"index": 0, "text": "def",
                                                      "token_ids": [3, 4, 5],
                                                      "finish_reason": "length"}],
                                         "usage": {"prompt_tokens": 3, "cached_tokens": 0,
                                                   "completion_tokens": 3, "total_tokens": 6,
                                                   "truncated_tokens": 0},
                                         "timing": {"queue_ms": 1.0E-6, "prefill_ms": 2.0E-6,
                                                    "time_to_first_token_ms": 3.0E-6,
                                                    "decode_ms": 4.0E-6,
                                                    "tokens_per_second": 1.0E9},
                                         "seed": 7}"""));
    }

    @Test
    void answersAsAStream() {
        Events events =
                client.streamed("{\"prompt\": \"w\", \"max_new_tokens\": 9, \"stream\": true}");

        assertThat(events.text()).isEqualTo("xyz");
        assertThat(events.tokens()).hasSize(3);
        assertThat(events.last().at("/outputs/0/finish_reason").asString()).isEqualTo("eos");
    }

    @Test
    void refusesWhatTheVocabularyLacks() {
        client.generate("{\"prompt\": \"a b\"}")
                .isProblem(
                        HttpStatus.BAD_REQUEST,
                        "unknown_character",
                        "prompt: the vocabulary has no token for ' ' (U+0020) at character 1",
                        "\"field\":\"prompt\"");
    }

    @Test
    void describesTheModelOfTheBackend() {
        assertThat(client.get("/v1/models/letters").json().get("context_length").asInt())
                .isEqualTo(32);
    }
}
