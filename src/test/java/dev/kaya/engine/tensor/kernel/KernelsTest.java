package dev.kaya.engine.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.RandomBlocks;
import dev.kaya.engine.tensor.matrix.Rows;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Both editions of the kernels side by side: every comparison here is of bits. */
class KernelsTest {

    private static final int[] AWKWARD = {1, 2, 3, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 130};

    private static final int[] INPUTS = {1, 7, 64, 65, 130, 300};
    private static final int[] PANELS = {1, 17, 48, 64, 130};
    private static final int[] GROUPS = {32, 96, 544};
    private static final int[] BLOCKS = {256, 768};

    private final Kernels vector = new VectorKernels();
    private final Kernels scalar = new ScalarKernels();
    private final Random random = new Random(7);

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {
                "F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"
            })
    void productsHaveTheSameBitsInBothEditionsAndForEveryNumberOfRows(DataType type) {
        for (int outputs : type.isQuantised() ? PANELS : AWKWARD) {
            for (int inputs : inputs(type)) {
                PackedMatrix w = matrix(outputs, inputs, type);
                float[] bias = floats(PackedMatrix.padded(outputs));
                Rows x = Rows.allocate(40, inputs);
                fill(x.data());
                float[][] expected = reference(w, bias, x, 40);
                for (int rows = 1; rows <= 40; rows++) {
                    assertRows(vector, w, bias, x, rows, expected);
                    assertRows(scalar, w, bias, x, rows, expected);
                }
            }
        }
    }

    /**
     * More rows than are taken at a time, more inputs than at a time, more panels than together.
     */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    void productsOfManyRowsHaveTheSameBitsHoweverTheyAreShared(DataType type) {
        int rows = 2 * PanelSums.MOST_ROWS + 7;
        int outputs = (PanelSums.PANELS + 1) * PackedMatrix.PANEL + 3;
        PackedMatrix w = matrix(outputs, 1024, type);
        float[] bias = floats(PackedMatrix.padded(outputs));
        Rows x = Rows.allocate(rows, 1024);
        fill(x.data());
        float[][] expected = reference(w, bias, x, rows);
        for (int count : new int[] {24, 25, 263, 264, 265, rows}) {
            assertRows(vector, w, bias, x, count, expected);
        }
        assertRows(scalar, w, bias, x, rows, expected);
        float[] none = {};
        assertRows(vector, w, none, x, rows, reference(w, new float[bias.length], x, rows));
    }

    private static int[] inputs(DataType type) {
        return switch (type.blockElements()) {
            case 1 -> INPUTS;
            case 32 -> GROUPS;
            default -> BLOCKS;
        };
    }

    private static void assertRows(
            Kernels kernels, PackedMatrix w, float[] bias, Rows x, int rows, float[][] expected) {
        Rows y = Rows.allocate(rows, w.outputs());
        kernels.multiply(w, bias, x, y, rows, 0, w.panels());
        for (int row = 0; row < rows; row++) {
            float[] actual = Arrays.copyOfRange(y.data(), y.at(row), y.at(row) + w.outputs());
            assertThat(bits(actual)).isEqualTo(bits(expected[row]));
        }
    }

    /** One chain of fused multiply-adds over the inputs, beginning at the bias. */
    private static float[][] reference(PackedMatrix w, float[] bias, Rows x, int rows) {
        float[][] y = new float[rows][w.outputs()];
        float[] weights = new float[w.inputs()];
        for (int o = 0; o < w.outputs(); o++) {
            w.row(o, weights, 0);
            for (int r = 0; r < rows; r++) {
                float sum = bias[o];
                for (int i = 0; i < w.inputs(); i++) {
                    sum = Math.fma(x.data()[x.at(r) + i], weights[i], sum);
                }
                y[r][o] = sum;
            }
        }
        return y;
    }

    @Test
    void scoresHaveTheSameBitsInBothEditionsAndForEveryNumberOfQueries() {
        for (int headLength : AWKWARD) {
            float[] page = floats(headLength * Kernels.PAGE + 5);
            int stride = headLength + 2;
            float[] q = floats(3 + 24 * stride);
            float[] expected = new float[24 * Kernels.PAGE];
            for (int r = 0; r < 24; r++) {
                for (int p = 0; p < Kernels.PAGE; p++) {
                    float sum = 0;
                    for (int d = 0; d < headLength; d++) {
                        sum = Math.fma(q[3 + r * stride + d], page[5 + d * Kernels.PAGE + p], sum);
                    }
                    expected[r * Kernels.PAGE + p] = sum;
                }
            }
            for (int rows = 1; rows <= 24; rows++) {
                for (Kernels kernels : List.of(vector, scalar)) {
                    float[] out = new float[rows * Kernels.PAGE];
                    kernels.scores(q, 3, stride, rows, page, 5, headLength, out, 0, Kernels.PAGE);
                    assertThat(bits(out)).isEqualTo(bits(Arrays.copyOf(expected, out.length)));
                }
            }
        }
    }

    @Test
    void mixturesHaveTheSameBitsInBothEditionsAndForEveryNumberOfQueries() {
        for (int headLength : AWKWARD) {
            float[] page = floats(headLength * Kernels.PAGE + 5);
            float[] weights = floats(24 * 70);
            float[] begun = floats(3 + 24 * headLength);
            for (int count : new int[] {1, 2, 16, 31, 32, 63, 64}) {
                float[] expected = begun.clone();
                for (int i = 0; i < 24 * headLength; i++) {
                    for (int p = 0; p < count; p++) {
                        float value = page[5 + p * headLength + i % headLength];
                        float weight = weights[i / headLength * 70 + p];
                        expected[3 + i] = Math.fma(weight, value, expected[3 + i]);
                    }
                }
                for (int rows : new int[] {1, 2, 5, 6, 7, 12, 23, 24}) {
                    for (Kernels kernels : List.of(vector, scalar)) {
                        float[] out = begun.clone();
                        kernels.mix(
                                weights,
                                0,
                                70,
                                rows,
                                count,
                                page,
                                5,
                                headLength,
                                out,
                                3,
                                headLength);
                        int end = 3 + rows * headLength;
                        assertThat(bits(Arrays.copyOf(out, end)))
                                .isEqualTo(bits(Arrays.copyOf(expected, end)));
                    }
                }
            }
        }
    }

    @Test
    void reductionsHaveTheSameBits() {
        for (int count : AWKWARD) {
            float[] x = floats(count + 2);
            assertThat(bits(vector.sum(x, 2, count))).isEqualTo(bits(scalar.sum(x, 2, count)));
            assertThat(bits(vector.sumOfSquares(x, 2, count, 0.2f)))
                    .isEqualTo(bits(scalar.sumOfSquares(x, 2, count, 0.2f)));
            float[] a = Arrays.copyOf(x, 3 + PanelKernels.wholeLanes(count));
            float[] b = a.clone();
            assertThat(bits(vector.exponentiate(a, 3, count, 0.3f)))
                    .isEqualTo(bits(scalar.exponentiate(b, 3, count, 0.3f)));
            assertThat(bits(a)).isEqualTo(bits(b));
            vector.divide(a, 3, 0.7f, a, 1, count);
            scalar.divide(b, 3, 0.7f, b, 1, count);
            assertThat(bits(a)).isEqualTo(bits(b));
        }
    }

    @Test
    void theHighestOfEveryBlockIsTheSame() {
        for (int count : AWKWARD) {
            for (int block : new int[] {16, 48, 128}) {
                float[] x = floats(count + 3);
                for (int bad = -1; bad < count; bad += 7) {
                    float[] expected = new float[(count + block - 1) / block];
                    Arrays.fill(expected, Float.NEGATIVE_INFINITY);
                    for (int i = 0; i < count; i++) {
                        x[3 + i] = i == bad ? Float.NaN : x[3 + i];
                        expected[i / block] = Math.max(expected[i / block], x[3 + i]);
                    }
                    for (Kernels kernels : List.of(vector, scalar)) {
                        float[] found = new float[expected.length];
                        kernels.highest(x, 3, count, block, found);
                        assertThat(found).isEqualTo(expected);
                    }
                }
            }
        }
    }

    @Test
    void exponentialsAreThoseOfScaledScoresLessTheHighest() {
        for (Kernels kernels : List.of(vector, scalar)) {
            float[] x = floats(48);
            float[] expected = new float[48];
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < 40; i++) {
                max = Math.max(max, x[i] * 0.3f);
            }
            for (int i = 0; i < 40; i++) {
                expected[i] = ScalarMath.exp(x[i] * 0.3f - max);
            }
            float sum = kernels.exponentiate(x, 0, 40, 0.3f);
            assertThat(bits(x)).isEqualTo(bits(expected));
            assertThat(bits(sum)).isEqualTo(bits(scalar.sum(expected, 0, 48)));
        }
    }

    @Test
    void oneScoreThatIsNoNumberMakesTheSumNone() {
        for (Kernels kernels : List.of(vector, scalar)) {
            for (int at = 0; at < 40; at++) {
                float[] x = floats(48);
                x[at] = Float.NaN;
                assertThat(kernels.exponentiate(x, 0, 40, 0.3f)).isNaN();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void activationsHaveTheSameBits(Activation activation) {
        float[] a = floats(1003);
        for (int i = 0; i < a.length; i++) {
            a[i] *= 40;
        }
        a[0] = Float.POSITIVE_INFINITY;
        a[1] = Float.NEGATIVE_INFINITY;
        a[2] = Float.NaN;
        a[3] = -0f;
        float[] b = a.clone();
        vector.activate(activation, a, 0, a.length);
        scalar.activate(activation, b, 0, b.length);
        assertThat(bits(a)).isEqualTo(bits(b));
    }

    @Test
    void sumOfSixteenLanesFoldsInTheCanonicalOrder() {
        float[] x = floats(16);
        float[] eight = new float[8];
        for (int i = 0; i < 8; i++) {
            eight[i] = x[i] + x[i + 8];
        }
        float expected =
                ((eight[0] + eight[4]) + (eight[2] + eight[6]))
                        + ((eight[1] + eight[5]) + (eight[3] + eight[7]));
        assertThat(bits(scalar.sum(x, 0, 16))).isEqualTo(bits(expected));
    }

    @Test
    void exponentialIsWithinTwoUnitsInTheLastPlace() {
        for (int i = 0; i < 200_000; i++) {
            float x = (random.nextFloat() * 2 - 1) * 87;
            float exact = (float) StrictMath.exp(x);
            assertThat(Math.abs(ScalarMath.exp(x) - exact))
                    .isLessThanOrEqualTo(2 * Math.ulp(exact));
        }
        assertThat(ScalarMath.exp(0f)).isEqualTo(1f);
        assertThat(ScalarMath.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(ScalarMath.exp(Float.NaN)).isNaN();
        assertThat(ScalarMath.exp(1000f)).isBetween(2e38f, Float.MAX_VALUE);
    }

    /** Reference values: Abramowitz and Stegun, table 7.1; the formula's own bound is 1.5e-7. */
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0.1, 0.1124629160",
        "0.5, 0.5204998778",
        "1, 0.8427007929",
        "1.5, 0.9661051465",
        "2, 0.9953222650",
        "-1, -0.8427007929",
        "5, 1",
        "-40, -1"
    })
    void errorFunctionMeetsItsTable(float x, double expected) {
        double tolerance = 1.5e-7 + Math.ulp(1f); // the formula's bound and one rounding
        assertThat(Math.abs(ScalarMath.erf(x) - expected)).isLessThanOrEqualTo(tolerance);
    }

    /** The definitions in double precision; the tolerance is that of erf times |x|/2. */
    @Test
    void activationsMeetTheirDefinitions() {
        for (float x = -12; x <= 12; x += 0.01f) {
            double cubic = StrictMath.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3));
            double tanh = 0.5 * x * (1 + StrictMath.tanh(cubic));
            double silu = x / (1 + StrictMath.exp(-x));
            double bound = 1e-6 * Math.max(1, Math.abs(x));
            assertThat((double) ScalarMath.activate(Activation.GELU_TANH, x))
                    .isBetween(tanh - bound, tanh + bound);
            assertThat((double) ScalarMath.activate(Activation.SILU, x))
                    .isBetween(silu - bound, silu + bound);
        }
        assertThat(ScalarMath.activate(Activation.RELU, -1)).isZero();
        assertThat(ScalarMath.activate(Activation.RELU_SQUARED, 3)).isEqualTo(9);
        // Φ(1) = 0.8413447461, Φ(−2) = 0.0227501319 (Abramowitz and Stegun, table 26.1)
        assertThat((double) ScalarMath.activate(Activation.GELU_ERF, 1))
                .isBetween(0.8413447461 - 1e-6, 0.8413447461 + 1e-6);
        assertThat((double) ScalarMath.activate(Activation.GELU_ERF, -2))
                .isBetween(-0.0455002639 - 1e-6, -0.0455002639 + 1e-6);
    }

    private PackedMatrix matrix(int outputs, int inputs, DataType type) {
        PackedMatrix w = new PackedMatrix(outputs, inputs, type);
        for (int o = 0; o < outputs; o++) {
            if (type.isQuantised()) {
                w.setRow(o, RandomBlocks.of(type, inputs, random), 0);
            } else {
                w.encodeRow(o, floats(inputs), 0);
            }
        }
        return w;
    }

    private float[] floats(int count) {
        float[] x = new float[count];
        fill(x);
        return x;
    }

    private void fill(float[] x) {
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
    }

    private static int bits(float x) {
        return Float.floatToIntBits(x);
    }

    private static int[] bits(float[] x) {
        int[] bits = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            bits[i] = Float.floatToIntBits(x[i]);
        }
        return bits;
    }
}
