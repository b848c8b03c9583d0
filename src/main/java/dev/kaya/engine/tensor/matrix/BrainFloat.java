package dev.kaya.engine.tensor.matrix;

/** Conversion to bfloat16, the upper half of a single precision number. */
public final class BrainFloat {

    private static final short NOT_A_NUMBER = 0x7FC0;
    private static final int HALF_UNIT = 0x7FFF;

    private BrainFloat() {}

    /** The nearest bfloat16, ties to even; beyond the largest it is infinity. */
    public static short of(float x) {
        if (Float.isNaN(x)) {
            return NOT_A_NUMBER;
        }
        int bits = Float.floatToRawIntBits(x);
        return (short) ((bits + HALF_UNIT + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The same number in single precision. */
    public static float toFloat(short x) {
        return Float.intBitsToFloat(x << 16);
    }
}
