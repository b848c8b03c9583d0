package dev.kaya.engine.tensor.kernel;

import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.QuantFormat;
import dev.kaya.engine.tensor.matrix.QuantPanels;

/**
 * A run of inputs of one quantised panel as kernels want it: where its quants stand, and scale and
 * offset of every group in single precision. Memory of one thread, filled again and again.
 */
final class QuantPiece {

    /** The longest run: 16 KiB of quants, and half as much of scales and offsets, stay near. */
    static final int MOST_INPUTS = 256;

    private static final int SHORTEST_GROUP = 16;

    /** Of group g and output j at {@code 64·g + j}. */
    final float[] scales = new float[MOST_INPUTS / SHORTEST_GROUP * PANEL];

    /** Likewise. */
    final float[] offsets = new float[MOST_INPUTS / SHORTEST_GROUP * PANEL];

    /**
     * Room for quants as whole bytes, in rows as {@link QuantPanels} has them, and as much more as
     * kernels look ahead.
     */
    final byte[] whole = new byte[MOST_INPUTS * PANEL + QuantPanels.SLACK];

    QuantFormat format = QuantFormat.of(DataType.Q8_0);
    int inputs;

    /** As {@link QuantPanels} has them, or as whole bytes in {@link #whole}. */
    byte[] quants = whole;

    int quantsAt;

    /** The last row of quants from which a kernel may ask ahead: the line there ends the panel. */
    int lastAsk;

    private final float[] ofBlocks = new float[MOST_INPUTS / QuantFormat.LONGEST_BLOCK * PANEL];

    /**
     * Takes a run of inputs.
     *
     * @param input the first; a multiple of {@code count}
     * @param count how many; whole groups, and whole blocks or a part of one
     * @param kernels who widens
     */
    void fill(QuantPanels w, int panel, int input, int count, PanelKernels kernels) {
        format = w.format();
        quants = w.quants();
        quantsAt = w.quantsAt(panel, input);
        lastAsk = w.quantsAt(panel, w.inputs()) - PANEL - VectorPrefetch.BYTES_AHEAD;
        inputs = count;
        widen(w, w.scales(), w.groupScales(), panel, input, scales, kernels);
        if (format.hasMinimum()) {
            widen(w, w.minimums(), w.groupMinimums(), panel, input, offsets, kernels);
        } else {
            multiply(scales, -format.zero(), count / format.group() * PANEL, offsets);
        }
    }

    private void widen(
            QuantPanels w,
            short[] halves,
            byte[] factors,
            int panel,
            int input,
            float[] target,
            PanelKernels kernels) {
        int from = w.blockAt(panel, input);
        int blocks = Math.ceilDiv(inputs, format.block());
        if (format.hasGroupScales()) {
            PanelKernels.widenHalfFloats(halves, from, blocks * PANEL, ofBlocks);
            int groupsOfBlock = format.block() / format.group();
            int first = w.groupAt(panel, input);
            kernels.widenRows(
                    factors, first, inputs / format.group(), groupsOfBlock, ofBlocks, target);
        } else {
            PanelKernels.widenHalfFloats(halves, from, blocks * PANEL, target);
        }
    }

    private static void multiply(float[] x, float factor, int count, float[] target) {
        for (int i = 0; i < count; i++) {
            target[i] = factor * x[i];
        }
    }

    /** Bytes of the quants, as long as they are where {@link #fill} found them. */
    int bytes() {
        return inputs / 8 * format.bits() * PANEL;
    }

    /** The quant of one element. */
    int quant(int input, int output) {
        int row = input / 4 * format.rowsOfFour() * PANEL;
        return format.quant(quants, quantsAt + row + QuantPanels.place(output), input % 4);
    }
}
