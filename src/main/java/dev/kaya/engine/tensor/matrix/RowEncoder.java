package dev.kaya.engine.tensor.matrix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes single precision as the bytes that files keep, little endian. */
public final class RowEncoder {

    private RowEncoder() {}

    /**
     * Encodes elements.
     *
     * @param values of which to take some
     * @param first where they begin
     * @param count a multiple of the type's block
     * @param type F32, F16, BF16 or Q8_0
     */
    public static byte[] encode(float[] values, int first, int count, DataType type) {
        ByteBuffer out =
                ByteBuffer.allocate(Math.toIntExact(type.bytes(count)))
                        .order(ByteOrder.LITTLE_ENDIAN);
        switch (type) {
            case F32 -> out.asFloatBuffer().put(values, first, count);
            case F16 -> {
                for (int i = first; i < first + count; i++) {
                    out.putShort(Float.floatToFloat16(values[i]));
                }
            }
            case BF16 -> {
                for (int i = first; i < first + count; i++) {
                    out.putShort(BrainFloat.of(values[i]));
                }
            }
            case Q8_0 -> {
                for (int from = first; from < first + count; from += type.blockElements()) {
                    putBlock(values, from, type.blockElements(), out);
                }
            }
            default -> throw new IllegalArgumentException("nothing is written as " + type);
        }
        return out.array();
    }

    private static void putBlock(float[] values, int from, int length, ByteBuffer out) {
        float scale = Quantizer.scale(values, from);
        float inverse = scale == 0 ? 0 : 1 / scale;
        out.putShort(Float.floatToFloat16(scale));
        for (int i = from; i < from + length; i++) {
            out.put(Quantizer.quant(values[i], inverse));
        }
    }
}
