package dev.kaya.scheduler;

import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.PrefixSharing;
import dev.kaya.engine.tensor.kernel.KernelPreference;
import java.time.Duration;

/**
 * Bounds of the loop.
 *
 * @param compute who computes
 * @param maxSequences most sequences that run at a time
 * @param queue what may wait
 * @param stepTokens most tokens in a step beyond one for each running sequence
 * @param memory bytes and patience
 */
public record LoopSettings(
        Compute compute, int maxSequences, Queue queue, int stepTokens, Memory memory) {

    /**
     * Who computes.
     *
     * @param threads the loop's own included
     * @param kernels that are asked for
     */
    public record Compute(int threads, KernelPreference kernels) {
        public Compute {
            requireBounds(threads);
        }
    }

    /**
     * What may wait.
     *
     * @param requests most requests
     * @param tokens most prompt tokens of them together; a prompt of any length may wait alone
     */
    public record Queue(int requests, long tokens) {
        public Queue {
            requireBounds(requests, tokens);
        }
    }

    /**
     * What sequences may hold.
     *
     * @param kvCacheBytes of keys and values together; {@link #WHAT_IS_LEFT} until what the rest of
     *     the program leaves is known
     * @param kvCacheType how they are kept
     * @param prefixes whether those of other sequences are taken over
     * @param slowClientTimeout how long a full stream may stay unread
     */
    public record Memory(
            long kvCacheBytes,
            KvCacheType kvCacheType,
            PrefixSharing prefixes,
            Duration slowClientTimeout) {

        /** As many bytes as nothing else needs. */
        public static final long WHAT_IS_LEFT = 0;

        /** The same with shared prefixes. */
        public Memory(long kvCacheBytes, KvCacheType kvCacheType, Duration slowClientTimeout) {
            this(kvCacheBytes, kvCacheType, PrefixSharing.SHARED, slowClientTimeout);
        }
    }

    /** Most sequences that a server runs unless it is told otherwise. */
    public static final int USUAL_SEQUENCES = 32;

    /** Most prompt tokens that it computes in a step. */
    public static final int USUAL_STEP_TOKENS = 256;

    public LoopSettings {
        requireBounds(maxSequences, stepTokens);
    }

    /** The same with the kernels that suit this JVM. */
    public LoopSettings(int threads, int maxSequences, Queue queue, int stepTokens, Memory memory) {
        this(new Compute(threads, KernelPreference.AUTO), maxSequences, queue, stepTokens, memory);
    }

    /** Threads that compute, the loop's own included. */
    public int threads() {
        return compute.threads();
    }

    /** The same with so many bytes of keys and values. */
    public LoopSettings withKvCacheBytes(long bytes) {
        var changed =
                new Memory(
                        bytes, memory.kvCacheType(), memory.prefixes(), memory.slowClientTimeout());
        return new LoopSettings(compute, maxSequences, queue, stepTokens, changed);
    }

    private static void requireBounds(long... bounds) {
        for (long bound : bounds) {
            if (bound < 1) {
                throw new IllegalArgumentException("every bound must be at least 1");
            }
        }
    }
}
