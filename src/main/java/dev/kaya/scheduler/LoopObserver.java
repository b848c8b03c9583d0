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

    /** A sequence got a token that was not its first, {@code nanos} after the one before. */
    default void onToken(long nanos) {}

    /** A sequence left the queue after {@code queueNanos}. */
    default void onAdmitted(long queueNanos) {}

    /**
     * A sequence has ended.
     *
     * @param task what was asked
     * @param generated tokens it got
     * @param finished how it ended
     */
    default void onFinished(
            GenerationTask task, int generated, GenerationEvent.Finished finished) {}
}
