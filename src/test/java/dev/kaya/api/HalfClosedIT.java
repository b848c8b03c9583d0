package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.api.web.ConnectionProtocol;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/**
 * Clients that end their side of the connection behind the request and read on, and such as send
 * more than the request. They wait behind one that holds the only place until they were looked at.
 */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "kaya.max-sequences=1",
            "kaya.keep-alive=1h",
            "kaya.slow-client-timeout=2m",
            "kaya.limits.max-new-tokens=1000000"
        })
class HalfClosedIT {

    private static final String ENDLESS =
            "{\"max_new_tokens\":1000000,\"ignore_eos\":true,\"stream\":true}";
    private static final String INTERIM = "HTTP/1.1 100 \r\n\r\n";
    private static final String COMMENT = ": keep-alive\n\n";

    @LocalServerPort private int port;
    @Autowired private ServletWebServerApplicationContext context;

    @BeforeEach
    void awaitIdle() {
        client().awaitIdle();
    }

    private Client client() {
        return Client.of(port);
    }

    private static String asking(int tokens, boolean streamed) {
        return "{\"prompt\":\"Once\",\"max_new_tokens\":%d,\"ignore_eos\":true,\"seed\":1,\"stream\":%s}"
                .formatted(tokens, streamed);
    }

    private static String request(String version, String body) {
        return RawConnection.generateHeaders("Content-Length: " + body.length())
                        .replace("HTTP/1.1", version)
                + body;
    }

    private RawConnection sending(String request) throws IOException {
        RawConnection connection = new RawConnection(port);
        connection.write(request);
        return connection;
    }

    /** One that decodes until it is closed. */
    private RawConnection occupant() throws IOException {
        RawConnection connection = sending(request("HTTP/1.1", ENDLESS));
        connection.readUntil("event: token");
        return connection;
    }

    private void awaitWaiting(int count) {
        Poll.until(
                () -> client().metrics().value("kaya_requests_waiting") == count,
                "there never were " + count + " waiting");
    }

    /** Until everybody who waits was looked at: as often as one who came last and can tell. */
    private void letAllBeLookedAt() throws IOException {
        try (RawConnection last = sending(request("HTTP/1.1", asking(1, false)))) {
            last.endSending();
            last.readUntil(INTERIM);
            last.readUntil(INTERIM);
        }
    }

    private static void completes(String rest, int tokens, boolean streamed) {
        if (streamed) {
            assertThat(rest.split("event: token", -1)).hasSize(tokens + 1);
            assertThat(rest).contains("event: done", "\"seed\":1").endsWith("\r\n0\r\n\r\n");
        } else {
            var answer = JsonMapper.shared().readTree(rest.substring(rest.indexOf("\r\n\r\n") + 4));
            assertThat(answer.at("/outputs/0/token_ids").size()).isEqualTo(tokens);
            assertThat(answer.get("seed").longValue()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"3, false", "3, true", "60, false", "60, true", "200, false", "200, true"})
    void readsItsWholeAnswer(int tokens, boolean streamed) throws IOException {
        try (RawConnection half = sending(request("HTTP/1.1", asking(tokens, streamed)))) {
            half.endSending();
            String all = half.readToEnd();
            completes(all.substring(all.lastIndexOf("HTTP/1.1 200")), tokens, streamed);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsItsPlaceWhileItReads(boolean streamed) throws IOException {
        try (RawConnection running = occupant();
                RawConnection half = sending(request("HTTP/1.1", asking(20, streamed)))) {
            half.endSending();
            String probe = streamed ? COMMENT : INTERIM;
            half.readUntil(probe);
            half.readUntil(probe);
            half.readUntil(probe);
            running.reset();
            completes(half.readToEnd(), 20, streamed);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leavesWhenItClosesTheOtherSideToo(boolean streamed) throws IOException {
        try (RawConnection _ = occupant()) {
            try (RawConnection half = sending(request("HTTP/1.1", asking(20, streamed)))) {
                half.endSending();
                half.readUntil(streamed ? COMMENT : INTERIM);
                awaitWaiting(1);
            }
            awaitWaiting(0);
            assertThat(client().metrics().value("kaya_requests_running")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void breaksOff(boolean streamed) throws IOException {
        try (RawConnection _ = occupant();
                RawConnection other = sending(request("HTTP/1.1", asking(20, streamed)))) {
            awaitWaiting(1);
            other.reset();
            awaitWaiting(0);
        }
    }

    @Test
    void ofHttp10ReadsNothingButItsAnswer() throws IOException {
        try (RawConnection running = occupant();
                RawConnection old = sending(request("HTTP/1.0", asking(20, false)))) {
            old.endSending();
            awaitWaiting(1);
            letAllBeLookedAt();
            running.reset();
            String all = old.readToEnd();
            assertThat(all).startsWith("HTTP/1.1 200").doesNotContain("HTTP/1.1 100");
            completes(all, 20, false);
        }
    }

    @Test
    void mayReadSlowlyAsLongAsIsConfiguredAndSendOnlyAsFastAsOthers() {
        var server = (TomcatWebServer) Objects.requireNonNull(context.getWebServer());
        var protocol = (ConnectionProtocol) server.getTomcat().getConnector().getProtocolHandler();
        assertThat(protocol.writeTimeoutMillis()).isEqualTo(120_000);
        assertThat(protocol.getConnectionTimeout()).isEqualTo(20_000);
        assertThat(protocol.getKeepAliveTimeout()).isEqualTo(60_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "x"})
    void mayHaveSentMoreThanItsRequest(String more) throws IOException {
        try (RawConnection running = occupant();
                RawConnection half = sending(request("HTTP/1.1", asking(20, false)) + more)) {
            awaitWaiting(1);
            letAllBeLookedAt();
            half.endSending();
            half.readUntil(INTERIM);
            running.reset();
            Answer answer = half.readAnswer();
            assertThat(answer.json().at("/outputs/0/token_ids").size()).isEqualTo(20);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8_000, 9_000, 100_000})
    void losesNothingOfTheNextRequestThatItHasSent(int padding) throws IOException {
        String next = "{\"text\":\"Once\"}" + " ".repeat(padding);
        String behind =
                RawConnection.generateHeaders("Content-Length: " + next.length())
                                .replace("/v1/generate", "/v1/tokenize")
                        + next;
        try (RawConnection running = occupant();
                RawConnection pipelining = sending(request("HTTP/1.1", asking(5, false)))) {
            awaitWaiting(1);
            pipelining.write(behind);
            letAllBeLookedAt();
            letAllBeLookedAt();
            running.reset();
            assertThat(pipelining.readAnswer().json().at("/outputs/0/token_ids").size())
                    .isEqualTo(5);
            assertThat(pipelining.readAnswer().json())
                    .isEqualTo(client().post("/v1/tokenize", next).json());
        }
    }
}
