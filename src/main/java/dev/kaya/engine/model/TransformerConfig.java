package dev.kaya.engine.model;

import dev.kaya.engine.tensor.Activation;

/**
 * Everything that decides the arithmetic of a model, resolved once when it is loaded.
 *
 * @param dimensions sizes
 * @param attention heads
 * @param positions how positions enter
 * @param normalization which norm, and where
 * @param feedForward the second half of a block
 */
public record TransformerConfig(
        Dimensions dimensions,
        AttentionShape attention,
        Positions positions,
        Normalization normalization,
        FeedForward feedForward) {

    /**
     * Sizes of the whole model.
     *
     * @param vocabulary V, rows of the token embedding, padding included
     * @param context C, most positions a forward pass can see
     * @param embedding E, length of the residual stream
     * @param layers L, number of blocks
     */
    public record Dimensions(int vocabulary, int context, int embedding, int layers) {
        public Dimensions {
            require(vocabulary > 0 && context > 0 && embedding > 0 && layers > 0, "sizes");
        }
    }

    /**
     * Heads of attention.
     *
     * @param heads H, query heads
     * @param keyValueHeads G, key and value heads; each serves H/G query heads
     * @param headLength D
     */
    public record AttentionShape(int heads, int keyValueHeads, int headLength) {
        public AttentionShape {
            require(heads > 0 && keyValueHeads > 0 && headLength > 0, "head counts");
            require(heads % keyValueHeads == 0, "heads per key/value head");
        }

        /** Length of all queries of a position, H·D. */
        public int queryLength() {
            return heads * headLength;
        }

        /** Length of all keys of a position, G·D; that of its values too. */
        public int keyLength() {
            return keyValueHeads * headLength;
        }

        /** Query heads that share a key head. */
        public int group() {
            return heads / keyValueHeads;
        }
    }

    /** How positions enter the model. */
    public enum PositionKind {
        /** A learned vector for each position, added to the embedding. */
        LEARNED,
        /**
         * Rotation of element i with element i + D/2 (Su et al. 2021, as Hugging Face lays out).
         */
        ROTARY_HALVES
    }

    /**
     * How positions enter, with the base of the rotation angles where there is one.
     *
     * @param kind learned or rotary
     * @param theta base of the angles; unused for learned positions
     */
    public record Positions(PositionKind kind, double theta) {
        public Positions {
            require(kind == PositionKind.LEARNED || theta > 0, "rope base");
        }
    }

    /** Which norm stands before each half of a block. */
    public enum NormKind {
        /** Ba et al. 2016: centred, divided by the standard deviation. */
        LAYER_NORM,
        /** Zhang and Sennrich 2019: divided by the root mean square. */
        RMS_NORM
    }

    /**
     * Norms of the model.
     *
     * @param kind which norm
     * @param epsilon added under the root
     * @param afterEmbedding whether the embedding sum is normalised too
     * @param beforeHead whether the stream is normalised before the head
     */
    public record Normalization(
            NormKind kind, float epsilon, boolean afterEmbedding, boolean beforeHead) {
        public Normalization {
            require(epsilon >= 0 && epsilon < 1, "norm epsilon");
        }
    }

    /**
     * The feed-forward half of a block.
     *
     * @param length F, hidden elements
     * @param activation what is applied to them
     * @param gated whether an activated gate multiplies a second projection (Shazeer 2020)
     */
    public record FeedForward(int length, Activation activation, boolean gated) {
        public FeedForward {
            require(length > 0, "feed-forward length");
        }
    }

    /** Bytes that keys and values of one position take in the cache. */
    public long keyValueBytesPerToken(KvCacheType type) {
        return 2L * dimensions.layers() * attention.keyLength() * type.bytes();
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("impossible " + what);
        }
    }
}
