package dev.kaya.service.fault;

import java.util.Locale;

/**
 * What a request can ask for, as faults speak of it. Each API has names of its own for these; the
 * native one writes the constants in lower case.
 */
public enum RequestField implements Location {
    PROMPT,
    PROMPT_TOKEN_IDS,
    MODEL,
    MAX_NEW_TOKENS,
    MIN_NEW_TOKENS,
    TEMPERATURE,
    TOP_K,
    TOP_P,
    MIN_P,
    TYPICAL_P,
    PRESET,
    REPETITION_PENALTY,
    REPETITION_WINDOW,
    FREQUENCY_PENALTY,
    PRESENCE_PENALTY,
    NO_REPEAT_NGRAM_SIZE,
    LOGIT_BIAS,
    SEED,
    STOP,
    STOP_TOKEN_IDS,
    IGNORE_EOS,
    N,
    BEST_OF,
    NUM_BEAMS,
    LENGTH_PENALTY,
    EARLY_STOPPING,
    LOGPROBS,
    PROMPT_LOGPROBS,
    ECHO,
    RESPONSE_FORMAT,
    SPECULATE,
    ALLOW_SPECIAL_TOKENS,
    CONTEXT_OVERFLOW,
    TIMEOUT_MS,
    STREAM,
    /** What is to be tokenized. */
    TEXT,
    /** What is to be made a text. */
    TOKEN_IDS;

    private final String nativeName = name().toLowerCase(Locale.ROOT);

    @Override
    public RequestField field() {
        return this;
    }

    @Override
    public String within() {
        return "";
    }

    /** The name in the native API. */
    @Override
    public String toString() {
        return nativeName;
    }
}
