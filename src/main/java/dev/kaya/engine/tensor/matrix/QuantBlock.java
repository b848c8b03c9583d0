package dev.kaya.engine.tensor.matrix;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * One block of a quantised type taken apart: quants in the order of the elements, and what becomes
 * their scales and offsets. Meant to be filled again and again; not thread-safe.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c">where ggml's
 *     dequantize_row functions find the parts of a block</a>
 */
final class QuantBlock {

    private static final int HALF_SIGN = 0x8000;
    private static final int BYTE_SIGN = 0x80;
    private static final long BYTE_SIGNS = 0x8080_8080_8080_8080L;
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    final QuantFormat format;

    /** Unsigned, one for each element. */
    final byte[] quants = new byte[QuantFormat.LONGEST_BLOCK];

    /** A half precision number: the scale, or what the scales of groups are multiplied by. */
    short scale;

    /** A half precision number: the minimum, or what the minima of groups are multiplied by. */
    short minimum;

    /** A signed whole number for each group, where the format has them. */
    final byte[] groupScales = new byte[16];

    /** A whole number for each group, where the format has them. */
    final byte[] groupMinimums = new byte[16];

    private final DataType type;

    QuantBlock(DataType type) {
        this.type = type;
        format = QuantFormat.of(type);
    }

    /** Takes a stored block apart; {@code at} is where it begins. */
    void read(byte[] source, int at) {
        scale = half(source, at);
        switch (type) {
            case Q8_0 -> readSigned(source, at + 2);
            case Q4_0 -> readNibbles(source, at + 2, 0, 16);
            case Q4_1 -> {
                minimum = half(source, at + 2);
                readNibbles(source, at + 4, 0, 16);
            }
            case Q5_0 -> {
                readNibbles(source, at + 6, 0, 16);
                addFifthBits(source, at + 2);
            }
            case Q5_1 -> {
                minimum = half(source, at + 2);
                readNibbles(source, at + 8, 0, 16);
                addFifthBits(source, at + 4);
            }
            case Q4_K -> {
                readGroups(source, at + 2);
                readNibblesOfPairs(source, at + 16);
            }
            case Q5_K -> {
                readGroups(source, at + 2);
                readNibblesOfPairs(source, at + 48);
                addHighBits(source, at + 16, 0, 1);
            }
            case Q6_K -> readQ6K(source, at);
            case F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL -> throw new AssertionError(type);
        }
    }

    /** Rounds a block's worth of elements, for {@link DataType#Q8_0}. */
    void encode(float[] source, int offset) {
        assert type == DataType.Q8_0 : type;
        float exact = Quantizer.scale(source, offset);
        float inverse = exact == 0 ? 0f : 1f / exact;
        scale = Float.floatToFloat16(exact);
        for (int i = 0; i < format.block(); i++) {
            quants[i] = (byte) (Quantizer.quant(source[offset + i], inverse) ^ BYTE_SIGN);
        }
    }

    /** The elements in single precision. */
    void widen(float[] target, int offset) {
        float first = Float.float16ToFloat(scale);
        float second = Float.float16ToFloat(minimum);
        for (int group = 0; group < format.block() / format.group(); group++) {
            float factor = format.hasGroupScales() ? first * groupScales[group] : first;
            float addend = -format.zero() * factor;
            if (format.hasMinimum()) {
                addend = format.hasGroupScales() ? second * groupMinimums[group] : second;
            }
            int end = (group + 1) * format.group();
            for (int i = group * format.group(); i < end; i++) {
                target[offset + i] = Math.fma(Byte.toUnsignedInt(quants[i]), factor, addend);
            }
        }
    }

    /** Eight at once: what is copied from array to array the compiler does byte by byte. */
    private void readSigned(byte[] source, int from) {
        for (int i = 0; i < format.block(); i += Long.BYTES) {
            LONGS.set(quants, i, (long) LONGS.get(source, from + i) ^ BYTE_SIGNS);
        }
    }

    /** Elements {@code first …} from the low halves of bytes, as many behind them from the high. */
    private void readNibbles(byte[] source, int from, int first, int bytes) {
        for (int i = 0; i < bytes; i++) {
            int pair = source[from + i];
            quants[first + i] = (byte) (pair & 0xF);
            quants[first + bytes + i] = (byte) ((pair >> 4) & 0xF);
        }
    }

    private void readNibblesOfPairs(byte[] source, int from) {
        for (int first = 0; first < format.block(); first += 2 * format.group()) {
            readNibbles(source, from + first / 2, first, format.group());
        }
    }

    /** Bit i of four bytes belongs to element i. */
    private void addFifthBits(byte[] source, int from) {
        for (int i = 0; i < format.block(); i++) {
            int bit = (source[from + i / 8] >> (i % 8)) & 1;
            quants[i] |= (byte) (bit << 4);
        }
    }

    /** Bits of every 32nd element stand in one byte, those of the first lowest. */
    private void addHighBits(byte[] source, int from, int first, int bits) {
        int mask = (1 << bits) - 1;
        for (int shift = 0, i = first; shift < 8; shift += bits) {
            for (int j = 0; j < 32; j++, i++) {
                quants[i] |= (byte) (((source[from + j] >> shift) & mask) << 4);
            }
        }
    }

    /**
     * The minimum of the block, then twelve bytes with six bits of scale and six of minimum for
     * eight groups; the last four groups have their upper two bits on top of the first four's.
     */
    private void readGroups(byte[] source, int at) {
        minimum = (short) (half(source, at) ^ HALF_SIGN); // it is subtracted
        int from = at + 2;
        for (int i = 0; i < 4; i++) {
            int scales = source[from + i];
            int minimums = source[from + 4 + i];
            int low = source[from + 8 + i];
            groupScales[i] = (byte) (scales & 0x3F);
            groupMinimums[i] = (byte) (minimums & 0x3F);
            groupScales[4 + i] = (byte) ((low & 0xF) | ((scales >> 2) & 0x30));
            groupMinimums[4 + i] = (byte) (((low >> 4) & 0xF) | ((minimums >> 2) & 0x30));
        }
    }

    /** Two halves of 128 elements: 128 bytes of nibbles, 64 of bit pairs, scales, and d. */
    private void readQ6K(byte[] source, int at) {
        for (int part = 0; part < 2; part++) {
            readNibbles(source, at + 64 * part, 128 * part, 64);
            addHighBits(source, at + 128 + 32 * part, 128 * part, 2);
        }
        System.arraycopy(source, at + 192, groupScales, 0, 16);
        scale = half(source, at + 208);
    }

    private static short half(byte[] source, int at) {
        return (short) ((source[at] & 0xFF) | (source[at + 1] << 8));
    }
}
