package dev.kaya.engine.checkpoint;

import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of 8-bit floats, read as BF16: its eight bits of exponent and seven of mantissa hold
 * every value exactly, infinities, signed zeros and subnormal numbers included.
 *
 * @param bits the same tensor as bytes
 * @param table the BF16 number of each byte: {@link #E4M3} or {@link #E5M2}
 * @see <a href="https://arxiv.org/abs/2209.05433">FP8 Formats for Deep Learning, table 1</a>
 */
record Float8Tensor(TensorSource bits, short[] table) implements TensorSource {

    /** Four bits of exponent, three of mantissa, no infinities: PyTorch's float8_e4m3fn. */
    static final short[] E4M3 = e4m3();

    /** Five bits of exponent, two of mantissa: the upper half of a half precision number. */
    static final short[] E5M2 = e5m2();

    private static final int VALUES = 256;
    private static final int CHUNK = 4096;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public String name() {
        return bits.name();
    }

    @Override
    public DataType type() {
        return DataType.BF16;
    }

    @Override
    public List<Long> shape() {
        return bits.shape();
    }

    @Override
    public void read(long firstElement, long count, MemorySegment target) throws IOException {
        Objects.checkFromIndexSize(firstElement, count, elementCount());
        Objects.checkFromIndexSize(0, type().bytes(count), target.byteSize());
        byte[] chunk = new byte[(int) Math.min(count, CHUNK)];
        MemorySegment segment = MemorySegment.ofArray(chunk);
        for (long done = 0; done < count; done += chunk.length) {
            int length = (int) Math.min(chunk.length, count - done);
            bits.read(firstElement + done, length, segment);
            for (int i = 0; i < length; i++) {
                target.set(SHORT, (done + i) * Short.BYTES, table[Byte.toUnsignedInt(chunk[i])]);
            }
        }
    }

    private static short[] e4m3() {
        short[] table = new short[VALUES];
        for (int bits = 0; bits < VALUES; bits++) {
            int exponent = bits >> 3 & 15;
            int mantissa = bits & 7;
            float size =
                    exponent == 0
                            ? Math.scalb((float) mantissa, -9)
                            : Math.scalb(8f + mantissa, exponent - 10);
            float value = exponent == 15 && mantissa == 7 ? Float.NaN : size;
            table[bits] = brainFloat(bits < VALUES / 2 ? value : -value);
        }
        return table;
    }

    private static short[] e5m2() {
        short[] table = new short[VALUES];
        for (int bits = 0; bits < VALUES; bits++) {
            table[bits] = brainFloat(Float.float16ToFloat((short) (bits << 8)));
        }
        return table;
    }

    private static short brainFloat(float value) {
        return (short) (Float.floatToIntBits(value) >>> 16);
    }
}
