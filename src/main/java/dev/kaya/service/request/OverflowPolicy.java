package dev.kaya.service.request;

import java.util.Locale;

/** What happens where a text reaches the end of the model's context. */
public enum OverflowPolicy {
    /** The window moves on: the last context_length tokens are encoded anew from position 0. */
    SLIDE,
    /** The text ends there; a prompt that is longer is refused. */
    STOP,
    /** A request that could get there is refused. */
    ERROR;

    /** The name on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
