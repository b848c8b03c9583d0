package dev.kaya.engine.tensor.matrix;

import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

/**
 * What a quantised type is made of: a weight is {@code fma(quant, scale, offset)} of an unsigned
 * quant and two numbers of its group, in single precision.
 *
 * <p>Blocks of many groups have a scale, and a minimum, in half precision for the block and small
 * whole numbers for each group; the product of both is exact. Quant times scale is exact too, for
 * every type, so that a weight is rounded at most once, where a minimum is added: the very value of
 * ggml's {@code dequantize_row} functions.
 *
 * @param bits that a quant takes in memory: 4, 6, of which 5-bit quants leave one empty, or 8
 * @param block elements that share what is in half precision
 * @param group elements that share scale and offset
 * @param zero the quant that means 0, the offset being −zero·scale; 0 where blocks carry a minimum,
 *     which then is the offset
 */
public record QuantFormat(int bits, int block, int group, int zero) {

    /** Elements of the longest block. */
    public static final int LONGEST_BLOCK = 256;

    private static final QuantFormat EIGHT = new QuantFormat(8, 32, 32, 128);
    private static final QuantFormat FOUR = new QuantFormat(4, 32, 32, 8);
    private static final QuantFormat FOUR_WITH_MINIMUM = new QuantFormat(4, 32, 32, 0);
    private static final QuantFormat FIVE = new QuantFormat(6, 32, 32, 16);
    private static final QuantFormat FIVE_WITH_MINIMUM = new QuantFormat(6, 32, 32, 0);
    private static final QuantFormat FOUR_OF_MANY_GROUPS = new QuantFormat(4, 256, 32, 0);
    private static final QuantFormat FIVE_OF_MANY_GROUPS = new QuantFormat(6, 256, 32, 0);
    private static final QuantFormat SIX_OF_MANY_GROUPS = new QuantFormat(6, 256, 16, 32);

    public static QuantFormat of(DataType type) {
        return switch (type) {
            case Q8_0 -> EIGHT;
            case Q4_0 -> FOUR;
            case Q4_1 -> FOUR_WITH_MINIMUM;
            case Q5_0 -> FIVE;
            case Q5_1 -> FIVE_WITH_MINIMUM;
            case Q4_K -> FOUR_OF_MANY_GROUPS;
            case Q5_K -> FIVE_OF_MANY_GROUPS;
            case Q6_K -> SIX_OF_MANY_GROUPS;
            case F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL ->
                    throw new IllegalArgumentException(type + " has no quants");
        };
    }

    /** Whether groups have whole numbers of their own for scale and minimum. */
    public boolean hasGroupScales() {
        return block > group;
    }

    public boolean hasMinimum() {
        return zero == 0;
    }

    /**
     * Bits of a quant that are kept with those of its neighbour in one byte, or in a byte alone.
     */
    int lowBits() {
        return bits == 8 ? 8 : 4;
    }

    /** Rows of quants that four inputs take. */
    public int rowsOfFour() {
        return bits / 2;
    }

    /**
     * Writes four quants of one output as {@link QuantPanels} keeps them.
     *
     * @param source the quants, from {@code from}
     * @param at the byte of the output in the first of {@link #rowsOfFour} rows
     */
    void pack(byte[] source, int from, byte[] quants, int at) {
        byte first = source[from];
        byte second = source[from + 1];
        byte third = source[from + 2];
        byte fourth = source[from + 3];
        switch (bits) {
            case 4 -> {
                quants[at] = (byte) (first | (second << 4));
                quants[at + PANEL] = (byte) (third | (fourth << 4));
            }
            case 6 -> {
                quants[at] = (byte) (first | (fourth << 6));
                quants[at + PANEL] = (byte) (second | ((fourth >> 2) << 6));
                quants[at + 2 * PANEL] = (byte) (third | ((fourth >> 4) << 6));
            }
            default -> {
                quants[at] = first;
                quants[at + PANEL] = second;
                quants[at + 2 * PANEL] = third;
                quants[at + 3 * PANEL] = fourth;
            }
        }
    }

    /**
     * Reads one of them.
     *
     * @param at the byte of its output in the first row of four inputs
     * @param input which of the four
     */
    public int quant(byte[] quants, int at, int input) {
        return switch (bits) {
            case 4 -> (quants[at + input / 2 * PANEL] >> (input % 2 * 4)) & 0xF;
            case 6 -> {
                if (input < 3) {
                    yield quants[at + input * PANEL] & 0x3F;
                }
                yield ((quants[at] & 0xC0) >> 6)
                        | ((quants[at + PANEL] & 0xC0) >> 4)
                        | ((quants[at + 2 * PANEL] & 0xC0) >> 2);
            }
            default -> quants[at + input * PANEL] & 0xFF;
        };
    }

    /** Bytes of a block as {@link QuantPanels} keeps it. */
    int packedBytes() {
        int numbers = hasMinimum() ? 2 : 1;
        int groups = hasGroupScales() ? block / group : 0;
        return bits * block / 8 + numbers * (Short.BYTES + groups);
    }
}
