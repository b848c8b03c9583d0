package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a server sent.
 *
 * @param status of the response
 * @param headers by name, in any case
 * @param body as text
 */
public record Answer(int status, Map<String, String> headers, String body) {

    private static final JsonMapper JSON = JsonMapper.shared();

    static Answer of(int status, HttpHeaders headers, String body) {
        Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.map().forEach((name, values) -> byName.put(name, String.join(", ", values)));
        return new Answer(status, byName, body);
    }

    /** A header's value, or the empty text. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /** The body of an answer that must be JSON with status 200. */
    JsonNode json() {
        assertThat(status).as(body).isEqualTo(200);
        assertThat(header("Content-Type")).isEqualTo("application/json");
        return JSON.readTree(body);
    }

    /**
     * Compares the whole of a problem.
     *
     * @param members beyond type, title, status, detail and code, as JSON without braces
     */
    void isProblem(HttpStatus expected, String code, String detail, String members) {
        assertThat(status).as(body).isEqualTo(expected.value());
        assertThat(header("Content-Type")).isEqualTo("application/problem+json");
        ObjectNode problem = (ObjectNode) JSON.readTree("{" + members + "}");
        problem.put("type", "about:blank")
                .put("title", expected.getReasonPhrase())
                .put("status", expected.value())
                .put("detail", detail)
                .put("code", code);
        assertThat(JSON.readTree(body)).isEqualTo(problem);
    }

    /** A problem that says nothing but what, without a field or a place. */
    void isProblem(HttpStatus expected, String code, String detail) {
        isProblem(expected, code, detail, "");
    }
}
