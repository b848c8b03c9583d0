package dev.kaya.scheduler;

import org.jspecify.annotations.Nullable;

/** What the loop tells a caller of its task, in order; the last one is {@link Finished}. */
public sealed interface GenerationEvent {

    /**
     * A generated token.
     *
     * @param tokenId its id, or {@link #NO_TOKEN} for text that was held back until the end
     * @param text what it adds to the text; empty while half a character is held back
     */
    record Token(int tokenId, String text) implements GenerationEvent {
        /** In place of an id: only text. */
        public static final int NO_TOKEN = -1;
    }

    /**
     * The end.
     *
     * @param reason why
     * @param timing when what happened
     * @param failure what went wrong, for {@link FinishReason#ERROR} alone
     */
    record Finished(FinishReason reason, Timing timing, @Nullable String failure)
            implements GenerationEvent {}

    /**
     * Durations of a task in nanoseconds; −1 for what never came to be.
     *
     * @param queueNanos arrival to admission
     * @param prefillNanos admission to first token
     * @param firstTokenNanos arrival to first token
     * @param decodeNanos first token to last token
     * @param totalNanos arrival to end
     */
    record Timing(
            long queueNanos,
            long prefillNanos,
            long firstTokenNanos,
            long decodeNanos,
            long totalNanos) {}
}
