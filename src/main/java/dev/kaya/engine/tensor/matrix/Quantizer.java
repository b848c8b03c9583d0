package dev.kaya.engine.tensor.matrix;

/**
 * Rounds single precision to {@link DataType#Q8_0}, with the bits of ggml's reference quantiser
 * ({@code quantize_row_q8_0_ref}): the scale is the largest magnitude of a block over 127, quants
 * are rounded to the nearest by the scale before it is itself rounded to half precision, ties away
 * from zero.
 */
final class Quantizer {

    private static final int GROUP = 32;
    private static final float LARGEST = 127f;

    private Quantizer() {}

    /** The scale of the block that begins at {@code from}. */
    static float scale(float[] x, int from) {
        float largest = 0f;
        for (int i = from; i < from + GROUP; i++) {
            largest = Math.max(largest, Math.abs(x[i]));
        }
        return largest / LARGEST;
    }

    /**
     * The quant of one element.
     *
     * @param inverse one over the scale, or 0 for a block of zeros
     */
    static byte quant(float x, float inverse) {
        double scaled = x * inverse;
        return (byte) (scaled + Math.copySign(0.5, scaled));
    }
}
