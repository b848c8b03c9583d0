package dev.kaya.engine.tensor;

/**
 * How the elements of a stored tensor are encoded, little endian.
 *
 * <p>Block types hold {@link #blockElements()} elements in {@link #blockBytes()} bytes; for plain
 * types a block is one element.
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
    /**
     * 32 elements in 34 bytes: a half precision scale d, then 32 signed bytes q; x = d·q, rounded
     * once.
     *
     * @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h">block_q8_0</a>
     */
    Q8_0(32, 34, true),
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
