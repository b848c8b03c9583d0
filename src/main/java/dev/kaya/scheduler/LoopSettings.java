package dev.kaya.scheduler;

import dev.kaya.engine.model.KvCacheType;
import java.time.Duration;

/**
 * Bounds of the loop.
 *
 * @param threads that compute, the loop's own included
 * @param maxSequences most sequences that run at a time
 * @param queueCapacity most tasks that wait
 * @param stepTokens most tokens in a step beyond one for each running sequence
 * @param memory bytes and patience
 */
public record LoopSettings(
        int threads, int maxSequences, int queueCapacity, int stepTokens, Memory memory) {

    /**
     * What sequences may hold.
     *
     * @param kvCacheBytes of keys and values together
     * @param kvCacheType how they are kept
     * @param slowClientTimeout how long a full stream may stay unread
     */
    public record Memory(long kvCacheBytes, KvCacheType kvCacheType, Duration slowClientTimeout) {}

    public LoopSettings {
        if (threads < 1 || maxSequences < 1 || queueCapacity < 1 || stepTokens < 1) {
            throw new IllegalArgumentException("every bound must be at least 1");
        }
    }
}
