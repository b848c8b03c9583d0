package dev.kaya.benchmark;

import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.Transformer;
import dev.kaya.engine.model.TransformerConfig;
import java.util.Locale;

/**
 * What is measured.
 *
 * @param promptTokens P, tokens of every prompt
 * @param newTokens N, tokens decoded after the one that a prompt itself gives
 * @param sequences S, how many at once where more than one decodes
 * @param threads that compute
 * @param repetitions of every measure, of which the best counts
 * @param cache how keys and values are kept
 */
public record Workload(
        int promptTokens,
        int newTokens,
        int sequences,
        int threads,
        int repetitions,
        KvCacheType cache) {

    /** Prompt tokens computed in a step, as {@code kaya.prefill-chunk} has it by default. */
    static final int STEP_TOKENS = 256;

    private static final double MEBIBYTE = 1 << 20;

    // The rest of the heap is for what loading left behind and for small things.
    private static final double HEAP_SHARE = 0.9;

    public Workload {
        if (promptTokens < 1 || newTokens < 1 || sequences < 1 || threads < 1 || repetitions < 1) {
            throw new IllegalArgumentException("every number must be at least 1");
        }
    }

    /** The same with keys and values in single precision. */
    public Workload(int promptTokens, int newTokens, int sequences, int threads, int repetitions) {
        this(promptTokens, newTokens, sequences, threads, repetitions, KvCacheType.F32);
    }

    /** Positions that a sequence fills. */
    int positions() {
        return promptTokens + newTokens;
    }

    /** Most tokens in a step. */
    int maxRows() {
        return STEP_TOKENS + sequences;
    }

    /** Pages of keys and values that all measures can do with. */
    int pages(TransformerConfig config) {
        int depth = Positions.horizon(config.dimensions().context());
        return Math.max(sequences * KvPool.pagesFor(positions()), KvPool.pagesFor(depth));
    }

    /**
     * Makes sure that a model can run this.
     *
     * @param config of the model
     * @param heapBytes that keys, values and activations may take
     * @throws UnfitWorkloadException when the context or the heap is too small
     */
    public void check(TransformerConfig config, long heapBytes) throws UnfitWorkloadException {
        int context = config.dimensions().context();
        if (promptTokens >= context) {
            throw new UnfitWorkloadException(
                    "--prompt-tokens must be below the model's context of "
                            + context
                            + "; given "
                            + promptTokens);
        }
        if (newTokens > context - promptTokens) {
            throw new UnfitWorkloadException(
                    String.format(
                            Locale.ROOT,
                            "--new-tokens must be at most %d after %d prompt tokens in the model's"
                                    + " context of %d; given %d",
                            context - promptTokens,
                            promptTokens,
                            context,
                            newTokens));
        }
        double needed = bytes(config);
        if (needed > heapBytes * HEAP_SHARE) {
            throw new UnfitWorkloadException(
                    String.format(
                            Locale.ROOT,
                            "%d sequences of %d tokens need %,.0f MiB beside the weights but the"
                                    + " heap has room for %,.0f MiB: lower --sequences, or start"
                                    + " java with a larger -Xmx",
                            sequences,
                            positions(),
                            Math.ceil(needed / MEBIBYTE),
                            Math.floor(heapBytes * HEAP_SHARE / MEBIBYTE)));
        }
    }

    /** Bytes of keys, values and activations, in floating point: no product here can overflow. */
    private double bytes(TransformerConfig config) {
        var dimensions = config.dimensions();
        var attention = config.attention();
        int hidden = config.feedForward().length() * (config.feedForward().gated() ? 2 : 1);
        double row =
                3.0 * dimensions.embedding()
                        + 2.0 * attention.queryLength()
                        + 2.0 * attention.keyLength()
                        + hidden;
        double output = (double) dimensions.embedding() + dimensions.vocabulary();
        double scores = (double) threads * Transformer.ATTENDING_TOGETHER * dimensions.context();
        double pages =
                Math.max(
                        (double) sequences * KvPool.pagesFor(positions()),
                        KvPool.pagesFor(Positions.horizon(dimensions.context())));
        return pages * KvPool.pageBytes(config, cache)
                + (maxRows() * row + sequences * output + scores) * Float.BYTES;
    }
}
