package dev.kaya.scheduler;

/** Hears what the loop does; called on the loop's thread, so it must be quick and never throw. */
public interface LoopObserver {

    /** Nobody listens. */
    LoopObserver NONE = new LoopObserver() {};

    /**
     * A step has ended.
     *
     * @param sequences that took part
     * @param tokens computed
     * @param nanos it took
     */
    default void onStep(int sequences, int tokens, long nanos) {}

    /**
     * A text got a token that was not its first, {@code nanos} after the one before. Beams, which
     * grow together, are one text.
     */
    default void onToken(long nanos) {}

    /** Why a sequence that has begun takes part in no steps for a while. */
    enum Pause {
        /** Others have a right to its place. */
        SHARE,
        /** Its reader is behind. */
        READER,
        /** Its reader is behind, and another needed the room of its keys and values. */
        ROOM
    }

    /** A sequence has begun to wait. */
    default void onPaused(Pause why) {}

    /**
     * Guesses were put to the test.
     *
     * @param guesses tokens computed ahead
     * @param right those that were picked
     */
    default void onSpeculated(int guesses, int right) {}

    /**
     * A request left the queue.
     *
     * @param queueNanos it waited
     * @param cachedTokens of its prompt that need no computing
     */
    default void onAdmitted(long queueNanos, int cachedTokens) {}

    /**
     * A request has ended.
     *
     * @param request what was asked
     * @param generated tokens of all its samples, also of those that are not the best of them; of
     *     beams those of the texts told
     * @param finished how it ended
     */
    default void onFinished(
            EngineRequest request, int generated, GenerationEvent.Finished finished) {}

    /** The loop cannot go on, and every request that it had has been told. */
    default void onDied(Throwable cause) {}
}
