package dev.kaya.engine.tensor.kernel;

import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.Rows;

/**
 * The arithmetic of a step, in two editions that give the same bits: {@link VectorKernels} on the
 * Vector API and {@link ScalarKernels} in plain loops.
 *
 * <p>Sums run in one canonical order on every machine. A matrix product is one chain of fused
 * multiply-adds over the inputs. A reduction over elements (norms, softmax) keeps {@value #LANES}
 * partial sums, element i in sum {@code i mod 16}, and folds them 8, 4, 2, 1. No operation is left
 * to the machine's {@code libm}.
 *
 * <p>Kernels are stateless and thread-safe; arrays must not overlap unless a method says so.
 */
public interface Kernels {

    /** Partial sums of a canonical reduction. */
    int LANES = 16;

    /** Positions of one page of the KV cache; attention works page by page. */
    int PAGE = 64;

    /**
     * Panels that a product of many rows is best given at a time: it reads the rows once for all.
     */
    int PANELS_TOGETHER = PanelSums.PANELS;

    /** Rows that are best computed together: those of the tallest tile. */
    int TILE = 6;

    /** For people: which edition, and with what vectors. */
    String description();

    /**
     * Products of rows with a range of panels: {@code y[r][o] = bias[o] + Σ_i x[r][i]·w[o][i]}, the
     * chain beginning at the bias.
     *
     * @param w weights (outputs, inputs)
     * @param bias as long as the padded outputs, or empty for none
     * @param x activations, row r at {@code x.offset() + r·x.stride()}
     * @param y results, row r likewise; rows are written up to the padded width of each panel
     * @param rows number of rows
     * @param firstPanel first panel to compute
     * @param endPanel one past the last
     */
    void multiply(
            PackedMatrix w, float[] bias, Rows x, Rows y, int rows, int firstPanel, int endPanel);

    /**
     * Scores of queries against a page of keys: {@code out[r][p] = Σ_d q[r][d]·k[d][p]}.
     *
     * @param q query r (headLength) at {@code qAt + r·qStride}
     * @param rows number of queries
     * @param keys page (headLength, {@value #PAGE}): the positions of one element lie side by side
     * @param out scores of all positions of the page, for query r at {@code outAt + r·outStride}
     */
    void scores(
            float[] q,
            int qAt,
            int qStride,
            int rows,
            float[] keys,
            int keysOffset,
            int headLength,
            float[] out,
            int outAt,
            int outStride);

    /**
     * Adds weighted values of a page: {@code out[r][d] += Σ_p weights[r][p]·v[p][d]}, p rising.
     *
     * @param weights row r at {@code weightsAt + r·weightsStride}
     * @param rows number of rows
     * @param count positions to read
     * @param values page ({@value #PAGE}, headLength)
     * @param out row r (headLength) at {@code outAt + r·outStride}
     */
    void mix(
            float[] weights,
            int weightsAt,
            int weightsStride,
            int rows,
            int count,
            float[] values,
            int valuesOffset,
            int headLength,
            float[] out,
            int outAt,
            int outStride);

    /**
     * Replaces scores by {@code exp(scale·score − max)} and returns their canonical sum; the caller
     * divides. Elements from {@code count} to the next multiple of {@value #LANES} become 0.
     *
     * @param x scores in place, beginning at {@code offset}
     * @param count at least 1
     * @param scale above 0
     */
    float exponentiate(float[] x, int offset, int count, float scale);

    /** Writes {@code x / divisor} for {@code count} elements to another place. */
    void divide(float[] x, int from, float divisor, float[] target, int to, int count);

    /**
     * Widens bfloat16 to single precision.
     *
     * @param stored from {@code from}
     * @param count a multiple of {@value #LANES}
     * @param target from its beginning
     */
    void widen(short[] stored, int from, int count, float[] target);

    /** The canonical sum of {@code x[offset … offset + count)}. */
    float sum(float[] x, int offset, int count);

    /**
     * The canonical sum of {@code (x[i] − center)²}, each square joined by a fused multiply-add.
     */
    float sumOfSquares(float[] x, int offset, int count, float center);

    /**
     * The highest element of every block; no number where one of its elements is none.
     *
     * @param x from {@code offset}
     * @param count of elements; the last block may be shorter than the others
     * @param block length of the others, a multiple of {@value #LANES}
     * @param target from its beginning
     */
    void highest(float[] x, int offset, int count, int block, float[] target);

    /** Applies an activation in place. */
    void activate(Activation activation, float[] x, int offset, int count);

    /** {@code gate[i] = activation(gate[i]) · up[i]} for {@code count} elements. */
    default void activateAndGate(
            Activation activation, float[] gate, int gateOffset, int upOffset, int count) {
        activate(activation, gate, gateOffset, count);
        for (int i = 0; i < count; i++) {
            gate[gateOffset + i] *= gate[upOffset + i];
        }
    }
}
