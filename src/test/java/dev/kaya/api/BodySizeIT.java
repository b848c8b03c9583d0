package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.CONTENT_TOO_LARGE;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The bound on bodies, and that whoever breaks it can read so however the body is sent. */
class BodySizeIT extends StoriesServer {

    private static final int LIMIT = 1 << 20;
    private static final int HUGE = 10_000_000;
    private static final String RULE = "the request body must be at most 1048576 bytes; given ";

    /** A body of so many bytes whose prompt is short. */
    private static String padded(int bytes) {
        String request = "{\"max_new_tokens\": 1}";
        return request + " ".repeat(bytes - request.length());
    }

    /** A body of so many bytes whose prompt is long. */
    private static String prompting(int bytes) {
        return "{\"prompt\": \"" + "a".repeat(bytes - 14) + "\"}";
    }

    private static void refusedAs(Answer answer, int given) {
        answer.isProblem(
                CONTENT_TOO_LARGE,
                "body_too_large",
                RULE + given,
                "\"limit\": 1048576, \"given\": " + given);
    }

    private static void refusedAsMore(Answer answer) {
        answer.isProblem(
                CONTENT_TOO_LARGE,
                "body_too_large",
                RULE + "more",
                "\"limit\": 1048576, \"given\": \"more\"");
    }

    private Answer chunked(String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return client().send(
                        client().posting(
                                        "/v1/generate",
                                        BodyPublishers.ofInputStream(
                                                () -> new ByteArrayInputStream(bytes))));
    }

    /** Writes everything before it reads anything. */
    private Answer writtenFirst(String headers, String body) throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.generateHeaders(headers.split("\n")));
            connection.write(body);
            return connection.readAnswer();
        }
    }

    private static String asOneChunk(String body) {
        return Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
    }

    @Test
    void takesABodyOfExactlyTheLimit() {
        assertThat(client().generate(padded(LIMIT)).status()).isEqualTo(200);
        assertThat(chunked(padded(LIMIT)).status()).isEqualTo(200);
    }

    @Test
    void refusesOneByteMore() {
        refusedAs(client().generate(padded(LIMIT + 1)), LIMIT + 1);
        refusedAsMore(chunked(padded(LIMIT + 1)));
    }

    @Test
    void refusesTenMegabytes() {
        refusedAs(client().generate(prompting(HUGE)), HUGE);
    }

    @Test
    void refusesTenMegabytesInChunks() {
        refusedAsMore(chunked(prompting(HUGE)));
    }

    @Test
    void refusesTenMegabytesOfAClientThatAsksFirst() {
        refusedAs(
                client().send(
                                client().posting(
                                                "/v1/generate",
                                                BodyPublishers.ofString(prompting(HUGE)))
                                        .expectContinue(true)),
                HUGE);
    }

    @Test
    void doesNotInviteABodyItWillRefuse() throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(
                    RawConnection.generateHeaders(
                            "Content-Length: " + HUGE, "Expect: 100-continue"));
            assertThat(connection.readUntil("\r\n")).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void invitesABodyItWillTake() throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(
                    RawConnection.generateHeaders("Content-Length: 21", "Expect: 100-continue"));
            assertThat(connection.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 100");
            connection.write(padded(21));
            assertThat(connection.readAnswer().status()).isEqualTo(200);
        }
    }

    @Test
    void isReadToItsEndByAClientThatWritesAllFirst() throws IOException {
        refusedAs(writtenFirst("Content-Length: " + HUGE, prompting(HUGE)), HUGE);
    }

    @Test
    void isReadToItsEndByAClientThatWritesAllChunksFirst() throws IOException {
        refusedAsMore(writtenFirst("Transfer-Encoding: chunked", asOneChunk(prompting(HUGE))));
    }

    @Test
    void isReadToItsEndByAClientThatAsksAndSendsChunks() throws IOException {
        refusedAsMore(
                writtenFirst(
                        "Transfer-Encoding: chunked\nExpect: 100-continue",
                        asOneChunk(prompting(HUGE))));
    }

    @Test
    void boundsTheOtherDoorsToo() {
        refusedAs(client().post("/v1/tokenize", prompting(HUGE)), HUGE);
        refusedAs(client().post("/v1/detokenize", prompting(HUGE)), HUGE);
    }
}
