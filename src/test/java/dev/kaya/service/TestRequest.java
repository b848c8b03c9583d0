package dev.kaya.service;

import java.util.LinkedHashMap;
import java.util.Map;

/** A request with a few fields set. */
final class TestRequest {

    private final Map<String, Object> fields = new LinkedHashMap<>();

    /** Sets a field by its name on the wire. */
    TestRequest with(String field, Object value) {
        fields.put(field, value);
        return this;
    }

    TestRequest prompt(String value) {
        return with("prompt", value);
    }

    TestRequest promptTokenIds(int... value) {
        return with("prompt_token_ids", value);
    }

    /** A prompt of so many tokens. */
    TestRequest promptOf(int length) {
        return promptTokenIds(new int[length]);
    }

    TestRequest model(String value) {
        return with("model", value);
    }

    TestRequest maxNewTokens(int value) {
        return with("max_new_tokens", value);
    }

    TestRequest temperature(double value) {
        return with("temperature", value);
    }

    TestRequest topK(int value) {
        return with("top_k", value);
    }

    TestRequest topP(double value) {
        return with("top_p", value);
    }

    TestRequest seed(long value) {
        return with("seed", value);
    }

    TestRequest samples(int value) {
        return with("n", value);
    }

    TestRequest ignoreEos(boolean value) {
        return with("ignore_eos", value);
    }

    TestRequest allowSpecialTokens(boolean value) {
        return with("allow_special_tokens", value);
    }

    TestRequest contextOverflow(String value) {
        return with("context_overflow", value);
    }

    TestRequest timeoutMs(long value) {
        return with("timeout_ms", value);
    }

    GenerationRequest build() {
        return GenerationRequest.of(fields);
    }
}
