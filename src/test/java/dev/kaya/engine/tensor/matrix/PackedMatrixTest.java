package dev.kaya.engine.tensor.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.PackedMatrix.Slab;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PackedMatrixTest {

    private static final int INPUTS = 512;

    private final Random random = new Random(3);

    /** Rows in a panel of one type are quants still; widening them gives the stored values. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    void keepsTheValuesOfStoredBlocks(DataType type) {
        PackedMatrix matrix = new PackedMatrix(70, INPUTS, type);
        for (int output = 0; output < 70; output++) {
            byte[] blocks = RandomBlocks.of(type, INPUTS, random);
            matrix.setRow(output, blocks, 0);
            assertRow(matrix, output, widened(type, blocks));
        }
        assertThat(matrix.types()).isEqualTo(Set.of(type));
    }

    @Test
    void panelsOfAStackKeepTheirTypesAndMixedOnesAreWidened() {
        var slabs =
                List.of(
                        new Slab(128, DataType.Q4_K),
                        new Slab(80, DataType.Q6_K),
                        new Slab(10, DataType.Q4_K),
                        new Slab(100, DataType.Q4_K));
        PackedMatrix matrix = new PackedMatrix(slabs, INPUTS);
        List<DataType> types = new ArrayList<>();
        for (int panel = 0; panel < matrix.panels(); panel++) {
            types.add(matrix.type(panel * PackedMatrix.PANEL));
        }
        assertThat(types)
                .containsExactly(
                        DataType.Q4_K, DataType.Q4_K, DataType.Q6_K, DataType.F32, DataType.Q4_K);
        assertThat(matrix.types()).isEqualTo(Set.of(DataType.Q4_K, DataType.Q6_K, DataType.F32));
        assertThat(matrix.bytes())
                .isEqualTo(
                        PackedMatrix.bytes(192, INPUTS, DataType.Q4_K)
                                + PackedMatrix.bytes(64, INPUTS, DataType.Q6_K)
                                + PackedMatrix.bytes(64, INPUTS, DataType.F32));
    }

    /** The products of a stack are those of its parts, bit for bit. */
    @Test
    void aStackComputesWhatItsPartsCompute() {
        PackedMatrix stack =
                new PackedMatrix(
                        List.of(new Slab(100, DataType.Q4_K), new Slab(130, DataType.Q6_K)),
                        INPUTS);
        PackedMatrix first = new PackedMatrix(100, INPUTS, DataType.Q4_K);
        PackedMatrix second = new PackedMatrix(130, INPUTS, DataType.Q6_K);
        for (int output = 0; output < 230; output++) {
            PackedMatrix part = output < 100 ? first : second;
            DataType type = output < 100 ? DataType.Q4_K : DataType.Q6_K;
            byte[] blocks = RandomBlocks.of(type, INPUTS, random);
            part.setRow(output < 100 ? output : output - 100, blocks, 0);
            if (stack.type(output) == type) {
                stack.setRow(output, blocks, 0);
            } else {
                stack.encodeRow(output, widened(type, blocks), 0);
            }
        }
        for (Kernels kernels : List.of(KernelProvider.best(), KernelProvider.scalar())) {
            for (int rows : new int[] {1, 3, 30}) {
                float[][] whole = products(kernels, stack, rows);
                float[][] one = products(kernels, first, rows);
                float[][] two = products(kernels, second, rows);
                for (int row = 0; row < rows; row++) {
                    float[] joined = Arrays.copyOf(one[row], 230);
                    System.arraycopy(two[row], 0, joined, 100, 130);
                    assertThat(whole[row]).isEqualTo(joined);
                }
            }
        }
    }

    @Test
    void piecesOfARowAreEncodedLikeTheWhole() {
        for (DataType type : List.of(DataType.F32, DataType.F16, DataType.BF16, DataType.Q8_0)) {
            PackedMatrix whole = new PackedMatrix(65, INPUTS, type);
            PackedMatrix pieces = new PackedMatrix(65, INPUTS, type);
            float[] x = new float[INPUTS];
            for (int i = 0; i < INPUTS; i++) {
                x[i] = (float) random.nextGaussian();
            }
            whole.encodeRow(64, x, 0);
            for (int input = 0; input < INPUTS; input += 128) {
                pieces.encode(64, input, x, input, 128);
            }
            float[] expected = new float[INPUTS];
            whole.row(64, expected, 0);
            assertRow(pieces, 64, expected);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {
                "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"
            })
    void tellsItsBytesBeforehand(DataType type) {
        for (int outputs : new int[] {1, 16, 40, 64, 65, 300}) {
            assertThat(new PackedMatrix(outputs, INPUTS, type).bytes())
                    .isEqualTo(PackedMatrix.bytes(outputs, INPUTS, type));
        }
        assertThatThrownBy(() -> PackedMatrix.bytes(Long.MAX_VALUE / 2, 256, type))
                .isInstanceOf(ArithmeticException.class);
    }

    @Test
    void refusesWhatHasNoPackedForm() {
        assertThatThrownBy(() -> new PackedMatrix(3, INPUTS, DataType.I32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no packed form of I32");
        assertThatThrownBy(() -> new PackedMatrix(3, 128, DataType.Q4_K))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Q4_K needs whole blocks of 256; given 128");
        assertThatThrownBy(() -> new PackedMatrix(1, Integer.MAX_VALUE, DataType.F32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no matrix of 1 × 2147483647");
    }

    private float[][] products(Kernels kernels, PackedMatrix matrix, int rows) {
        Rows x = Rows.allocate(rows, INPUTS);
        var numbers = new Random(9);
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = (float) numbers.nextGaussian();
        }
        Rows y = Rows.allocate(rows, matrix.outputs());
        kernels.multiply(matrix, new float[0], x, y, rows, 0, matrix.panels());
        float[][] products = new float[rows][];
        for (int row = 0; row < rows; row++) {
            int at = y.at(row);
            products[row] = Arrays.copyOfRange(y.data(), at, at + matrix.outputs());
        }
        return products;
    }

    private static float[] widened(DataType type, byte[] blocks) {
        float[] x = new float[INPUTS];
        StoredElements.widen(type, blocks, 0, x, 0, INPUTS);
        return x;
    }

    private static void assertRow(PackedMatrix matrix, int output, float[] expected) {
        float[] actual = new float[expected.length];
        matrix.row(output, actual, 0);
        assertThat(actual).isEqualTo(expected);
    }
}
