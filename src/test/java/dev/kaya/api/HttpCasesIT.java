package dev.kaya.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Small requests that are easily answered wrongly, from {@code cases/http.json}: a request is a
 * {@code body}, a {@code text} sent as it stands, or the {@code schema} of a response; of its
 * answer are given the {@code status}, values that it {@code is} or {@code matches} at JSON
 * pointers, and {@code answer_headers}.
 */
class HttpCasesIT extends StoriesServer {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern ZEROS = Pattern.compile("<zeros:(\\d+)>");

    static Stream<Arguments> cases() throws IOException {
        try (InputStream in = HttpCasesIT.class.getResourceAsStream("/cases/http.json")) {
            return JSON.readTree(in).valueStream().map(each -> Arguments.of(name(each), each));
        }
    }

    private static String name(JsonNode each) {
        return each.get("name").asString();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void isAnsweredAsItShouldBe(String name, JsonNode given) throws IOException {
        Answer answer =
                given.path("half_close").asBoolean() ? halfClosed(body(given)) : answer(given);

        assertThat(answer.status()).as(answer.body()).isEqualTo(given.get("status").asInt());
        given.path("answer_headers")
                .properties()
                .forEach(
                        header ->
                                assertThat(answer.header(header.getKey()))
                                        .isEqualTo(header.getValue().asString()));
        JsonNode json = JSON.readTree(answer.body());
        given.path("is")
                .properties()
                .forEach(
                        value ->
                                assertThat(json.at(value.getKey()))
                                        .as(answer.body())
                                        .isEqualTo(value.getValue()));
        given.path("matches")
                .properties()
                .forEach(
                        value ->
                                assertThat(json.at(value.getKey()).asString())
                                        .as(answer.body())
                                        .matches(wholly(value.getValue().asString())));
    }

    private static Pattern wholly(String regex) {
        return Pattern.compile(regex, Pattern.DOTALL);
    }

    private Answer answer(JsonNode given) throws IOException {
        HttpRequest.Builder request =
                client().to(given.path("path").asString("/v1/generate"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(body(given)));
        given.path("headers")
                .properties()
                .forEach(header -> request.header(header.getKey(), header.getValue().asString()));
        return client().send(request);
    }

    private static byte[] body(JsonNode given) throws IOException {
        byte[] text = text(given).getBytes(UTF_8);
        var coded = new ByteArrayOutputStream();
        try (OutputStream out =
                switch (given.path("coding").asString("")) {
                    case "gzip" -> new GZIPOutputStream(coded);
                    case "deflate" -> new DeflaterOutputStream(coded);
                    default -> coded;
                }) {
            out.write(text);
        }
        return coded.toByteArray();
    }

    private static String text(JsonNode given) {
        if (given.has("schema")) {
            return "{\"prompt\": \"x\", \"max_new_tokens\": 60, \"seed\": 1, \"response_format\":"
                    + " {\"type\": \"json_schema\", \"json_schema\": {\"schema\": "
                    + given.get("schema")
                    + "}}}";
        }
        Matcher zeros =
                ZEROS.matcher(
                        given.has("text")
                                ? given.get("text").asString()
                                : given.get("body").toString());
        return zeros.replaceAll(found -> "0".repeat(Integer.parseInt(found.group(1))));
    }

    /** Sends all of a request, closes that side, and reads to the end. */
    private Answer halfClosed(byte[] body) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), client().port())) {
            socket.setSoTimeout(60_000);
            String head =
                    RawConnection.generateHeaders(
                            "Content-Length: " + body.length, "Connection: close");
            socket.getOutputStream().write(head.getBytes(UTF_8));
            socket.getOutputStream().write(body);
            socket.shutdownOutput();
            String all = afterInterim(strictly(socket.getInputStream().readAllBytes()));
            int end = all.indexOf("\r\n\r\n");
            List<String> lines = all.substring(0, end).lines().toList();
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String line : lines.subList(1, lines.size())) {
                int colon = line.indexOf(':');
                headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
            int status = Integer.parseInt(lines.getFirst().substring(9, 12));
            return new Answer(status, headers, all.substring(end + 4));
        }
    }

    /** Without the interim answers by which a server learns whether its client is there. */
    private static String afterInterim(String answers) {
        return answers.startsWith("HTTP/1.1 1")
                ? afterInterim(answers.substring(answers.indexOf("\r\n\r\n") + 4))
                : answers;
    }

    private static String strictly(byte[] utf8) throws CharacterCodingException {
        return UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    }
}
