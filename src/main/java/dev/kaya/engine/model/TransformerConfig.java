package dev.kaya.engine.model;

import dev.kaya.engine.tensor.kernel.Activation;
import java.util.BitSet;

/**
 * Everything that decides the arithmetic of a model, resolved once when it is loaded.
 *
 * @param dimensions sizes
 * @param attention heads
 * @param window how far back they look
 * @param positions how positions enter
 * @param normalization which norm, and where
 * @param feedForward the second half of a block
 */
public record TransformerConfig(
        Dimensions dimensions,
        AttentionShape attention,
        SlidingWindow window,
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
     * @param scale by which products of queries and keys are multiplied
     */
    public record AttentionShape(int heads, int keyValueHeads, int headLength, float scale) {
        public AttentionShape {
            require(heads > 0 && keyValueHeads > 0 && headLength > 0, "head counts");
            require(heads % keyValueHeads == 0, "heads per key/value head");
            require(scale > 0, "attention scale");
        }

        /** Heads whose scores are scaled as usual. */
        public AttentionShape(int heads, int keyValueHeads, int headLength) {
            this(heads, keyValueHeads, headLength, usualScale(headLength));
        }

        /** 1/√D (Vaswani et al. 2017, section 3.2.1). */
        public static float usualScale(int headLength) {
            return (float) (1 / Math.sqrt(headLength));
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

    /**
     * How far back queries look.
     *
     * @param length W: a query at position p reads positions p − W + 1 … p
     * @param layers those that look no further; the others look at everything
     */
    public record SlidingWindow(int length, BitSet layers) {
        /** Every query sees everything before it. */
        public static final SlidingWindow NONE = new SlidingWindow(1, new BitSet());

        public SlidingWindow {
            require(length > 0, "window");
            layers = (BitSet) layers.clone();
        }

        /** The first position that a query reads in a layer. */
        public int start(int layer, int position) {
            return layers.get(layer) ? Math.max(0, position - length + 1) : 0;
        }
    }

    /** How positions enter the model. */
    public enum PositionKind {
        /** A learned vector for each position, added to the embedding. */
        LEARNED,
        /**
         * Rotation of element i with element i + R/2 (Su et al. 2021, as Hugging Face lays out).
         */
        ROTARY_HALVES
    }

    /**
     * How positions enter, and how fast they rotate where they do.
     *
     * @param kind learned or rotary
     * @param theta base of the angles; unused for learned positions
     * @param rotaryLength R, how many elements of a head rotate, the first ones; 0 for learned
     *     positions
     * @param scaling of the frequencies
     */
    public record Positions(
            PositionKind kind, double theta, int rotaryLength, RopeScaling scaling) {
        /** A vector for each position. */
        public static final Positions LEARNED =
                new Positions(PositionKind.LEARNED, 0, 0, RopeScaling.Linear.NONE);

        public Positions {
            require(kind == PositionKind.LEARNED || theta > 0, "rope base");
            require(rotaryLength >= 0 && rotaryLength % 2 == 0, "rotary length");
        }

        /** Radians by which a pair turns from one position to the next. */
        public double frequency(int pair) {
            double trained = StrictMath.pow(theta, -2.0 * pair / rotaryLength);
            return scaling.scaled(trained, pair, new RopeScaling.Rotation(theta, rotaryLength));
        }

        /** Bytes of cosines and sines for so many positions. */
        public long tableBytes(int context) {
            return (long) context * rotaryLength * Float.BYTES;
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
     * @param ofHeads whether queries and keys are normalised, head by head, before they rotate
     */
    public record Normalization(
            NormKind kind,
            float epsilon,
            boolean afterEmbedding,
            boolean beforeHead,
            boolean ofHeads) {
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

    /** The same model with a shorter context; angles and windows are still those of its own. */
    public TransformerConfig withContext(int context) {
        var size =
                new Dimensions(
                        dimensions.vocabulary(),
                        context,
                        dimensions.embedding(),
                        dimensions.layers());
        return new TransformerConfig(
                size, attention, window, positions, normalization, feedForward);
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
