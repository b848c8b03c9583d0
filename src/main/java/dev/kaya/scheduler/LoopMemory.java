package dev.kaya.scheduler;

import dev.kaya.engine.model.ActivationBytes;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.TransformerConfig;

/**
 * The memory that a loop takes for itself, known before its model is loaded.
 *
 * @param positions cosines and sines of rotary positions
 * @param activations of the largest step
 * @param scratch of the threads that attend, and of sampling
 * @param leastKeyValues of one full context, without which nothing can be served
 * @param mostKeyValues of as many full contexts as sequences run at a time, and a third more
 */
public record LoopMemory(
        long positions, long activations, long scratch, long leastKeyValues, long mostKeyValues) {

    /** Scores, candidates, masks and marks of the samplers, for each id of the vocabulary. */
    private static final long SAMPLING_BYTES_PER_ID = 128;

    private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    /** The memory of a loop with these bounds. */
    public static LoopMemory of(TransformerConfig config, LoopSettings settings) {
        int context = config.dimensions().context();
        long leastPages = KvPool.pagesFor(context);
        long page = KvPool.pageBytes(config, settings.memory().kvCacheType());
        return new LoopMemory(
                config.positions().tableBytes(context),
                ActivationBytes.ofStep(config, rows(settings), outputs(settings)),
                settings.threads() * ActivationBytes.ofThread(config)
                        + SAMPLING_BYTES_PER_ID * config.dimensions().vocabulary(),
                leastPages * page,
                mostPages(config, settings) * page);
    }

    /** Whether every array of the largest step can be indexed. */
    public static boolean isAddressable(TransformerConfig config, LoopSettings settings) {
        long rotary = (long) config.dimensions().context() * config.positions().rotaryLength() / 2;
        long longest =
                Math.max(
                        rotary,
                        ActivationBytes.longestArray(config, rows(settings), outputs(settings)));
        return longest <= LONGEST_ARRAY;
    }

    /** How many pages of keys and values fit, and are of use. */
    static long pages(TransformerConfig config, LoopSettings settings) {
        KvCacheType type = settings.memory().kvCacheType();
        return Math.min(
                mostPages(config, settings),
                settings.memory().kvCacheBytes() / KvPool.pageBytes(config, type));
    }

    /**
     * A quarter is kept for requests that have nothing yet, so that one request can fill all
     * places.
     */
    private static long mostPages(TransformerConfig config, LoopSettings settings) {
        long context = KvPool.pagesFor(config.dimensions().context());
        return context * settings.maxSequences() * 4 / 3;
    }

    /** Most tokens in a step. */
    static int rows(LoopSettings settings) {
        return settings.stepTokens() + outputs(settings);
    }

    /** Most rows of a step whose logits are wanted. */
    static int outputs(LoopSettings settings) {
        return settings.maxSequences() + Scheduler.SPARE_OUTPUTS;
    }
}
