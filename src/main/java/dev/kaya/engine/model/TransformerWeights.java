package dev.kaya.engine.model;

import dev.kaya.engine.tensor.matrix.PackedMatrix;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The weights of a model: immutable, shared by everybody.
 *
 * @param tokenEmbedding (V, E)
 * @param positions what positions add or how they turn
 * @param blocks L of them
 * @param outputNorm before the head
 * @param head (V, E); the same object as {@code tokenEmbedding} in a tied model
 */
public record TransformerWeights(
        PackedMatrix tokenEmbedding,
        PositionWeights positions,
        List<Block> blocks,
        Norm outputNorm,
        Linear head) {

    public TransformerWeights {
        blocks = List.copyOf(blocks);
    }

    /** Every matrix once, a tied one too. */
    public Set<PackedMatrix> matrices() {
        Set<PackedMatrix> all = Collections.newSetFromMap(new IdentityHashMap<>());
        all.add(tokenEmbedding);
        all.add(head.matrix());
        for (Block block : blocks) {
            all.add(block.queryKeyValue().matrix());
            all.add(block.attentionOutput().matrix());
            all.add(block.up().matrix());
            all.add(block.down().matrix());
        }
        return all;
    }

    /**
     * One block.
     *
     * @param attentionNorm before attention
     * @param queryKeyValue (H·D + 2·G·D, E): queries, keys, values stacked
     * @param headNorms of queries and keys
     * @param attentionOutput (E, H·D)
     * @param feedForwardNorm before the feed-forward half
     * @param up (F, E), or (2F, E) with the gate above
     * @param down (E, F)
     */
    public record Block(
            Norm attentionNorm,
            Linear queryKeyValue,
            HeadNorms headNorms,
            Linear attentionOutput,
            Norm feedForwardNorm,
            Linear up,
            Linear down) {}

    /**
     * What positions bring.
     *
     * @param embedding (C, E) row by row, or empty where positions are not learned
     * @param rotaryDivisors (R/2): by which rotary frequencies are divided, or empty
     */
    public record PositionWeights(float[] embedding, float[] rotaryDivisors) {}

    /**
     * Norms over the D elements of every head.
     *
     * @param query of the query heads
     * @param key of the key heads
     */
    public record HeadNorms(Norm query, Norm key) {
        /** Where heads are not normalised. */
        public static final HeadNorms NONE = new HeadNorms(Norm.PLAIN, Norm.PLAIN);
    }

    /**
     * A linear layer.
     *
     * @param matrix (outputs, inputs)
     * @param bias padded like the outputs, or empty
     */
    public record Linear(PackedMatrix matrix, float[] bias) {
        public Linear {
            if (bias.length != 0 && bias.length != PackedMatrix.padded(matrix.outputs())) {
                throw new IllegalArgumentException("bias of " + bias.length + " elements");
            }
        }
    }

    /**
     * Parameters of a norm.
     *
     * @param gain (E), or empty for none
     * @param bias (E), or empty for none
     */
    public record Norm(float[] gain, float[] bias) {
        /** A norm without parameters. */
        public static final Norm PLAIN = new Norm(new float[0], new float[0]);
    }
}
