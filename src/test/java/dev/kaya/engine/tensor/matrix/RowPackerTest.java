package dev.kaya.engine.tensor.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tensor.matrix.PackedMatrix.Slab;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tiles come out as rows and single elements do that are set on their own. */
class RowPackerTest {

    private final Random random = new Random(11);
    private final RowPacker packer = new RowPacker();

    /** 130 outputs are two panels and a bit; 768 inputs three tiles of blocks. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {
                "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"
            })
    void keepsStoredRowsWhereverTheyGo(DataType type) {
        int inputs = type.isQuantised() ? 768 : 77;
        int[] outputs = {129, 3, 64, 63, 0, 100};
        byte[] rows = stored(type, outputs.length * inputs);
        var matrix = new PackedMatrix(130, inputs, type);
        packer.packRows(type, rows, outputs, matrix);
        float[] expected = new float[inputs];
        for (int row = 0; row < outputs.length; row++) {
            StoredElements.widen(
                    type, rows, row * (int) type.bytes(inputs), expected, 0, expected.length);
            assertThat(row(matrix, outputs[row])).isEqualTo(expected);
        }
        assertThat(row(matrix, 1)).isEqualTo(new float[inputs]);
    }

    @Test
    void roundsToTheTypeOfEachPanel() {
        int inputs = 256;
        var matrix =
                new PackedMatrix(
                        List.of(new Slab(70, DataType.Q6_K), new Slab(60, DataType.F32)), inputs);
        byte[] rows = stored(DataType.Q6_K, 70 * inputs);
        int[] outputs = new int[70];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = i;
        }
        packer.packRows(DataType.Q6_K, rows, outputs, matrix);
        assertThat(matrix.type(0)).isEqualTo(DataType.Q6_K);
        assertThat(matrix.type(69)).isEqualTo(DataType.F32);
        float[] expected = new float[70 * inputs];
        StoredElements.widen(DataType.Q6_K, rows, 0, expected, 0, expected.length);
        for (int output : new int[] {0, 63, 64, 69}) {
            float[] packed = row(matrix, output);
            for (int i = 0; i < inputs; i++) {
                assertThat(packed[i]).isEqualTo(expected[output * inputs + i]);
            }
        }
    }

    /** 300 columns are a tile and a bit, and 96 rows too; they go amid a larger matrix. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"F32", "F16", "BF16", "F64", "Q8_0"})
    void turnsColumns(DataType type) {
        int columns = type.isQuantised() ? 320 : 300;
        int firstOutput = 37;
        int firstInput = 32;
        byte[] rows = stored(type, 96 * columns);
        DataType packedType = type == DataType.F64 ? DataType.F32 : type;
        var matrix = new PackedMatrix(400, 160, packedType);
        packer.packColumns(type, rows, columns, firstOutput, firstInput, 96, matrix);

        float[] wide = new float[96 * columns];
        StoredElements.widen(type, rows, 0, wide, 0, wide.length);
        var expected = new PackedMatrix(400, 160, packedType);
        float[] column = new float[96];
        for (int output = 0; output < columns; output++) {
            for (int i = 0; i < 96; i++) {
                column[i] = wide[i * columns + output];
            }
            expected.encode(firstOutput + output, firstInput, column, 0, 96);
        }
        for (int output = 0; output < 400; output++) {
            assertThat(row(matrix, output)).isEqualTo(row(expected, output));
        }
    }

    private byte[] stored(DataType type, int count) {
        if (type.isQuantised()) {
            return RandomBlocks.of(type, count, random);
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        if (type == DataType.F64) {
            var bytes = ByteBuffer.allocate(count * Double.BYTES);
            bytes.order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
                bytes.putDouble(value);
            }
            return bytes.array();
        }
        return RowEncoder.encode(values, 0, count, type);
    }

    private static float[] row(PackedMatrix matrix, int output) {
        float[] row = new float[matrix.inputs()];
        matrix.row(output, row, 0);
        return row;
    }
}
