package dev.kaya.engine.model;

import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.PackedMatrix;

/** What the scratch memory of a {@link Transformer} takes, before any of it is allocated. */
public final class ActivationBytes {

    private ActivationBytes() {}

    /**
     * Bytes of {@link ActivationBuffers}.
     *
     * @param rows most tokens in a step
     * @param outputs most rows whose logits are wanted
     */
    public static long ofStep(TransformerConfig config, int rows, int outputs) {
        TransformerConfig.AttentionShape attention = config.attention();
        long row =
                3L * padded(config.dimensions().embedding())
                        + padded(queryKeyValue(config))
                        + padded(attention.queryLength())
                        + padded(hidden(config));
        return (row * rows + (long) padded(config.dimensions().vocabulary()) * outputs)
                * Float.BYTES;
    }

    /** Elements of the largest array among them. */
    public static long longestArray(TransformerConfig config, int rows, int outputs) {
        long row = Math.max(padded(queryKeyValue(config)), padded(hidden(config)));
        row = Math.max(row, padded(config.dimensions().embedding()));
        return Math.max(row * rows, (long) padded(config.dimensions().vocabulary()) * outputs);
    }

    private static int queryKeyValue(TransformerConfig config) {
        return config.attention().queryLength() + 2 * config.attention().keyLength();
    }

    private static int hidden(TransformerConfig config) {
        return config.feedForward().length() * (config.feedForward().gated() ? 2 : 1);
    }

    private static int padded(int length) {
        return PackedMatrix.padded(length);
    }

    /** Bytes of what one thread that attends holds. */
    public static long ofThread(TransformerConfig config) {
        long context = (long) KvPool.pagesFor(config.dimensions().context()) * Kernels.PAGE;
        long headLength = config.attention().headLength();
        return (QueryBlocks.MOST * (context + headLength) + headLength * Kernels.PAGE)
                * Float.BYTES;
    }
}
