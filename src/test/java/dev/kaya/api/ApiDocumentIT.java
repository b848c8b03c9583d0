package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The description of the API: what Swagger UI shows is what is served. */
class ApiDocumentIT extends StoriesServer {

    private JsonNode document() {
        return client().get("/v3/api-docs").json();
    }

    private JsonNode generate() {
        return document().get("paths").get("/v1/generate").get("post");
    }

    private JsonNode fields() {
        return document().get("components").get("schemas").get("GenerateRequest").get("properties");
    }

    private void isDescribed(String field, String expected) {
        var schema = ((tools.jackson.databind.node.ObjectNode) fields().get(field)).deepCopy();
        schema.remove("description");
        assertThat((JsonNode) schema).isEqualTo(JsonMapper.shared().readTree(expected));
    }

    @Test
    void describesEveryFieldUnderItsNameOnTheWire() {
        assertThat(fields().propertyNames())
                .containsExactly(
                        "prompt",
                        "prompt_token_ids",
                        "model",
                        "max_new_tokens",
                        "temperature",
                        "top_k",
                        "top_p",
                        "preset",
                        "min_p",
                        "typical_p",
                        "repetition_penalty",
                        "repetition_window",
                        "frequency_penalty",
                        "presence_penalty",
                        "no_repeat_ngram_size",
                        "logit_bias",
                        "min_new_tokens",
                        "stop",
                        "stop_token_ids",
                        "response_format",
                        "echo",
                        "seed",
                        "n",
                        "best_of",
                        "num_beams",
                        "length_penalty",
                        "early_stopping",
                        "logprobs",
                        "prompt_logprobs",
                        "speculate",
                        "ignore_eos",
                        "allow_special_tokens",
                        "context_overflow",
                        "timeout_ms",
                        "stream");
        for (Map.Entry<String, JsonNode> field : fields().properties()) {
            assertThat(field.getValue().path("description").asString())
                    .as(field.getKey())
                    .isNotBlank();
        }
    }

    @Test
    void tellsTypesDefaultsExamplesAndRanges() {
        isDescribed(
                "prompt",
                "{\"type\": \"string\", \"default\": \"\", \"example\": \"Once upon a time\"}");
        isDescribed(
                "max_new_tokens",
                """
                {"type": "integer", "format": "int32", "default": 100, "example": 50,
                 "minimum": 0, "maximum": 4096}
                """);
        isDescribed(
                "temperature",
                """
                {"type": "number", "format": "double", "default": 0.8, "example": 0.8,
                 "minimum": 0, "maximum": 100}
                """);
        isDescribed(
                "top_k",
                """
                {"type": "integer", "format": "int32", "default": 50, "example": 50,
                 "minimum": -1}
                """);
        isDescribed(
                "top_p",
                """
                {"type": "number", "format": "double", "default": 0.95, "example": 0.95,
                 "exclusiveMinimum": 0, "maximum": 1}
                """);
        isDescribed(
                "typical_p",
                """
                {"type": ["number", "null"], "format": "double", "default": 1,
                 "exclusiveMinimum": 0, "maximum": 1}
                """);
        isDescribed(
                "repetition_penalty",
                """
                {"type": ["number", "null"], "format": "double", "default": 1,
                 "exclusiveMinimum": 0, "maximum": 100}
                """);
        isDescribed("seed", "{\"type\": \"integer\", \"format\": \"int64\", \"example\": 7}");
        isDescribed(
                "n",
                """
                {"type": "integer", "format": "int32", "default": 1, "example": 1, "minimum": 1,
                 "maximum": 64}
                """);
        isDescribed("ignore_eos", "{\"type\": \"boolean\", \"default\": false}");
        isDescribed(
                "context_overflow",
                """
                {"type": "string", "enum": ["slide", "stop", "error"], "example": "slide"}
                """);
    }

    @Test
    void tellsFormatsWithWhatIsInThem() {
        JsonNode schemas = document().get("components").get("schemas");
        assertThat(fields().get("response_format").get("$ref").stringValue())
                .isEqualTo("#/components/schemas/ResponseFormat");
        JsonNode format = schemas.get("ResponseFormat").get("properties");
        assertThat(format.propertyNames())
                .containsExactly("type", "json_schema", "schema", "pattern");
        assertThat(format.get("type").get("enum").valueStream().map(JsonNode::stringValue))
                .containsExactly("text", "json_object", "json_schema", "regex");
        JsonNode schema = schemas.get("JsonSchema").get("properties").get("schema");
        assertThat(schema.has("$ref")).isFalse();
        assertThat(schema.get("description").stringValue()).contains("draft 2020-12");
    }

    @Test
    void tellsBothKindsOfAnswer() {
        JsonNode content = generate().get("responses").get("200").get("content");
        assertThat(content.propertyNames())
                .containsExactlyInAnyOrder("application/json", "text/event-stream");
        assertThat(content.get("application/json").get("schema").get("$ref").stringValue())
                .isEqualTo("#/components/schemas/GenerateResponse");
        assertThat(content.get("text/event-stream").get("schema").get("$ref").stringValue())
                .isEqualTo("#/components/schemas/TokenEvent");
    }

    @Test
    void tellsThatEverythingElseIsAProblem() {
        for (JsonNode path : document().get("paths")) {
            for (JsonNode operation : path) {
                for (Map.Entry<String, JsonNode> response :
                        operation.get("responses").properties()) {
                    if (!response.getKey().equals("200")) {
                        assertThat(response.getValue().get("content").propertyNames())
                                .containsExactly("application/problem+json");
                    }
                }
                assertThat(operation.get("responses").has("default")).isTrue();
            }
        }
    }

    @Test
    void answersItsOwnExamples() {
        JsonNode examples =
                generate()
                        .get("requestBody")
                        .get("content")
                        .get("application/json")
                        .get("examples");
        assertThat(examples.propertyNames())
                .containsExactly("story", "stream", "greedy", "beams", "json");
        for (JsonNode example : examples) {
            assertThat(client().generate(example.get("value").toString()).status()).isEqualTo(200);
        }
    }

    @Test
    void showsSwaggerUi() {
        HttpClient browser =
                HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
        Client client = new Client(browser, client().port());
        Answer page = client.get("/swagger-ui.html");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body()).contains("<title>Swagger UI</title>");
        assertThat(client.get("/v3/api-docs/swagger-config").json().get("url").stringValue())
                .isEqualTo("/v3/api-docs");
    }
}
