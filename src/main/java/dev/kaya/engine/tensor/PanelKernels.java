package dev.kaya.engine.tensor;

import java.util.Arrays;

/**
 * What both editions of {@link Kernels} share: a product walks panels and, inside a panel, blocks
 * of inputs; stored types narrower than float are widened a block at a time into memory that stays
 * in the first-level cache, and every row of activations reads the widened block.
 *
 * <p>Carrying a chain from block to block through memory does not change its bits.
 */
abstract class PanelKernels implements Kernels {

    /** Inputs widened at a time: 64 × 64 floats are 16 KiB, half of a first-level cache. */
    private static final int BLOCK_INPUTS = 64;

    // Kernels are shared by all threads; scratch belongs to each, so that no call allocates.
    private final ThreadLocal<float[]> widened =
            ThreadLocal.withInitial(() -> new float[BLOCK_INPUTS * PackedMatrix.PANEL]);
    private final ThreadLocal<float[]> partialSums =
            ThreadLocal.withInitial(() -> new float[LANES]);

    @Override
    public final void multiply(
            PackedMatrix w, float[] bias, Rows x, Rows y, int rows, int firstPanel, int endPanel) {
        assert bias.length == 0 || bias.length == PackedMatrix.padded(w.outputs()) : bias.length;
        assert y.stride() >= PackedMatrix.padded(w.outputs()) : y.stride();
        for (int panel = firstPanel; panel < endPanel; panel++) {
            begin(bias, y, rows, panel * PackedMatrix.PANEL, w.panelWidth(panel));
            if (w.type() == DataType.F32) {
                multiplyFloats(w, panel, x, y, rows);
            } else {
                multiplyWidened(w, panel, x, y, rows);
            }
        }
    }

    private static void begin(float[] bias, Rows y, int rows, int output, int width) {
        for (int row = 0; row < rows; row++) {
            int at = y.at(row) + output;
            if (bias.length == 0) {
                Arrays.fill(y.data(), at, at + width, 0f);
            } else {
                System.arraycopy(bias, output, y.data(), at, width);
            }
        }
    }

    private void multiplyFloats(PackedMatrix w, int panel, Rows x, Rows y, int rows) {
        int output = panel * PackedMatrix.PANEL;
        int offset = output * w.inputs();
        int width = w.panelWidth(panel);
        multiplyBlock(w.floats(), offset, width, output, 0, w.inputs(), x, y, rows);
    }

    private void multiplyWidened(PackedMatrix w, int panel, Rows x, Rows y, int rows) {
        int width = w.panelWidth(panel);
        int output = panel * PackedMatrix.PANEL;
        float[] buffer = widened.get();
        for (int input = 0; input < w.inputs(); input += BLOCK_INPUTS) {
            int inputs = Math.min(BLOCK_INPUTS, w.inputs() - input);
            widen(w, output * w.inputs() + input * width, inputs * width, buffer);
            multiplyBlock(buffer, 0, width, output, input, inputs, x, y, rows);
        }
    }

    private void widen(PackedMatrix w, int from, int count, float[] target) {
        if (w.type() == DataType.BF16) {
            widenBrainFloats(w.halves(), from, count, target);
        } else {
            widenHalfFloats(w.halves(), from, count, target);
        }
    }

    /** A plain loop, which the compiler turns into the processor's own conversion. */
    private static void widenHalfFloats(short[] stored, int from, int count, float[] target) {
        for (int j = 0; j < count; j++) {
            target[j] = Float.float16ToFloat(stored[from + j]);
        }
    }

    /**
     * Widens BF16, whose bits are the upper half of a float's.
     *
     * @param count a multiple of {@value #LANES}
     */
    abstract void widenBrainFloats(short[] stored, int from, int count, float[] target);

    /**
     * Continues the chains of a piece of a panel in single precision: {@code y[r][o] = fma(x[r][i],
     * w[i][o], y[r][o])} for its inputs in order.
     *
     * @param weights element (input i, output j) at {@code offset + i·width + j}
     * @param offset where the piece begins
     * @param width outputs, a multiple of {@value #LANES}
     * @param firstOutput the first of them in the matrix
     * @param firstInput the first input of the piece
     * @param inputs how many
     * @param x activations
     * @param y results, holding the chains so far
     * @param rows number of rows
     */
    abstract void multiplyBlock(
            float[] weights,
            int offset,
            int width,
            int firstOutput,
            int firstInput,
            int inputs,
            Rows x,
            Rows y,
            int rows);

    /** This thread's sixteen partial sums, set to zero. */
    final float[] partialSums() {
        float[] lanes = partialSums.get();
        Arrays.fill(lanes, 0f);
        return lanes;
    }
}
