package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.json.JsonMapper;

/** A server whose operator serves no formats. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = "kaya.limits.response-format=off")
class ResponseFormatOffIT {

    @LocalServerPort private int port;

    @Test
    void refusesEveryFormatButText() {
        for (String format :
                List.of(
                        "{\"type\": \"regex\", \"pattern\": \"a\"}",
                        "{\"type\": \"json_object\"}",
                        "{\"type\": \"json_schema\", \"schema\": {}}",
                        "{\"type\": \"json_schema\", \"json_schema\": {\"schema\": {}}}")) {
            Client.of(port)
                    .generate("{\"response_format\": " + format + "}")
                    .isProblem(
                            BAD_REQUEST,
                            "response_format_off",
                            "the operator of this server has turned response_format off; only the"
                                    + " type text is served",
                            "\"field\": \"response_format\"");
        }
        for (String format : List.of("null", "{\"type\": \"text\"}")) {
            Answer served =
                    Client.of(port)
                            .generate(
                                    "{\"max_new_tokens\": 1, \"response_format\": " + format + "}");
            assertThat(served.status()).as(served.body()).isEqualTo(200);
        }
    }

    @Test
    void saysSoInTheModelsLimits() {
        String body = Client.of(port).get("/v1/models/stories").body();
        assertThat(
                        JsonMapper.shared()
                                .readTree(body)
                                .get("limits")
                                .get("response_format")
                                .booleanValue())
                .isFalse();
    }
}
