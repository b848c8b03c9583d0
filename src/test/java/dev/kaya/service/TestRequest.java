package dev.kaya.service;

import dev.kaya.api.v1.GenerateRequest;
import dev.kaya.service.request.GenerationSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A request with a few fields set. */
public final class TestRequest {

    private static final JsonMapper STRICT =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private final Map<String, Object> fields = new LinkedHashMap<>();

    /** Sets a field by its name on the wire. */
    public TestRequest with(String field, Object value) {
        fields.put(field, value);
        return this;
    }

    public TestRequest prompt(String value) {
        return with("prompt", value);
    }

    public TestRequest promptTokenIds(int... value) {
        return with("prompt_token_ids", value);
    }

    /** A prompt of so many tokens. */
    public TestRequest promptOf(int length) {
        return promptTokenIds(new int[length]);
    }

    public TestRequest model(String value) {
        return with("model", value);
    }

    public TestRequest maxNewTokens(int value) {
        return with("max_new_tokens", value);
    }

    public TestRequest temperature(double value) {
        return with("temperature", value);
    }

    public TestRequest topK(int value) {
        return with("top_k", value);
    }

    public TestRequest topP(double value) {
        return with("top_p", value);
    }

    public TestRequest seed(long value) {
        return with("seed", value);
    }

    TestRequest samples(int value) {
        return with("n", value);
    }

    public TestRequest ignoreEos(boolean value) {
        return with("ignore_eos", value);
    }

    public TestRequest allowSpecialTokens(boolean value) {
        return with("allow_special_tokens", value);
    }

    public TestRequest contextOverflow(String value) {
        return with("context_overflow", value);
    }

    public TestRequest timeoutMs(long value) {
        return with("timeout_ms", value);
    }

    public GenerationSpec build() {
        return of(fields);
    }

    /** A request by the names of its fields on the wire. */
    public static GenerationSpec of(Map<String, ?> fields) {
        return STRICT.convertValue(fields, GenerateRequest.class).toSpec();
    }
}
