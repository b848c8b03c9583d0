package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.REQUEST_TIMEOUT;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies that do not end: they hold their bytes for a while, and nobody is kept out by them. */
@Timeout(120)
class RequestDoorIT {

    private static RunningServer quick;
    private static RunningServer tight;

    @BeforeAll
    static void start() {
        quick = RunningServer.start("kaya.limits.body-timeout=300ms");
        tight =
                RunningServer.start(
                        "kaya.limits.body-memory=2MB",
                        "kaya.limits.body-size=100KB",
                        "kaya.limits.answer-memory=4MB");
    }

    @BeforeEach
    void awaitIdle() {
        quick.client().awaitIdle();
        tight.client().awaitIdle();
    }

    @AfterAll
    static void stop() {
        quick.close();
        tight.close();
    }

    private static RawConnection begun(RunningServer server, int length) throws IOException {
        var connection = new RawConnection(server.client().port());
        connection.write(RawConnection.generateHeaders("Content-Length: " + length));
        connection.write("{\"max_new_tokens\":1");
        return connection;
    }

    private static void isTooSlow(RawConnection connection) throws IOException {
        Answer answer = connection.readAnswer();
        answer.isProblem(
                REQUEST_TIMEOUT,
                "body_too_slow",
                "the request body must be complete within 300 ms",
                "\"limit\": 300");
        assertThat(answer.header("Connection")).isEqualTo("close");
    }

    @Test
    void aBodyThatStopsIsGivenUp() throws IOException {
        try (RawConnection connection = begun(quick, 1_000)) {
            isTooSlow(connection);
        }
    }

    @Test
    void aBodyThatDripsIsGivenUp() throws IOException {
        try (RawConnection connection = begun(quick, 1_000_000)) {
            long start = System.nanoTime();
            while (System.nanoTime() - start < 400_000_000L) {
                connection.write(" "); // well within the time that a silent client has
                Thread.onSpinWait();
            }
            isTooSlow(connection);
        } catch (java.net.SocketException e) {
            assertThat(e).hasMessageMatching("Broken pipe|Connection reset.*"); // written after it
        }
    }

    @Test
    void aRefusalIsCounted() throws IOException {
        double before = refused(quick, "body_too_slow");
        try (RawConnection connection = begun(quick, 1_000)) {
            isTooSlow(connection);
        }
        assertThat(refused(quick, "body_too_slow")).isEqualTo(before + 1);
    }

    private static double refused(RunningServer server, String reason) {
        return server.client()
                .metrics()
                .value("kaya_requests_rejected_total", "reason=\"" + reason + "\"");
    }

    /** Each large body takes 300 kB of 2 MB, as long as that is a quarter of what is left. */
    @Test
    void largeBodiesThatDoNotEndShutOutOnlyLargeOnes() throws IOException {
        List<RawConnection> unfinished = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                unfinished.add(begun(tight, 100_000));
            }
            Poll.until(
                    () -> tight.client().generate(body(100_000)).status() == 429,
                    "there was always room for another large body");
            Answer large = tight.client().generate(body(100_000));
            assertThat(large.header("Retry-After")).isEqualTo("1");
            assertThat(large.body()).contains("\"code\":\"too_busy\"");
            assertThat(tight.client().generate(body(1_000)).status()).isEqualTo(200);
            assertThat(tight.client().post("/v1/tokenize", "{\"text\":\"a\"}").status())
                    .isEqualTo(200);
        } finally {
            for (RawConnection connection : unfinished) {
                connection.close();
            }
        }
        Poll.until(
                () -> tight.client().generate(body(100_000)).status() == 200,
                "what the unfinished held was never given back");
    }

    private static String body(int bytes) {
        String fields = "{\"max_new_tokens\":1}";
        return fields + " ".repeat(bytes - fields.length());
    }

    /** 4 MB allow an answer 1 MB: of 64 texts with 20 alternatives some hundred tokens each. */
    @Test
    void aProductThatIsTooLargeNamesWhatToLower() {
        Answer refused =
                tight.client().generate("{\"n\":64,\"max_new_tokens\":4096,\"logprobs\":20}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body())
                .contains("\"code\":\"answer_too_large\"", "\"field\":\"max_new_tokens\"");
        assertThat(tight.client().generate("{\"n\":64,\"max_new_tokens\":2}").status())
                .isEqualTo(200);
    }

    @Test
    void aPromptEchoedManyTimesIsWrittenManyTimes() {
        String prompt = "once upon a time ".repeat(5_000) + "\u2019\uD83D\uDE00";
        String request =
                "{\"prompt\":\"" + prompt + "\",\"echo\":true,\"n\":16,\"max_new_tokens\":1}";
        var answer = tight.client().generated(request);
        assertThat(answer.get("outputs").size()).isEqualTo(16);
        for (var output : answer.get("outputs")) {
            assertThat(output.get("text").stringValue()).startsWith(prompt);
        }
    }
}
