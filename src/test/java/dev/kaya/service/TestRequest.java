package dev.kaya.service;

import dev.kaya.service.request.GenerationRequest;
import java.util.LinkedHashMap;
import java.util.Map;

/** A request with a few fields set. */
public final class TestRequest {

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

    public GenerationRequest build() {
        return GenerationRequest.of(fields);
    }
}
