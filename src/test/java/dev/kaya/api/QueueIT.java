package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.TOO_MANY_REQUESTS;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A server with one place to decode and one to wait: who comes third is refused. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "kaya.max-sequences=1",
            "kaya.queue-capacity=1",
            "kaya.keep-alive=20ms",
            "kaya.limits.max-new-tokens=1000000"
        })
class QueueIT {

    private static final String ENDLESS =
            "{\"max_new_tokens\":1000000,\"ignore_eos\":true,\"stream\":true}";
    private static final String SHORT = "{\"max_new_tokens\":1}";

    @LocalServerPort private int port;

    @BeforeEach
    void awaitIdle() {
        client().awaitIdle();
    }

    private Client client() {
        return Client.of(port);
    }

    private void awaitWaiting(int count) {
        Poll.until(
                () -> client().metrics().value("kaya_requests_waiting") == count,
                count + " never waited");
    }

    /** A request that decodes until its connection is closed. */
    private RawConnection occupant(String body) throws IOException {
        RawConnection connection = new RawConnection(port);
        connection.write(RawConnection.generateHeaders("Content-Length: " + body.length()));
        connection.write(body);
        return connection;
    }

    @Test
    void refusesWhoFindsTheQueueFull() throws IOException {
        try (RawConnection running = occupant(ENDLESS)) {
            running.readUntil("event: token");
            running.discardRest();
            try (RawConnection _ = occupant(ENDLESS)) {
                awaitWaiting(1);
                Answer refused = client().generate(SHORT);
                refused.isProblem(
                        TOO_MANY_REQUESTS,
                        "queue_full",
                        "the queue of 1 requests is full; try again later",
                        "\"limit\": 1");
                assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 300);
                client().post("/v1/generate", SHORT, "text/event-stream")
                        .isProblem(
                                TOO_MANY_REQUESTS,
                                "queue_full",
                                "the queue of 1 requests is full; try again later",
                                "\"limit\": 1");
                assertThat(
                                client().metrics()
                                        .value(
                                                "kaya_requests_rejected_total",
                                                "reason=\"queue_full\""))
                        .isGreaterThanOrEqualTo(2);
            }
        }
        client().awaitIdle();
        assertThat(client().generate(SHORT).status()).isEqualTo(200);
    }

    @Test
    void answersWhoWaitsWhenItsTurnComes() throws IOException {
        CompletableFuture<Answer> waiting;
        try (RawConnection running = occupant(ENDLESS)) {
            running.readUntil("event: token");
            running.discardRest();
            waiting = client().generateLater(SHORT);
            awaitWaiting(1);
        }
        assertThat(waiting.join().json().get("timing").get("queue_ms").doubleValue()).isPositive();
    }

    @Test
    void endsWhoWaitsAtItsDeadlineWithNothing() throws IOException {
        try (RawConnection running = occupant(ENDLESS)) {
            running.readUntil("event: token");
            running.discardRest();
            JsonNode answer = client().generated("{\"prompt\": \"Once\", \"timeout_ms\": 50}");
            JsonNode output = answer.get("outputs").get(0);
            assertThat(output.get("finish_reason").stringValue()).isEqualTo("deadline");
            assertThat(output.get("text").stringValue()).isEmpty();
            assertThat(output.get("token_ids").size()).isZero();
            JsonNode timing = answer.get("timing");
            assertThat(timing.get("queue_ms").doubleValue()).isGreaterThanOrEqualTo(50);
            for (String never :
                    new String[] {
                        "prefill_ms", "time_to_first_token_ms", "decode_ms", "tokens_per_second"
                    }) {
                assertThat(timing.get(never).isNull()).as(never).isTrue();
            }
            assertThat(answer.get("usage").get("completion_tokens").intValue()).isZero();
        }
    }

    @Test
    void keepsAStreamThatWaitsOpenWithComments() throws IOException {
        try (RawConnection running = occupant(ENDLESS)) {
            running.readUntil("event: token");
            running.discardRest();
            try (RawConnection waiting = occupant(ENDLESS)) {
                assertThat(waiting.readUntil(": keep-alive\n\n")).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void forgetsWhoLeavesTheQueue() throws IOException {
        try (RawConnection running = occupant(ENDLESS)) {
            running.readUntil("event: token");
            running.discardRest();
            try (RawConnection waiting = occupant(ENDLESS)) {
                waiting.readUntil(": keep-alive");
            }
            awaitWaiting(0);
            assertThat(client().metrics().value("kaya_requests_running")).isEqualTo(1);
        }
    }
}
