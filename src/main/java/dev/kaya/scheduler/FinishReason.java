package dev.kaya.scheduler;

import java.util.Locale;

/** Why a sequence ended. */
public enum FinishReason {
    /** The model ended the text. */
    EOS,
    /** A stop rule of the request matched, or the text is all that its format lets it be. */
    STOP,
    /** The most tokens the request or the context allows were generated. */
    LENGTH,
    /** The request's time was up. */
    DEADLINE,
    /** The client went away. */
    CANCELLED,
    /** Something failed. */
    ERROR;

    /** Whether the text is nobody's answer. */
    boolean isAborted() {
        return this == CANCELLED || this == ERROR;
    }

    /** The name on the wire and in metrics. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
