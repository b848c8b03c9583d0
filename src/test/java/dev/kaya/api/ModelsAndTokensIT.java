package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;
import static org.springframework.http.HttpStatus.NOT_FOUND;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What is served, and how its tokens and texts belong together. */
class ModelsAndTokensIT extends StoriesServer {

    private static final JsonMapper JSON = JsonMapper.shared();

    private static JsonNode withoutTime(JsonNode model) {
        assertThat(model.get("created").longValue())
                .isBetween(1_700_000_000L, Instant.now().getEpochSecond());
        ObjectNode copy = (ObjectNode) model.deepCopy();
        copy.remove("created");
        return copy;
    }

    private void refused(String path, String body, String code, String detail, String members) {
        client().post(path, body).isProblem(BAD_REQUEST, code, detail, members);
    }

    @Test
    void listsTheModel() {
        JsonNode list = client().get("/v1/models").json();
        assertThat(list.propertyNames()).containsExactly("object", "data");
        assertThat(list.get("object").stringValue()).isEqualTo("list");
        assertThat(list.get("data").size()).isEqualTo(1);
        assertThat(withoutTime(list.get("data").get(0)))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"id": "stories", "object": "model", "owned_by": "kaya"}
                                """));
    }

    @Test
    void describesTheModel() {
        ObjectNode model = (ObjectNode) withoutTime(client().get("/v1/models/stories").json());
        assertThat(model.get("weights_fingerprint").stringValue()).matches("[0-9a-f]{16}");
        model.remove("weights_fingerprint");
        assertThat(model)
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"id": "stories", "object": "model", "owned_by": "kaya",
                                 "dialect": "LLaMA (Hugging Face)", "container": "safetensors",
                                 "parameters": 3221952, "types": {"BF16": 3221952},
                                 "context_length": 256, "vocabulary_size": 4096,
                                 "kv_bytes_per_token": 4608, "bos_token_id": 4095,
                                 "eos_token_ids": [4095], "adds_bos": false,
                                 "defaults": {"max_new_tokens": 100, "temperature": 0.8,
                                              "top_k": 50, "top_p": 0.95,
                                              "context_overflow": "slide"},
                                 "presets": {
                                    "greedy": {"temperature": 0.0, "top_k": 0, "top_p": 1.0},
                                    "focused": {"temperature": 0.4, "top_k": 20, "top_p": 0.9},
                                    "balanced": {"temperature": 0.8, "top_k": 50, "top_p": 0.95},
                                    "creative": {"temperature": 1.2, "top_k": 200, "top_p": 0.98}},
                                 "limits": {"max_new_tokens": 4096, "n": 64, "response_format": true,
                                            "request_timeout_ms": 600000}}
                                """));
    }

    @Test
    void knowsNoOtherModel() {
        client().get("/v1/models/gpt-4")
                .isProblem(
                        NOT_FOUND,
                        "unknown_model",
                        "there is no model 'gpt-4'; served is 'stories'",
                        "\"field\": \"model\"");
    }

    @Test
    void tokenizesAndBack() {
        String text = "Once upon a time, “naïve” 日本 👑\\n";
        JsonNode tokens = client().post("/v1/tokenize", "{\"text\": \"" + text + "\"}").json();
        assertThat(tokens.propertyNames()).containsExactly("token_ids", "tokens");
        assertThat(tokens.get("tokens").size()).isEqualTo(tokens.get("token_ids").size());
        assertThat(tokens.get("tokens").get(0).stringValue()).isEqualTo("Once");
        JsonNode back =
                client().post("/v1/detokenize", "{\"token_ids\": " + tokens.get("token_ids") + "}")
                        .json();
        assertThat(back).isEqualTo(JSON.readTree("{\"text\": \"" + text + "\"}"));
    }

    @Test
    void tokenizesNothingToNothing() {
        assertThat(client().post("/v1/tokenize", "{\"text\": \"\"}").json())
                .isEqualTo(JSON.readTree("{\"token_ids\": [], \"tokens\": []}"));
        assertThat(client().post("/v1/detokenize", "{\"token_ids\": []}").json())
                .isEqualTo(JSON.readTree("{\"text\": \"\"}"));
    }

    @Test
    void tokenizesSpecialTokensOnlyWhenAllowed() {
        JsonNode special =
                client().post(
                                "/v1/tokenize",
                                "{\"text\": \"<|endoftext|>\", \"allow_special_tokens\": true}")
                        .json();
        assertThat(special)
                .isEqualTo(
                        JSON.readTree("{\"token_ids\": [4095], \"tokens\": [\"<|endoftext|>\"]}"));
        JsonNode ordinary = client().post("/v1/tokenize", "{\"text\": \"<|endoftext|>\"}").json();
        assertThat(ordinary.get("token_ids").size()).isGreaterThan(1);
    }

    @Test
    void missesTheTextToTokenize() {
        String field = "\"field\": \"text\"";
        refused("/v1/tokenize", "{}", "missing_field", "text is missing", field);
        refused("/v1/tokenize", "{\"text\": null}", "missing_field", "text is missing", field);
    }

    @Test
    void missesTheIdsToDetokenize() {
        refused(
                "/v1/detokenize",
                "{}",
                "missing_field",
                "token_ids is missing",
                "\"field\": \"token_ids\"");
    }

    @Test
    void refusesIdsBeyondTheVocabulary() {
        refused(
                "/v1/detokenize",
                "{\"token_ids\": [1, 2, 4096]}",
                "out_of_range",
                "token_ids[2] must be from 0 to 4095; given 4096",
                "\"field\": \"token_ids\", \"limit\": 4095, \"given\": 4096");
    }

    @Test
    void refusesFieldsOfAnotherRequest() {
        refused(
                "/v1/tokenize",
                "{\"prompt\": \"x\"}",
                "unknown_field",
                "there is no field prompt; known are allow_special_tokens, text",
                "\"field\": \"prompt\"");
        refused(
                "/v1/detokenize",
                "{\"token_ids\": [\"1\"]}",
                "wrong_type",
                "token_ids[0] must be a whole number of 32 bits",
                "\"field\": \"token_ids[0]\", \"line\": 1, \"column\": 16");
    }
}
