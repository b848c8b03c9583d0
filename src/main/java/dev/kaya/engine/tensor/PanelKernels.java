package dev.kaya.engine.tensor;

import java.util.Arrays;

/**
 * What both editions of {@link Kernels} share: a product walks panels and, inside a panel, blocks
 * of inputs; stored types narrower than float are widened a block at a time into memory that stays
 * in a near cache, and every row of activations reads the widened block. Attention over a page is
 * the same product with keys, or values, for weights.
 *
 * <p>Carrying a chain from block to block through memory does not change its bits.
 */
abstract class PanelKernels implements Kernels {

    /** Few rows: 64 × 64 floats are 16 KiB, half of a first-level cache. */
    private static final int BLOCK_FOR_FEW = 64;

    /** Many rows: 256 × 64 floats stay in a second-level cache, and chains leave registers less. */
    private static final int BLOCK_FOR_MANY = 256;

    /** Many rows of what need not be widened: 768 × 64 floats still stay in that cache. */
    private static final int BLOCK_AS_STORED = 768;

    private static final int MANY_ROWS = 24;

    /** Elements of {@link #functionScratch}. */
    static final int FUNCTION_SCRATCH = 256;

    /** Memory of one thread. Kernels are shared by all, so that it cannot belong to them. */
    private static final class Scratch {
        private final float[] widened = new float[BLOCK_FOR_MANY * PackedMatrix.PANEL];
        private final float[] partialSums = new float[LANES];
        private final float[] functions = new float[FUNCTION_SCRATCH];
        private float[] scales = {};
    }

    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

    @Override
    public final void multiply(
            PackedMatrix w, float[] bias, Rows x, Rows y, int rows, int firstPanel, int endPanel) {
        assert bias.length == 0 || bias.length == PackedMatrix.padded(w.outputs()) : bias.length;
        assert y.stride() >= PackedMatrix.padded(w.outputs()) : y.stride();
        Scratch memory = scratch.get();
        for (int panel = firstPanel; panel < endPanel; panel++) {
            begin(bias, y, rows, panel * PackedMatrix.PANEL, w.panelWidth());
            float[] scales = scales(w, panel, memory);
            if (!multiplyInRegisters(w, panel, scales, x, y, rows)) {
                multiplyPanel(w, panel, scales, x, y, rows, memory.widened);
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

    /**
     * The scales of a Q8_0 panel in single precision: a plain loop that the compiler vectorises.
     */
    private static float[] scales(PackedMatrix w, int panel, Scratch memory) {
        if (w.type() != DataType.Q8_0) {
            return memory.scales;
        }
        int from = w.panelOffset(panel) / PackedMatrix.GROUP;
        int count = w.inputs() / PackedMatrix.GROUP * w.panelWidth();
        if (memory.scales.length < count) {
            memory.scales = new float[count];
        }
        widenHalfFloats(w.scales(), from, count, memory.scales);
        return memory.scales;
    }

    private void multiplyPanel(
            PackedMatrix w, int panel, float[] scales, Rows x, Rows y, int rows, float[] widened) {
        int width = w.panelWidth();
        int atOnce = rows < MANY_ROWS ? BLOCK_FOR_FEW : BLOCK_FOR_MANY;
        if (w.type() == DataType.F32 && rows >= MANY_ROWS) {
            atOnce = BLOCK_AS_STORED;
        }
        int yAt = y.at(0) + panel * PackedMatrix.PANEL;
        for (int input = 0; input < w.inputs(); input += atOnce) {
            int inputs = Math.min(atOnce, w.inputs() - input);
            int from = w.panelOffset(panel) + input * width;
            float[] weights = widened;
            int offset = 0;
            switch (w.type()) {
                case BF16 -> widen(w.halves(), from, inputs * width, widened);
                case F16 -> widenHalfFloats(w.halves(), from, inputs * width, widened);
                case Q8_0 -> {
                    int scalesAt = input / PackedMatrix.GROUP * width;
                    widenQuants(w.quants(), from, width, inputs, scales, scalesAt, widened);
                }
                default -> {
                    weights = w.floats();
                    offset = from;
                }
            }
            multiplyBlock(
                    weights,
                    offset,
                    width,
                    inputs,
                    x.data(),
                    x.at(0) + input,
                    x.stride(),
                    y.data(),
                    yAt,
                    y.stride(),
                    rows);
        }
    }

    @Override
    public final void scores(
            float[] q,
            int qAt,
            int qStride,
            int rows,
            float[] keys,
            int keysOffset,
            int headLength,
            float scale,
            float[] out,
            int outAt,
            int outStride) {
        for (int row = 0; row < rows; row++) {
            int at = outAt + row * outStride;
            Arrays.fill(out, at, at + PAGE, 0f);
        }
        multiplyBlock(
                keys, keysOffset, PAGE, headLength, q, qAt, qStride, out, outAt, outStride, rows);
        for (int row = 0; row < rows; row++) {
            int at = outAt + row * outStride;
            for (int p = at; p < at + PAGE; p++) {
                out[p] *= scale;
            }
        }
    }

    @Override
    public final void mix(
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
            int outStride) {
        multiplyBlock(
                values,
                valuesOffset,
                headLength,
                count,
                weights,
                weightsAt,
                weightsStride,
                out,
                outAt,
                outStride,
                rows);
    }

    /**
     * The product of one row, or few, with a panel without widening it to memory first, where the
     * edition has a way; the chains begin at what {@code y} holds.
     *
     * @param scales of the panel, for Q8_0
     * @return whether it was done
     */
    boolean multiplyInRegisters(
            PackedMatrix w, int panel, float[] scales, Rows x, Rows y, int rows) {
        return false;
    }

    /** A plain loop, which the compiler turns into the processor's own conversion. */
    private static void widenHalfFloats(short[] stored, int from, int count, float[] target) {
        for (int j = 0; j < count; j++) {
            target[j] = Float.float16ToFloat(stored[from + j]);
        }
    }

    @Override
    public void widen(short[] stored, int from, int count, float[] target) {
        for (int j = 0; j < count; j++) {
            target[j] = BrainFloat.toFloat(stored[from + j]);
        }
    }

    /**
     * Widens Q8_0: quant times scale, rounded once.
     *
     * @param quants element (input i, output j) at {@code from + i·width + j}
     * @param width outputs, a multiple of {@value #LANES}
     * @param inputs whole groups of {@link PackedMatrix#GROUP}
     * @param scales of group g and output j at {@code scalesAt + g·width + j}
     * @param target receives elements in the order of the quants
     */
    void widenQuants(
            byte[] quants,
            int from,
            int width,
            int inputs,
            float[] scales,
            int scalesAt,
            float[] target) {
        for (int i = 0; i < inputs; i++) {
            int at = i * width;
            int scale = scalesAt + i / PackedMatrix.GROUP * width;
            for (int j = 0; j < width; j++) {
                target[at + j] = quants[from + at + j] * scales[scale + j];
            }
        }
    }

    /**
     * Continues the chains of rows over a piece of weights in single precision: {@code y[r][j] =
     * fma(x[r][i], w[i][j], y[r][j])} for the inputs in order.
     *
     * @param w element (input i, output j) at {@code offset + i·width + j}
     * @param width outputs
     * @param inputs how many
     * @param x row r at {@code xAt + r·xStride}, from the first input of the piece
     * @param y row r at {@code yAt + r·yStride}, holding the chains so far
     * @param rows number of rows
     */
    abstract void multiplyBlock(
            float[] w,
            int offset,
            int width,
            int inputs,
            float[] x,
            int xAt,
            int xStride,
            float[] y,
            int yAt,
            int yStride,
            int rows);

    /** This thread's sixteen partial sums, set to zero. */
    final float[] partialSums() {
        float[] lanes = scratch.get().partialSums;
        Arrays.fill(lanes, 0f);
        return lanes;
    }

    /** This thread's scratch memory for functions of vectors. */
    final float[] functionScratch() {
        return scratch.get().functions;
    }

    /** The smallest multiple of {@link #LANES} that is not below {@code count}. */
    static int wholeLanes(int count) {
        return (count + LANES - 1) & -LANES;
    }
}
