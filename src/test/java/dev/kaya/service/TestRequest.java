package dev.kaya.service;

import org.jspecify.annotations.Nullable;

/** A request with a few fields set. */
final class TestRequest {

    private @Nullable String prompt;
    private int @Nullable [] promptTokenIds;
    private @Nullable String model;
    private @Nullable Integer maxNewTokens;
    private @Nullable Double temperature;
    private @Nullable Integer topK;
    private @Nullable Double topP;
    private @Nullable Long seed;
    private @Nullable Integer samples;
    private @Nullable Boolean ignoreEos;
    private @Nullable Boolean allowSpecialTokens;
    private @Nullable String contextOverflow;
    private @Nullable Long timeoutMs;

    TestRequest prompt(String value) {
        prompt = value;
        return this;
    }

    TestRequest promptTokenIds(int... value) {
        promptTokenIds = value;
        return this;
    }

    /** A prompt of so many tokens. */
    TestRequest promptOf(int length) {
        return promptTokenIds(new int[length]);
    }

    TestRequest model(String value) {
        model = value;
        return this;
    }

    TestRequest maxNewTokens(int value) {
        maxNewTokens = value;
        return this;
    }

    TestRequest temperature(double value) {
        temperature = value;
        return this;
    }

    TestRequest topK(int value) {
        topK = value;
        return this;
    }

    TestRequest topP(double value) {
        topP = value;
        return this;
    }

    TestRequest seed(long value) {
        seed = value;
        return this;
    }

    TestRequest samples(int value) {
        samples = value;
        return this;
    }

    TestRequest ignoreEos(boolean value) {
        ignoreEos = value;
        return this;
    }

    TestRequest allowSpecialTokens(boolean value) {
        allowSpecialTokens = value;
        return this;
    }

    TestRequest contextOverflow(String value) {
        contextOverflow = value;
        return this;
    }

    TestRequest timeoutMs(long value) {
        timeoutMs = value;
        return this;
    }

    GenerationRequest build() {
        return new GenerationRequest(
                prompt,
                promptTokenIds,
                model,
                maxNewTokens,
                temperature,
                topK,
                topP,
                seed,
                samples,
                ignoreEos,
                allowSpecialTokens,
                contextOverflow,
                timeoutMs,
                null);
    }
}
