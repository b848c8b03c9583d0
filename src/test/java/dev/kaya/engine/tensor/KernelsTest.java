package dev.kaya.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Both editions of the kernels side by side: every comparison here is of bits. */
class KernelsTest {

    private static final int[] AWKWARD = {1, 2, 3, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 130};

    private final Kernels vector = new VectorKernels();
    private final Kernels scalar = new ScalarKernels();
    private final Random random = new Random(7);

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"F32", "BF16", "F16"})
    void productsHaveTheSameBitsInBothEditionsAndForEveryNumberOfRows(DataType type) {
        for (int outputs : AWKWARD) {
            for (int inputs : new int[] {1, 7, 64, 65, 130}) {
                PackedMatrix w = matrix(outputs, inputs, type);
                float[] bias = floats(PackedMatrix.padded(outputs));
                Rows x = Rows.allocate(40, inputs);
                fill(x.data());
                float[][] expected = reference(w, bias, x, 40);
                for (int rows : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 40}) {
                    assertRows(vector, w, bias, x, rows, expected);
                    assertRows(scalar, w, bias, x, rows, expected);
                }
            }
        }
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
    void scoresAndMixturesHaveTheSameBits() {
        for (int headLength : AWKWARD) {
            float[] q = floats(headLength + 3);
            float[] page = floats(headLength * Kernels.PAGE + 5);
            for (int count = 1; count <= Kernels.PAGE; count++) {
                float[] a = new float[Kernels.PAGE];
                float[] b = new float[Kernels.PAGE];
                vector.scores(q, 3, page, 5, headLength, 0.3f, count, a, 0);
                scalar.scores(q, 3, page, 5, headLength, 0.3f, count, b, 0);
                assertThat(bits(a)).isEqualTo(bits(b));
                float[] mixedA = q.clone();
                float[] mixedB = q.clone();
                vector.mix(a, 0, count, page, 5, headLength, mixedA, 3);
                scalar.mix(b, 0, count, page, 5, headLength, mixedB, 3);
                assertThat(bits(mixedA)).isEqualTo(bits(mixedB));
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
            float[] a = Arrays.copyOf(x, PackedMatrix.padded(count));
            float[] b = a.clone();
            assertThat(bits(vector.exponentiate(a, count)))
                    .isEqualTo(bits(scalar.exponentiate(b, count)));
            assertThat(bits(a)).isEqualTo(bits(b));
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
            if (type == DataType.F32) {
                w.setRow(o, floats(inputs), 0);
            } else {
                w.setRow(o, halves(inputs, type), 0);
            }
        }
        return w;
    }

    private short[] halves(int count, DataType type) {
        short[] x = new short[count];
        for (int i = 0; i < count; i++) {
            float f = (float) random.nextGaussian();
            x[i] =
                    type == DataType.BF16
                            ? (short) (Float.floatToRawIntBits(f) >>> 16)
                            : Float.floatToFloat16(f);
        }
        return x;
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
