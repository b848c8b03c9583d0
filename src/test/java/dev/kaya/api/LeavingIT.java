package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Clients that leave, on real sockets. No comment is ever written to keep a stream open, so that
 * only looking at the socket can find out who has left the queue.
 */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "kaya.max-sequences=1",
            "kaya.keep-alive=1h",
            "kaya.limits.max-new-tokens=1000000"
        })
class LeavingIT {

    @LocalServerPort private int port;

    @BeforeEach
    void awaitIdle() {
        Client.of(port).awaitIdle();
    }

    private RawConnection request(boolean streamed) throws IOException {
        String body =
                "{\"max_new_tokens\":1000000,\"ignore_eos\":true,\"stream\":%s}"
                        .formatted(streamed);
        RawConnection connection = new RawConnection(port);
        connection.write(RawConnection.generateHeaders("Content-Length: " + body.length()));
        connection.write(body);
        return connection;
    }

    private void awaitGauge(String name, int value) {
        Poll.until(() -> Client.of(port).metrics().value(name) == value, name + " != " + value);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoLeavesTheQueueIsForgotten(boolean streamed) throws IOException {
        try (RawConnection running = request(true)) {
            running.readUntil("event: token");
            try (RawConnection _ = request(streamed)) {
                awaitGauge("kaya_requests_waiting", 1);
            }
            awaitGauge("kaya_requests_waiting", 0);
            assertThat(Client.of(port).metrics().value("kaya_requests_running")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoLeavesWhileItRunsGivesItsPagesBack(boolean streamed) throws IOException {
        try (RawConnection _ = request(streamed)) {
            awaitGauge("kaya_requests_running", 1);
            assertThat(Client.of(port).metrics().value("kaya_kv_cache_usage")).isPositive();
        }
        awaitGauge("kaya_requests_running", 0);
        assertThat(Client.of(port).metrics().value("kaya_kv_cache_usage")).isZero();
    }
}
