package dev.kaya.engine.tensor.matrix;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Elements as files store them, widened to single precision. */
public final class StoredElements {

    private static final VarHandle INTS = view(int[].class);
    private static final VarHandle SHORTS = view(short[].class);
    private static final VarHandle LONGS = view(long[].class);

    private StoredElements() {}

    /**
     * Widens a run of elements; what is wider than single precision is rounded to the nearest.
     *
     * @param type a floating one
     * @param source the stored bytes
     * @param from where the first element, or block, begins
     * @param target receives the elements
     * @param offset where they go
     * @param count how many; whole blocks
     */
    public static void widen(
            DataType type, byte[] source, int from, float[] target, int offset, int count) {
        widen(type, source, from, target, offset, count, new BlockScratch());
    }

    /** See the other form. */
    static void widen(
            DataType type,
            byte[] source,
            int from,
            float[] target,
            int offset,
            int count,
            BlockScratch scratch) {
        switch (type) {
            case F32 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = f32(source, from + i * Float.BYTES);
                }
            }
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    long bits = (long) LONGS.get(source, from + i * Long.BYTES);
                    target[offset + i] = (float) Double.longBitsToDouble(bits);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    short bits = half(source, from + i * Short.BYTES);
                    target[offset + i] = Float.float16ToFloat(bits);
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    short bits = half(source, from + i * Short.BYTES);
                    target[offset + i] = BrainFloat.toFloat(bits);
                }
            }
            case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> {
                QuantBlock block = scratch.of(type);
                for (int i = 0; i < count; i += type.blockElements()) {
                    block.read(source, from + Math.toIntExact(type.bytes(i)));
                    block.widen(target, offset + i);
                }
            }
            case I64, I32, I16, I8, U8, BOOL ->
                    throw new IllegalArgumentException("no weights in " + type);
        }
    }

    /** The number in single precision that is stored at a place. */
    static float f32(byte[] source, int at) {
        return Float.intBitsToFloat((int) INTS.get(source, at));
    }

    /** The sixteen bits that are stored at a place. */
    static short half(byte[] source, int at) {
        return (short) SHORTS.get(source, at);
    }

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }
}
