package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;
import static org.springframework.http.HttpStatus.METHOD_NOT_ALLOWED;
import static org.springframework.http.HttpStatus.NOT_ACCEPTABLE;
import static org.springframework.http.HttpStatus.NOT_FOUND;
import static org.springframework.http.HttpStatus.UNSUPPORTED_MEDIA_TYPE;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

/** Paths, methods and media types that are not served, and requests that are no HTTP. */
class HttpRulesIT extends StoriesServer {

    private static final String SHORT = "{\"max_new_tokens\": 1}";

    private void notFound(Answer answer, String path) {
        answer.isProblem(NOT_FOUND, "not_found", "there is nothing at " + path);
    }

    private void wrongMethod(String method, String path, String allowed) {
        Answer answer =
                client().send(client().to(path).method(method, BodyPublishers.ofString("{}")));
        answer.isProblem(
                METHOD_NOT_ALLOWED,
                "method_not_allowed",
                method + " is not allowed here; allowed is " + allowed);
        assertThat(answer.header("Allow")).isEqualTo(allowed);
    }

    private void wrongContentType(String given) {
        client().send(
                        client().to("/v1/generate")
                                .header("Content-Type", given)
                                .POST(BodyPublishers.ofString(SHORT)))
                .isProblem(
                        UNSUPPORTED_MEDIA_TYPE,
                        "unsupported_media_type",
                        "the body must be application/json; given " + given);
    }

    private void notAcceptable(String accept) {
        client().post("/v1/generate", SHORT, accept)
                .isProblem(
                        NOT_ACCEPTABLE,
                        "not_acceptable",
                        "answers come as application/json, text/event-stream");
    }

    private void answersAs(String contentType, String accept) {
        Answer answer = client().post("/v1/generate", SHORT, accept);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo(contentType);
    }

    private void badHttp(HttpStatus status, String request) throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(request);
            Answer answer = connection.readAnswer();
            answer.isProblem(
                    status,
                    "bad_http",
                    "the request could not be answered: " + status.getReasonPhrase());
            assertThat(answer.headers()).doesNotContainKey("Server");
        }
    }

    @Test
    void saysThatNothingIsAtAnUnknownPath() {
        notFound(client().get("/nothing"), "/nothing");
        notFound(client().post("/v1/generate/", SHORT), "/v1/generate/");
        notFound(client().get("/actuator/env"), "/actuator/env");
        notFound(client().get("/v1"), "/v1");
    }

    @Test
    void saysThatNothingIsAtTheErrorPage() {
        client().get("/error")
                .isProblem(NOT_FOUND, "not_found", "the request could not be answered: Not Found");
    }

    @Test
    void namesTheMethodsOfAPath() {
        wrongMethod("PUT", "/v1/generate", "POST");
        wrongMethod("DELETE", "/v1/models", "GET");
        wrongMethod("POST", "/v1/models/stories", "GET");
        wrongMethod("PATCH", "/v1/tokenize", "POST");
    }

    @Test
    void doesNotTraceRequests() {
        Answer answer =
                client().send(client().to("/v1/models").method("TRACE", BodyPublishers.noBody()));
        answer.isProblem(
                METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "the request could not be answered: Method Not Allowed");
    }

    @Test
    void wantsJson() {
        wrongContentType("text/plain");
        wrongContentType("application/x-www-form-urlencoded");
        wrongContentType("application/json;charset=no-such");
        wrongContentType("garbage");
    }

    @Test
    void wantsJsonAndNoForm() {
        wrongContentType("multipart/form-data");
    }

    @Test
    void wantsAContentType() {
        client().send(client().to("/v1/generate").POST(BodyPublishers.ofString(SHORT)))
                .isProblem(
                        UNSUPPORTED_MEDIA_TYPE,
                        "unsupported_media_type",
                        "the body must be application/json; given no content type");
    }

    @Test
    void refusesClientsThatAcceptNeitherKindOfAnswer() {
        notAcceptable("text/html");
        notAcceptable("application/json;q=0");
    }

    @Test
    void refusesAnAcceptThatIsNone() {
        notAcceptable("garbage");
    }

    @Test
    void refusesAnAcceptWithoutEnd() {
        notAcceptable("text/html" + ", text/html".repeat(60));
    }

    @Test
    void refusesClientsThatDoNotAcceptJsonOfModels() {
        client().send(client().to("/v1/models").header("Accept", "text/html").GET())
                .isProblem(NOT_ACCEPTABLE, "not_acceptable", "answers come as application/json");
    }

    @Test
    void answersWithTheKindThatIsPreferred() {
        String events = "text/event-stream;charset=UTF-8";
        answersAs("application/json", "*/*");
        answersAs("application/json", "application/json, text/event-stream");
        answersAs("application/json", "text/event-stream;q=0.5, application/json");
        answersAs("application/json", "application/*");
        answersAs(events, "text/event-stream");
        answersAs(events, "text/event-stream, */*;q=0.1");
        answersAs(events, "application/json;q=0.5, text/event-stream");
        answersAs(events, "text/*");
    }

    @Test
    void tellsProblemsToClientsThatAcceptOnlyEvents() {
        client().post("/v1/generate", "{\"top_k\": -2}", "text/event-stream")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "top_k must be -1, 0 or above; given -2",
                        "\"field\": \"top_k\", \"limit\": -1, \"given\": -2");
        client().post("/v1/generate", "null", "text/event-stream")
                .isProblem(
                        BAD_REQUEST,
                        "wrong_type",
                        "the body must be a JSON object",
                        "\"line\": 1, \"column\": 1");
        notFound(client().post("/nothing", SHORT, "text/event-stream"), "/nothing");
    }

    @Test
    void refusesARequestLineThatIsNone() throws IOException {
        badHttp(BAD_REQUEST, "GARBAGE\r\n\r\n");
    }

    @Test
    void refusesAPathThatIsNone() throws IOException {
        badHttp(BAD_REQUEST, "GET /a|b{} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        badHttp(BAD_REQUEST, "GET /v1/models/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        badHttp(BAD_REQUEST, "GET /v1/models/a%2Fb HTTP/1.1\r\nHost: localhost\r\n\r\n");
        badHttp(BAD_REQUEST, "GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    @Test
    void refusesAMethodThatIsNone() throws IOException {
        badHttp(BAD_REQUEST, "G@T / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    @Test
    void refusesARequestWithoutAHost() throws IOException {
        badHttp(BAD_REQUEST, "GET / HTTP/1.1\r\n\r\n");
    }

    @Test
    void refusesAHeaderThatIsNone() throws IOException {
        badHttp(BAD_REQUEST, "GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n");
    }

    @Test
    void refusesHeadersWithoutEnd() throws IOException {
        String header = "X-Long: " + "x".repeat(20_000) + "\r\n";
        badHttp(BAD_REQUEST, "GET / HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n");
    }

    @Test
    void refusesALengthThatIsNone() throws IOException {
        badHttp(BAD_REQUEST, RawConnection.generateHeaders("Content-Length: many"));
    }

    @Test
    void refusesAnUnknownVersion() throws IOException {
        badHttp(HttpStatus.HTTP_VERSION_NOT_SUPPORTED, "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n");
    }

    @Test
    void refusesAnUnknownTransferEncoding() throws IOException {
        badHttp(
                HttpStatus.NOT_IMPLEMENTED,
                RawConnection.generateHeaders("Transfer-Encoding: unheard-of"));
    }

    @Test
    void refusesChunksThatAreNone() throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.generateHeaders("Transfer-Encoding: chunked"));
            connection.write("zz\r\n{}\r\n0\r\n\r\n");
            connection
                    .readAnswer()
                    .isProblem(
                            BAD_REQUEST,
                            "bad_request",
                            "the request could not be answered: Bad Request");
        }
    }
}
