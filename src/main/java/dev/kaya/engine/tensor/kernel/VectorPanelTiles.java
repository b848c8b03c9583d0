package dev.kaya.engine.tensor.kernel;

import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of rows with full panels in single precision: tiles of rows and vectors whose chains
 * stay in registers.
 *
 * <p>A tile names its accumulators one by one and calls no method that takes a vector: one call
 * that the compiler does not inline would move every accumulator to the heap and cost a factor of
 * ten. The stride of a full panel is a constant, so that bounds checks move out of the loops, worth
 * a tenth. Which tile computes a row changes no bit: every output is one chain over the inputs.
 */
final class VectorPanelTiles {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int VECTOR = SPECIES.length();

    /** Processors with 512-bit vectors have 32 registers; others may have 16. */
    private static final boolean MANY_REGISTERS = VECTOR == 16;

    private VectorPanelTiles() {}

    /**
     * Continues the chains of a piece of a full panel.
     *
     * @param w element (input i, output j) at {@code offset + 64·i + j}
     * @param inputs how many
     * @param block the rows, and where their chains are taken from and left
     * @param input the first of the piece
     */
    static void multiply(float[] w, int offset, int inputs, RowBlock block, int input) {
        int row = 0;
        while (row < block.rows) {
            int height = height(block.rows - row);
            if (MANY_REGISTERS && height >= 4) {
                tallTile(height, w, offset, inputs, block, input, row);
            } else {
                block.carry(row, height, PANEL);
                tile(
                        height,
                        w,
                        offset,
                        inputs,
                        block.x,
                        block.xAt + input + row * block.xStride,
                        block.xStride,
                        block.y,
                        block.yAt + row * block.yStride,
                        block.yStride);
            }
            row += height;
        }
    }

    /** Eight rows are two tiles of four rather than six and a slow two. */
    private static int height(int left) {
        if (left >= 6 && !(left == 8 && MANY_REGISTERS)) {
            return 6;
        }
        if (left >= 4 && MANY_REGISTERS) {
            return 4;
        }
        return left >= 2 ? 2 : 1;
    }

    /** One vector is sixteen outputs here, so that a tile is as wide as the panel. */
    private static void tallTile(
            int height, float[] w, int offset, int inputs, RowBlock block, int input, int row) {
        int xa = block.xAt + input + row * block.xStride;
        int fa = block.fromAt + row * block.fromStride;
        int ya = block.yAt + row * block.yStride;
        if (height == 6) {
            sixRowsByFourVectors(
                    w,
                    offset,
                    inputs,
                    block.x,
                    xa,
                    block.xStride,
                    block.from,
                    fa,
                    block.fromStride,
                    block.y,
                    ya,
                    block.yStride);
        } else {
            fourRowsByFourVectors(
                    w,
                    offset,
                    inputs,
                    block.x,
                    xa,
                    block.xStride,
                    block.from,
                    fa,
                    block.fromStride,
                    block.y,
                    ya,
                    block.yStride);
        }
    }

    private static void tile(
            int height,
            float[] w,
            int offset,
            int inputs,
            float[] x,
            int xa,
            int xStride,
            float[] y,
            int ya,
            int yStride) {
        if (height == 6) {
            VectorStripTiles.multiply(
                    w, offset, PANEL, inputs, x, xa, xStride, y, ya, yStride, height);
            return;
        }
        for (int j = 0; j < PANEL; j += 4 * VECTOR) {
            if (height == 2) {
                twoRowsByFourVectors(w, offset + j, inputs, x, xa, xStride, y, ya + j, yStride);
            } else {
                oneRowByFourVectors(w, offset + j, inputs, x, xa, y, ya + j);
            }
        }
    }

    /** Twenty-four chains: for 32 registers. */
    private static void sixRowsByFourVectors(
            float[] w,
            int offset,
            int inputs,
            float[] x,
            int xa,
            int xStride,
            float[] from,
            int fa,
            int fStride,
            float[] y,
            int ya,
            int yStride) {
        int xb = xa + xStride;
        int xc = xb + xStride;
        int xd = xc + xStride;
        int xe = xd + xStride;
        int xf = xe + xStride;
        int fb = fa + fStride;
        int fc = fb + fStride;
        int fd = fc + fStride;
        int fe = fd + fStride;
        int ff = fe + fStride;
        int yb = ya + yStride;
        int yc = yb + yStride;
        int yd = yc + yStride;
        int ye = yd + yStride;
        int yf = ye + yStride;
        FloatVector a0 = FloatVector.fromArray(SPECIES, from, fa);
        FloatVector a1 = FloatVector.fromArray(SPECIES, from, fa + VECTOR);
        FloatVector a2 = FloatVector.fromArray(SPECIES, from, fa + 2 * VECTOR);
        FloatVector a3 = FloatVector.fromArray(SPECIES, from, fa + 3 * VECTOR);
        FloatVector b0 = FloatVector.fromArray(SPECIES, from, fb);
        FloatVector b1 = FloatVector.fromArray(SPECIES, from, fb + VECTOR);
        FloatVector b2 = FloatVector.fromArray(SPECIES, from, fb + 2 * VECTOR);
        FloatVector b3 = FloatVector.fromArray(SPECIES, from, fb + 3 * VECTOR);
        FloatVector c0 = FloatVector.fromArray(SPECIES, from, fc);
        FloatVector c1 = FloatVector.fromArray(SPECIES, from, fc + VECTOR);
        FloatVector c2 = FloatVector.fromArray(SPECIES, from, fc + 2 * VECTOR);
        FloatVector c3 = FloatVector.fromArray(SPECIES, from, fc + 3 * VECTOR);
        FloatVector d0 = FloatVector.fromArray(SPECIES, from, fd);
        FloatVector d1 = FloatVector.fromArray(SPECIES, from, fd + VECTOR);
        FloatVector d2 = FloatVector.fromArray(SPECIES, from, fd + 2 * VECTOR);
        FloatVector d3 = FloatVector.fromArray(SPECIES, from, fd + 3 * VECTOR);
        FloatVector e0 = FloatVector.fromArray(SPECIES, from, fe);
        FloatVector e1 = FloatVector.fromArray(SPECIES, from, fe + VECTOR);
        FloatVector e2 = FloatVector.fromArray(SPECIES, from, fe + 2 * VECTOR);
        FloatVector e3 = FloatVector.fromArray(SPECIES, from, fe + 3 * VECTOR);
        FloatVector f0 = FloatVector.fromArray(SPECIES, from, ff);
        FloatVector f1 = FloatVector.fromArray(SPECIES, from, ff + VECTOR);
        FloatVector f2 = FloatVector.fromArray(SPECIES, from, ff + 2 * VECTOR);
        FloatVector f3 = FloatVector.fromArray(SPECIES, from, ff + 3 * VECTOR);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += PANEL) {
            FloatVector w0 = FloatVector.fromArray(SPECIES, w, at);
            FloatVector w1 = FloatVector.fromArray(SPECIES, w, at + VECTOR);
            FloatVector w2 = FloatVector.fromArray(SPECIES, w, at + 2 * VECTOR);
            FloatVector w3 = FloatVector.fromArray(SPECIES, w, at + 3 * VECTOR);
            FloatVector ina = FloatVector.broadcast(SPECIES, x[xa + i]);
            a0 = ina.fma(w0, a0);
            a1 = ina.fma(w1, a1);
            a2 = ina.fma(w2, a2);
            a3 = ina.fma(w3, a3);
            FloatVector inb = FloatVector.broadcast(SPECIES, x[xb + i]);
            b0 = inb.fma(w0, b0);
            b1 = inb.fma(w1, b1);
            b2 = inb.fma(w2, b2);
            b3 = inb.fma(w3, b3);
            FloatVector inc = FloatVector.broadcast(SPECIES, x[xc + i]);
            c0 = inc.fma(w0, c0);
            c1 = inc.fma(w1, c1);
            c2 = inc.fma(w2, c2);
            c3 = inc.fma(w3, c3);
            FloatVector ind = FloatVector.broadcast(SPECIES, x[xd + i]);
            d0 = ind.fma(w0, d0);
            d1 = ind.fma(w1, d1);
            d2 = ind.fma(w2, d2);
            d3 = ind.fma(w3, d3);
            FloatVector ine = FloatVector.broadcast(SPECIES, x[xe + i]);
            e0 = ine.fma(w0, e0);
            e1 = ine.fma(w1, e1);
            e2 = ine.fma(w2, e2);
            e3 = ine.fma(w3, e3);
            FloatVector inf = FloatVector.broadcast(SPECIES, x[xf + i]);
            f0 = inf.fma(w0, f0);
            f1 = inf.fma(w1, f1);
            f2 = inf.fma(w2, f2);
            f3 = inf.fma(w3, f3);
        }
        a0.intoArray(y, ya);
        a1.intoArray(y, ya + VECTOR);
        a2.intoArray(y, ya + 2 * VECTOR);
        a3.intoArray(y, ya + 3 * VECTOR);
        b0.intoArray(y, yb);
        b1.intoArray(y, yb + VECTOR);
        b2.intoArray(y, yb + 2 * VECTOR);
        b3.intoArray(y, yb + 3 * VECTOR);
        c0.intoArray(y, yc);
        c1.intoArray(y, yc + VECTOR);
        c2.intoArray(y, yc + 2 * VECTOR);
        c3.intoArray(y, yc + 3 * VECTOR);
        d0.intoArray(y, yd);
        d1.intoArray(y, yd + VECTOR);
        d2.intoArray(y, yd + 2 * VECTOR);
        d3.intoArray(y, yd + 3 * VECTOR);
        e0.intoArray(y, ye);
        e1.intoArray(y, ye + VECTOR);
        e2.intoArray(y, ye + 2 * VECTOR);
        e3.intoArray(y, ye + 3 * VECTOR);
        f0.intoArray(y, yf);
        f1.intoArray(y, yf + VECTOR);
        f2.intoArray(y, yf + 2 * VECTOR);
        f3.intoArray(y, yf + 3 * VECTOR);
    }

    /** Sixteen chains: for 32 registers, where six rows would leave two over. */
    private static void fourRowsByFourVectors(
            float[] w,
            int offset,
            int inputs,
            float[] x,
            int xa,
            int xStride,
            float[] from,
            int fa,
            int fStride,
            float[] y,
            int ya,
            int yStride) {
        int xb = xa + xStride;
        int xc = xb + xStride;
        int xd = xc + xStride;
        int fb = fa + fStride;
        int fc = fb + fStride;
        int fd = fc + fStride;
        int yb = ya + yStride;
        int yc = yb + yStride;
        int yd = yc + yStride;
        FloatVector a0 = FloatVector.fromArray(SPECIES, from, fa);
        FloatVector a1 = FloatVector.fromArray(SPECIES, from, fa + VECTOR);
        FloatVector a2 = FloatVector.fromArray(SPECIES, from, fa + 2 * VECTOR);
        FloatVector a3 = FloatVector.fromArray(SPECIES, from, fa + 3 * VECTOR);
        FloatVector b0 = FloatVector.fromArray(SPECIES, from, fb);
        FloatVector b1 = FloatVector.fromArray(SPECIES, from, fb + VECTOR);
        FloatVector b2 = FloatVector.fromArray(SPECIES, from, fb + 2 * VECTOR);
        FloatVector b3 = FloatVector.fromArray(SPECIES, from, fb + 3 * VECTOR);
        FloatVector c0 = FloatVector.fromArray(SPECIES, from, fc);
        FloatVector c1 = FloatVector.fromArray(SPECIES, from, fc + VECTOR);
        FloatVector c2 = FloatVector.fromArray(SPECIES, from, fc + 2 * VECTOR);
        FloatVector c3 = FloatVector.fromArray(SPECIES, from, fc + 3 * VECTOR);
        FloatVector d0 = FloatVector.fromArray(SPECIES, from, fd);
        FloatVector d1 = FloatVector.fromArray(SPECIES, from, fd + VECTOR);
        FloatVector d2 = FloatVector.fromArray(SPECIES, from, fd + 2 * VECTOR);
        FloatVector d3 = FloatVector.fromArray(SPECIES, from, fd + 3 * VECTOR);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += PANEL) {
            FloatVector w0 = FloatVector.fromArray(SPECIES, w, at);
            FloatVector w1 = FloatVector.fromArray(SPECIES, w, at + VECTOR);
            FloatVector w2 = FloatVector.fromArray(SPECIES, w, at + 2 * VECTOR);
            FloatVector w3 = FloatVector.fromArray(SPECIES, w, at + 3 * VECTOR);
            FloatVector ina = FloatVector.broadcast(SPECIES, x[xa + i]);
            a0 = ina.fma(w0, a0);
            a1 = ina.fma(w1, a1);
            a2 = ina.fma(w2, a2);
            a3 = ina.fma(w3, a3);
            FloatVector inb = FloatVector.broadcast(SPECIES, x[xb + i]);
            b0 = inb.fma(w0, b0);
            b1 = inb.fma(w1, b1);
            b2 = inb.fma(w2, b2);
            b3 = inb.fma(w3, b3);
            FloatVector inc = FloatVector.broadcast(SPECIES, x[xc + i]);
            c0 = inc.fma(w0, c0);
            c1 = inc.fma(w1, c1);
            c2 = inc.fma(w2, c2);
            c3 = inc.fma(w3, c3);
            FloatVector ind = FloatVector.broadcast(SPECIES, x[xd + i]);
            d0 = ind.fma(w0, d0);
            d1 = ind.fma(w1, d1);
            d2 = ind.fma(w2, d2);
            d3 = ind.fma(w3, d3);
        }
        a0.intoArray(y, ya);
        a1.intoArray(y, ya + VECTOR);
        a2.intoArray(y, ya + 2 * VECTOR);
        a3.intoArray(y, ya + 3 * VECTOR);
        b0.intoArray(y, yb);
        b1.intoArray(y, yb + VECTOR);
        b2.intoArray(y, yb + 2 * VECTOR);
        b3.intoArray(y, yb + 3 * VECTOR);
        c0.intoArray(y, yc);
        c1.intoArray(y, yc + VECTOR);
        c2.intoArray(y, yc + 2 * VECTOR);
        c3.intoArray(y, yc + 3 * VECTOR);
        d0.intoArray(y, yd);
        d1.intoArray(y, yd + VECTOR);
        d2.intoArray(y, yd + 2 * VECTOR);
        d3.intoArray(y, yd + 3 * VECTOR);
    }

    /** Eight chains. */
    private static void twoRowsByFourVectors(
            float[] w,
            int offset,
            int inputs,
            float[] x,
            int xa,
            int xStride,
            float[] y,
            int ya,
            int yStride) {
        int xb = xa + xStride;
        int yb = ya + yStride;
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, ya);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, ya + VECTOR);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, ya + 2 * VECTOR);
        FloatVector a3 = FloatVector.fromArray(SPECIES, y, ya + 3 * VECTOR);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, yb);
        FloatVector b1 = FloatVector.fromArray(SPECIES, y, yb + VECTOR);
        FloatVector b2 = FloatVector.fromArray(SPECIES, y, yb + 2 * VECTOR);
        FloatVector b3 = FloatVector.fromArray(SPECIES, y, yb + 3 * VECTOR);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += PANEL) {
            FloatVector w0 = FloatVector.fromArray(SPECIES, w, at);
            FloatVector w1 = FloatVector.fromArray(SPECIES, w, at + VECTOR);
            FloatVector w2 = FloatVector.fromArray(SPECIES, w, at + 2 * VECTOR);
            FloatVector w3 = FloatVector.fromArray(SPECIES, w, at + 3 * VECTOR);
            FloatVector ina = FloatVector.broadcast(SPECIES, x[xa + i]);
            a0 = ina.fma(w0, a0);
            a1 = ina.fma(w1, a1);
            a2 = ina.fma(w2, a2);
            a3 = ina.fma(w3, a3);
            FloatVector inb = FloatVector.broadcast(SPECIES, x[xb + i]);
            b0 = inb.fma(w0, b0);
            b1 = inb.fma(w1, b1);
            b2 = inb.fma(w2, b2);
            b3 = inb.fma(w3, b3);
        }
        a0.intoArray(y, ya);
        a1.intoArray(y, ya + VECTOR);
        a2.intoArray(y, ya + 2 * VECTOR);
        a3.intoArray(y, ya + 3 * VECTOR);
        b0.intoArray(y, yb);
        b1.intoArray(y, yb + VECTOR);
        b2.intoArray(y, yb + 2 * VECTOR);
        b3.intoArray(y, yb + 3 * VECTOR);
    }

    /** One row: limited by reading the weights. */
    private static void oneRowByFourVectors(
            float[] w, int offset, int inputs, float[] x, int xa, float[] y, int ya) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, ya);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, ya + VECTOR);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, ya + 2 * VECTOR);
        FloatVector a3 = FloatVector.fromArray(SPECIES, y, ya + 3 * VECTOR);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += PANEL) {
            FloatVector w0 = FloatVector.fromArray(SPECIES, w, at);
            FloatVector w1 = FloatVector.fromArray(SPECIES, w, at + VECTOR);
            FloatVector w2 = FloatVector.fromArray(SPECIES, w, at + 2 * VECTOR);
            FloatVector w3 = FloatVector.fromArray(SPECIES, w, at + 3 * VECTOR);
            FloatVector ina = FloatVector.broadcast(SPECIES, x[xa + i]);
            a0 = ina.fma(w0, a0);
            a1 = ina.fma(w1, a1);
            a2 = ina.fma(w2, a2);
            a3 = ina.fma(w3, a3);
        }
        a0.intoArray(y, ya);
        a1.intoArray(y, ya + VECTOR);
        a2.intoArray(y, ya + 2 * VECTOR);
        a3.intoArray(y, ya + 3 * VECTOR);
    }
}
