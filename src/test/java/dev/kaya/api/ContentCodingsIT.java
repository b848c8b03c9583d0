package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.METHOD_NOT_ALLOWED;
import static org.springframework.http.HttpStatus.NOT_FOUND;
import static org.springframework.http.HttpStatus.UNSUPPORTED_MEDIA_TYPE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are encoded, and such as only say so. */
class ContentCodingsIT extends StoriesServer {

    private static final String SHORT = "{\"max_new_tokens\": 1}";

    private Answer post(String path, byte[] body, String... codings) {
        var request = client().posting(path, BodyPublishers.ofByteArray(body));
        for (String coding : codings) {
            request.header("Content-Encoding", coding);
        }
        return client().send(request);
    }

    private static byte[] plain(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] zipped(String text) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(bytes)) {
            zip.write(plain(text));
        }
        return bytes.toByteArray();
    }

    private static void refused(Answer answer, String codings) {
        answer.isProblem(
                UNSUPPORTED_MEDIA_TYPE,
                "unsupported_content_coding",
                "the body must come without a content coding; given " + codings,
                "\"limit\": \"identity\", \"given\": \"" + codings + "\"");
        assertThat(answer.header("Accept-Encoding")).isEqualTo("identity");
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/generate, '{\"max_new_tokens\": 1}'",
        "/v1/tokenize, '{\"text\": \"a\"}'",
        "/v1/detokenize, '{\"token_ids\": [1]}'"
    })
    void areRefusedAtEveryDoor(String path, String body) throws IOException {
        refused(post(path, zipped(body), "gzip"), "gzip");
        assertThat(post(path, plain(body)).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "br", "zstd", "deflate", "x-gzip", "unheard-of"})
    void areNamed(String coding) {
        refused(post("/v1/generate", plain(SHORT), coding), coding);
    }

    @Test
    void areNamedTogether() {
        refused(post("/v1/generate", plain(SHORT), "GZIP, identity", "br"), "gzip, br");
    }

    @Test
    void areShownInPart() {
        refused(post("/v1/generate", plain(SHORT), "z".repeat(100)), "z".repeat(100));
        refused(post("/v1/generate", plain(SHORT), "z".repeat(101)), "z".repeat(100) + "…");
    }

    @ParameterizedTest
    @ValueSource(strings = {"identity", "Identity", "", " , identity,"})
    void areNoneWhereNothingWasDone(String coding) {
        assertThat(post("/v1/generate", plain(SHORT), coding).status()).isEqualTo(200);
    }

    @Test
    void areReadToTheirEnd() throws IOException {
        try (RawConnection connection = connect()) {
            String body = "x".repeat(500_000);
            connection.write(
                    RawConnection.generateHeaders(
                            "Content-Encoding: gzip", "Content-Length: " + body.length()));
            connection.write(body);
            refused(connection.readAnswer(), "gzip");
            connection.write(
                    RawConnection.generateHeaders("Content-Length: " + SHORT.length()) + SHORT);
            assertThat(connection.readAnswer().status()).isEqualTo(200);
        }
    }

    @Test
    void areCounted() {
        String reason = "reason=\"unsupported_content_coding\"";
        double before = client().metrics().value("kaya_requests_rejected_total", reason);
        refused(post("/v1/generate", plain(SHORT), "gzip"), "gzip");
        assertThat(client().metrics().value("kaya_requests_rejected_total", reason))
                .isEqualTo(before + 1);
    }

    @Test
    void matterOnlyWhereABodyIsTaken() {
        assertThat(
                        client().send(
                                        client().to("/v1/models")
                                                .header("Content-Encoding", "gzip")
                                                .GET())
                                .status())
                .isEqualTo(200);
        assertThat(post("/v1/models", plain(SHORT), "gzip").status())
                .isEqualTo(METHOD_NOT_ALLOWED.value());
        assertThat(post("/nothing", plain(SHORT), "gzip").status()).isEqualTo(NOT_FOUND.value());
    }
}
