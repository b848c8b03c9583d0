package dev.kaya.engine.tensor.matrix;

/**
 * How the elements of a stored tensor are encoded, little endian.
 *
 * <p>Block types hold {@link #blockElements()} elements in {@link #blockBytes()} bytes; for plain
 * types a block is one element. They are ggml's, and their elements are small whole numbers with
 * scales; see {@link QuantBlock} for where each stands.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h">ggml's blocks</a>
 */
public enum DataType {
    /** IEEE 754 single precision. */
    F32(1, 4, true),
    /** IEEE 754 half precision. */
    F16(1, 2, true),
    /** The upper half of a single precision number. */
    BF16(1, 2, true),
    /** IEEE 754 double precision; narrowed to single precision when loaded. */
    F64(1, 8, true),
    /** 32 elements in 34 bytes: a half precision scale d, signed bytes q; x = d·q. */
    Q8_0(32, 34, true),
    /** 32 elements in 18 bytes: a half precision scale d, 4-bit quants q; x = d·(q − 8). */
    Q4_0(32, 18, true),
    /** 32 elements in 20 bytes: half precision d and m, 4-bit quants q; x = d·q + m. */
    Q4_1(32, 20, true),
    /** 32 elements in 22 bytes: a half precision scale d, 5-bit quants q; x = d·(q − 16). */
    Q5_0(32, 22, true),
    /** 32 elements in 24 bytes: half precision d and m, 5-bit quants q; x = d·q + m. */
    Q5_1(32, 24, true),
    /**
     * 256 elements in 144 bytes: half precision d and e, for every 32 elements 6 bits of scale s
     * and of minimum m, 4-bit quants q; x = d·s·q − e·m.
     */
    Q4_K(256, 144, true),
    /** As {@link #Q4_K} with 5-bit quants: 256 elements in 176 bytes. */
    Q5_K(256, 176, true),
    /**
     * 256 elements in 210 bytes: a half precision d, for every 16 elements a signed byte of scale
     * s, 6-bit quants q; x = d·s·(q − 32).
     */
    Q6_K(256, 210, true),
    /** Signed 64-bit integer. */
    I64(1, 8, false),
    /** Signed 32-bit integer. */
    I32(1, 4, false),
    /** Signed 16-bit integer. */
    I16(1, 2, false),
    /** Signed 8-bit integer. */
    I8(1, 1, false),
    /** Unsigned 8-bit integer. */
    U8(1, 1, false),
    /** One byte, zero or one. */
    BOOL(1, 1, false);

    private final int blockElements;
    private final int blockBytes;
    private final boolean floating;

    DataType(int blockElements, int blockBytes, boolean floating) {
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
        this.floating = floating;
    }

    /** Elements in one block. */
    public int blockElements() {
        return blockElements;
    }

    /** Bytes of one block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether elements come in blocks that share scales. */
    public boolean isQuantised() {
        return blockElements > 1;
    }

    /** Whether the type can hold weights. */
    public boolean isFloating() {
        return floating;
    }

    /**
     * The bytes that {@code elements} elements take.
     *
     * @param elements a multiple of {@link #blockElements()}, not negative
     * @throws ArithmeticException when the product does not fit a long
     */
    public long bytes(long elements) {
        assert elements >= 0 && elements % blockElements == 0 : elements;
        return Math.multiplyExact(elements / blockElements, (long) blockBytes);
    }
}
