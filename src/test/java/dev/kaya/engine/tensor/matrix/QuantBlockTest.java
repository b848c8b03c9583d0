package dev.kaya.engine.tensor.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Blocks written by hand from the layouts of ggml-common.h, and what they mean by its formulas. */
class QuantBlockTest {

    private static final float HALF = 0.5f;

    private ByteBuffer block = ByteBuffer.allocate(0);

    @Test
    void eightBitsAreSigned() {
        begin(DataType.Q8_0);
        half(HALF).put((byte) 127).put((byte) -128).put((byte) -1);
        assertThat(widened(DataType.Q8_0)).startsWith(63.5f, -64, -0.5f, 0).hasSize(32);
    }

    @Test
    void fourBitsAreHalvesOfBytesAroundEight() {
        begin(DataType.Q4_0);
        half(HALF).put((byte) 0xF0).put((byte) 0x29);
        float[] x = widened(DataType.Q4_0);
        assertThat(x).startsWith(-4, 0.5f, -4).hasSize(32); // (0, 9, 0 − 8) / 2
        assertThat(x[16]).isEqualTo(3.5f); // 15 − 8
        assertThat(x[17]).isEqualTo(-3); // 2 − 8
    }

    @Test
    void fourBitsMayHaveAMinimum() {
        begin(DataType.Q4_1);
        half(HALF).putShort(Float.floatToFloat16(-3)).put((byte) 0xF0).put((byte) 0x29);
        float[] x = widened(DataType.Q4_1);
        assertThat(x).startsWith(-3, 1.5f, -3);
        assertThat(x[16]).isEqualTo(4.5f);
        assertThat(x[17]).isEqualTo(-2);
    }

    @Test
    void fifthBitsStandInAFieldOfThirtyTwo() {
        begin(DataType.Q5_0);
        half(HALF).putInt(1 << 1 | 1 << 16).put((byte) 0xF0).put((byte) 0x29);
        float[] x = widened(DataType.Q5_0);
        assertThat(x).startsWith(-8, 4.5f, -8); // 0, 16 + 9, 0 less 16
        assertThat(x[16]).isEqualTo(7.5f); // 16 + 15 − 16
        assertThat(x[17]).isEqualTo(-7); // 2 − 16
        assertThat(x[31]).isEqualTo(-8);
    }

    @Test
    void fiveBitsMayHaveAMinimum() {
        begin(DataType.Q5_1);
        half(HALF).putShort(Float.floatToFloat16(-3)).putInt(1 << 31);
        block.put((byte) 0x02).position(block.capacity() - 1).put((byte) 0x10);
        float[] x = widened(DataType.Q5_1);
        assertThat(x).startsWith(-2, -3);
        assertThat(x[31]).isEqualTo(5.5f); // (16 + 1) / 2 − 3
    }

    /** Scales 1 … 4 and 37, 2, 3, 4; minima 5 … 8 and 54, 6, 7, 8: d·s·q − e·m. */
    @Test
    void groupsOfFourBitsHaveScaleAndMinimumInSixBits() {
        begin(DataType.Q4_K);
        half(HALF).putShort(Float.floatToFloat16(0.25f));
        groups();
        block.put(16, (byte) 0x32); // elements 0 and 32
        block.put(16 + 64 + 31, (byte) 0xF1); // elements 128 + 31 and 160 + 31
        float[] x = widened(DataType.Q4_K);
        assertThat(x).startsWith(0.5f * 1 * 2 - 0.25f * 5, -1.25f).hasSize(256);
        assertThat(x[32]).isEqualTo(0.5f * 2 * 3 - 0.25f * 6);
        assertThat(x[33]).isEqualTo(-1.5f);
        assertThat(x[128 + 31]).isEqualTo(0.5f * 37 * 1 - 0.25f * 54);
        assertThat(x[160 + 31]).isEqualTo(0.5f * 2 * 15 - 0.25f * 6);
        assertThat(x[255]).isEqualTo(-0.25f * 8);
    }

    @Test
    void groupsOfFiveBitsHaveTheFifthInAByteForAllEight() {
        begin(DataType.Q5_K);
        half(HALF).putShort(Float.floatToFloat16(0.25f));
        groups();
        block.put(16, (byte) 0b0000_0010); // element 32
        block.put(16 + 31, (byte) 0b1000_0000); // element 224 + 31
        block.put(48, (byte) 0x32); // elements 0 and 32
        float[] x = widened(DataType.Q5_K);
        assertThat(x).startsWith(0.5f * 1 * 2 - 0.25f * 5, -1.25f);
        assertThat(x[32]).isEqualTo(0.5f * 2 * 19 - 0.25f * 6);
        assertThat(x[255]).isEqualTo(0.5f * 4 * 16 - 0.25f * 8);
    }

    private void groups() {
        block.put((byte) 0b10_000001).put(new byte[] {2, 3, 4}); // 37 = 0b10_0101
        block.put((byte) 0b11_000101).put(new byte[] {6, 7, 8}); // 54 = 0b11_0110
        block.put(new byte[] {0x65, 0x62, 0x73}).put((byte) 0x84);
    }

    /** d·s·(q − 32), with s from −128 to 127 for sixteen elements. */
    @Test
    void sixBitsHaveSignedScalesForSixteen() {
        begin(DataType.Q6_K);
        block.put(0, (byte) 0x4F); // elements 0 and 64
        block.put(33, (byte) 0x21); // elements 33 and 97
        block.put(128, (byte) 0b11_10_01_00); // elements 0, 32, 64, 96
        block.put(128 + 63, (byte) 0b01_00_00_00); // element 128 + 96 + 31
        block.put(192, (byte) 3).put(192 + 2, (byte) -128).put(192 + 4, (byte) 127);
        block.put(192 + 6, (byte) 2).put(192 + 15, (byte) -1);
        block.putShort(208, Float.floatToFloat16(HALF));
        float[] x = widened(DataType.Q6_K);
        assertThat(x[0]).isEqualTo(0.5f * 3 * (15 - 32));
        assertThat(x[32]).isEqualTo(0.5f * -128 * (16 - 32));
        assertThat(x[33]).isEqualTo(0.5f * -128 * (1 - 32));
        assertThat(x[64]).isEqualTo(0.5f * 127 * (32 + 4 - 32));
        assertThat(x[96]).isEqualTo(0.5f * 2 * (48 - 32));
        assertThat(x[97]).isEqualTo(0.5f * 2 * (2 - 32));
        assertThat(x[255]).isEqualTo(0.5f * -1 * (16 - 32));
        assertThat(x[128]).isZero(); // its scale is 0
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void blocksOfQuantsFollowEachOther(DataType type) {
        if (!type.isQuantised()) {
            return;
        }
        int length = type.blockElements();
        byte[] two = RandomBlocks.of(type, 2 * length, new Random(5));
        float[] both = new float[2 * length];
        float[] second = new float[length];
        StoredElements.widen(type, two, 0, both, 0, both.length);
        StoredElements.widen(type, two, type.blockBytes(), second, 0, length);
        assertThat(Arrays.copyOfRange(both, length, 2 * length)).isEqualTo(second);
    }

    private void begin(DataType type) {
        block = ByteBuffer.allocate(type.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer half(float x) {
        return block.putShort(Float.floatToFloat16(x));
    }

    private float[] widened(DataType type) {
        float[] x = new float[type.blockElements()];
        StoredElements.widen(type, block.array(), 0, x, 0, x.length);
        return x;
    }
}
