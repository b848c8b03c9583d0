package dev.kaya.engine.tensor.kernel;

import dev.kaya.engine.tensor.matrix.BrainFloat;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.FloatPanels;
import dev.kaya.engine.tensor.matrix.HalfPanels;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.QuantFormat;
import dev.kaya.engine.tensor.matrix.QuantPanels;
import dev.kaya.engine.tensor.matrix.Rows;
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

    /** Many rows: the longer a block, the less often chains go to memory; 32 KiB stay near. */
    private static final int BLOCK_FOR_MANY = 128;

    /** Many rows: what 256 of them have of 768 inputs stays in a second-level cache. */
    private static final int INPUTS_AT_ONCE = 768;

    private static final int MANY_ROWS = 24;

    private static final float[] ZEROS = new float[Math.max(PackedMatrix.PANEL, PAGE)];

    /** Elements of {@link #functionScratch}. */
    static final int FUNCTION_SCRATCH = 256;

    /** Memory of one thread. Kernels are shared by all, so that it cannot belong to them. */
    private static final class Scratch {
        private final float[] widened = new float[BLOCK_FOR_MANY * PackedMatrix.PANEL];
        private final float[] partialSums = new float[LANES];
        private final float[] functions = new float[FUNCTION_SCRATCH];
        private final QuantPiece piece = new QuantPiece();
        private final RowBlock block = new RowBlock();
        private final ReadAhead ahead = new ReadAhead();
        private final PanelSums sums = new PanelSums();
    }

    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

    @Override
    public final void multiply(
            PackedMatrix w, float[] bias, Rows x, Rows y, int rows, int firstPanel, int endPanel) {
        assert bias.length == 0 || bias.length == PackedMatrix.padded(w.outputs()) : bias.length;
        assert y.stride() >= PackedMatrix.padded(w.outputs()) : y.stride();
        Scratch memory = scratch.get();
        boolean many = rows >= MANY_ROWS && w.panelWidth() == PackedMatrix.PANEL;
        int together = many ? PanelSums.PANELS : 1;
        int inputsAtOnce = many ? INPUTS_AT_ONCE : w.inputs();
        for (int panel = firstPanel; panel < endPanel; panel += together) {
            int panels = Math.min(together, endPanel - panel);
            multiplyTogether(w, bias, x, y, rows, panel, panels, inputsAtOnce, memory);
        }
    }

    /**
     * The chains of a panel, or of a few that take turns over the inputs, stand close together
     * meanwhile, so that what is read again and again stays in near caches, and apart from those of
     * other threads: results of neighbouring panels share cache lines, and processors that write to
     * one line take it from each other every time. The first block of inputs takes the chains from
     * the bias, and the last leaves them in the result, which is mostly far away: so it is written
     * while there is something to compute.
     */
    private void multiplyTogether(
            PackedMatrix w,
            float[] bias,
            Rows x,
            Rows y,
            int rows,
            int firstPanel,
            int panels,
            int inputsAtOnce,
            Scratch memory) {
        RowBlock block = memory.block;
        float[] sums = memory.sums.data;
        int atOnce = PanelSums.rowsAtOnce(rows);
        for (int row = 0; row < rows; row += atOnce) {
            block.take(x, row, Math.min(atOnce, rows - row));
            for (int input = 0; input < w.inputs(); input += inputsAtOnce) {
                int end = Math.min(w.inputs(), input + inputsAtOnce);
                for (int k = 0; k < panels; k++) {
                    int output = (firstPanel + k) * PackedMatrix.PANEL;
                    block.into(sums, PanelSums.at(k), PanelSums.STRIDE);
                    block.beginAt(
                            bias.length == 0 ? ZEROS : bias, bias.length == 0 ? 0 : output, 0);
                    block.endAt(y.data(), y.at(row) + output, y.stride());
                    multiply(w, firstPanel + k, input, end, memory);
                }
            }
        }
    }

    /** Continues the chains of a block of rows over a range of a panel's inputs. */
    private void multiply(PackedMatrix w, int panel, int from, int to, Scratch memory) {
        switch (w.panel(panel)) {
            case FloatPanels floats -> multiplyFloats(floats, panel, from, to, memory);
            case HalfPanels halves -> multiplyHalves(halves, panel, from, to, memory);
            case QuantPanels quants -> multiplyQuants(quants, panel, from, to, memory);
        }
    }

    private void multiplyFloats(FloatPanels w, int panel, int from, int to, Scratch memory) {
        RowBlock block = memory.block;
        int atOnce = blockFor(block.rows);
        for (int input = from; input < to; input += atOnce) {
            int inputs = Math.min(atOnce, to - input);
            int offset = w.offset(panel) + input * w.width();
            memory.ahead.start(w.elements(), offset, inputs * w.width());
            block.pass(input == 0, input + inputs == w.inputs());
            multiplyBlock(w.elements(), offset, w.width(), inputs, block, input);
        }
    }

    private void multiplyHalves(HalfPanels w, int panel, int from, int to, Scratch memory) {
        RowBlock block = memory.block;
        if (block.rows == 1 && multiplyInRegisters(w, panel, block)) {
            return;
        }
        int atOnce = blockFor(block.rows);
        float[] widened = memory.widened;
        for (int input = from; input < to; input += atOnce) {
            int inputs = Math.min(atOnce, to - input);
            int at = w.offset(panel) + input * w.width();
            if (w.type() == DataType.BF16) {
                widen(w.elements(), at, inputs * w.width(), widened);
            } else {
                widenHalfFloats(w.elements(), at, inputs * w.width(), widened);
            }
            block.pass(input == 0, input + inputs == w.inputs());
            multiplyBlock(widened, 0, w.width(), inputs, block, input);
        }
    }

    private void multiplyQuants(QuantPanels w, int panel, int from, int to, Scratch memory) {
        RowBlock block = memory.block;
        QuantPiece piece = memory.piece;
        boolean inRegisters = w.width() == PackedMatrix.PANEL && multipliesInRegisters(block.rows);
        int atOnce = inRegisters ? QuantPiece.MOST_INPUTS : blockFor(block.rows);
        if (inRegisters) {
            block.enter(PackedMatrix.PANEL);
        }
        for (int input = from; input < to; input += atOnce) {
            piece.fill(w, panel, input, Math.min(atOnce, to - input), this);
            if (!asksAhead(block.rows, w.format())) {
                memory.ahead.readAll(piece.quants, piece.quantsAt, piece.bytes());
            } else if (block.rows > 1) {
                memory.ahead.start(piece.quants, piece.quantsAt, piece.bytes());
            } else if (input == 0) {
                int bytes = Math.min(VectorPrefetch.BYTES_AHEAD, piece.bytes());
                memory.ahead.readAll(piece.quants, piece.quantsAt, bytes);
            }
            if (inRegisters) {
                multiplyInRegisters(piece, block, input);
            } else {
                widenQuants(piece, w.width(), memory.widened);
                block.pass(input == 0, input + piece.inputs == w.inputs());
                multiplyBlock(memory.widened, 0, w.width(), piece.inputs, block, input);
            }
        }
        if (inRegisters) {
            block.leave(PackedMatrix.PANEL);
        }
    }

    private static int blockFor(int rows) {
        return rows < MANY_ROWS ? BLOCK_FOR_FEW : BLOCK_FOR_MANY;
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
            float[] out,
            int outAt,
            int outStride) {
        Scratch memory = scratch.get();
        memory.ahead.start(keys, keysOffset, headLength * PAGE);
        RowBlock block = memory.block;
        block.take(q, qAt, qStride, rows);
        block.into(out, outAt, outStride);
        block.beginAt(ZEROS, 0, 0);
        block.pass(true, true);
        multiplyBlock(keys, keysOffset, PAGE, headLength, block, 0);
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
        Scratch memory = scratch.get();
        memory.ahead.start(values, valuesOffset, count * headLength);
        RowBlock block = memory.block;
        block.take(weights, weightsAt, weightsStride, rows);
        block.into(out, outAt, outStride);
        multiplyBlock(values, valuesOffset, headLength, count, block, 0);
    }

    /**
     * The product of one row with a full panel without widening it to memory first, where the
     * edition has a way; the chains go on from what the block holds.
     *
     * @return whether it was done
     */
    boolean multiplyInRegisters(HalfPanels w, int panel, RowBlock row) {
        return false;
    }

    /** Whether the edition has {@link #multiplyInRegisters} for so many rows and quants. */
    boolean multipliesInRegisters(int rows) {
        return false;
    }

    /** Whether products of quants ask for what they will need without waiting for it. */
    boolean asksAhead(int rows, QuantFormat format) {
        return false;
    }

    /**
     * The product of a few rows with a piece of a full panel without widening it to memory first;
     * the chains go on from what the block holds.
     *
     * @param input the first of the piece
     */
    void multiplyInRegisters(QuantPiece w, RowBlock block, int input) {
        throw new AssertionError(block.rows + " rows");
    }

    /** A plain loop, which the compiler turns into the processor's own conversion. */
    static void widenHalfFloats(short[] stored, int from, int count, float[] target) {
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
     * Multiplies rows of 64 signed bytes, in the order of quants, by numbers in the order of
     * outputs; see {@link QuantPanels}.
     *
     * @param rowsOfNumber how many rows have the same 64 numbers
     * @param target receives rows in the order of outputs
     */
    void widenRows(
            byte[] factors, int from, int rows, int rowsOfNumber, float[] numbers, float[] target) {
        for (int row = 0; row < rows; row++) {
            int at = row * PackedMatrix.PANEL;
            int number = row / rowsOfNumber * PackedMatrix.PANEL;
            for (int j = 0; j < PackedMatrix.PANEL; j++) {
                target[at + j] = numbers[number + j] * factors[from + at + QuantPanels.place(j)];
            }
        }
    }

    /**
     * Widens quants: {@code fma(quant, scale, offset)}.
     *
     * @param width outputs, a multiple of {@value #LANES}
     * @param target receives element (input i, output j) at {@code i·width + j}
     */
    void widenQuants(QuantPiece w, int width, float[] target) {
        for (int i = 0; i < w.inputs; i++) {
            int group = i / w.format.group() * PackedMatrix.PANEL;
            for (int j = 0; j < width; j++) {
                target[i * width + j] =
                        Math.fma(w.quant(i, j), w.scales[group + j], w.offsets[group + j]);
            }
        }
    }

    /**
     * Continues the chains of rows over a piece of weights in single precision: {@code y[r][j] =
     * fma(x[r][i], w[i][j], y[r][j])} for the inputs in order, beginning at {@code from[r][j]}.
     *
     * @param w element (input i, output j) at {@code offset + i·width + j}
     * @param width outputs
     * @param inputs how many
     * @param block the rows x, and where their chains are taken from and left
     * @param input the first of the piece
     */
    abstract void multiplyBlock(
            float[] w, int offset, int width, int inputs, RowBlock block, int input);

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
