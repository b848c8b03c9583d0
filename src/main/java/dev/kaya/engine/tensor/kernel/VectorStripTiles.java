package dev.kaya.engine.tensor.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of rows with weights of any width: narrow panels, and pages of keys and values. See
 * {@link VectorPanelTiles} for the rules of a tile.
 */
final class VectorStripTiles {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int VECTOR = SPECIES.length();

    private VectorStripTiles() {}

    /**
     * Continues the chains of a piece.
     *
     * @param w element (input i, output j) at {@code offset + i·width + j}
     * @param width outputs
     * @param x row r at {@code xAt + r·xStride}
     * @param y row r at {@code yAt + r·yStride}
     */
    static void multiply(
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
            int rows) {
        int j = 0;
        for (; j + 2 * VECTOR <= width; j += 2 * VECTOR) {
            int row = 0;
            for (; row + 6 <= rows; row += 6) {
                sixRowsByTwoVectors(
                        w,
                        offset + j,
                        width,
                        inputs,
                        x,
                        xAt + row * xStride,
                        xStride,
                        y,
                        yAt + row * yStride + j,
                        yStride);
            }
            for (; row < rows; row++) {
                oneRowByTwoVectors(
                        w,
                        offset + j,
                        width,
                        inputs,
                        x,
                        xAt + row * xStride,
                        y,
                        yAt + row * yStride + j);
            }
        }
        for (; j + VECTOR <= width; j += VECTOR) {
            for (int row = 0; row < rows; row++) {
                oneRowByOneVector(
                        w,
                        offset + j,
                        width,
                        inputs,
                        x,
                        xAt + row * xStride,
                        y,
                        yAt + row * yStride + j);
            }
        }
        for (; j < width; j++) {
            for (int row = 0; row < rows; row++) {
                int in = xAt + row * xStride;
                float sum = y[yAt + row * yStride + j];
                for (int i = 0; i < inputs; i++) {
                    sum = Math.fma(x[in + i], w[offset + i * width + j], sum);
                }
                y[yAt + row * yStride + j] = sum;
            }
        }
    }

    /** Twelve chains. */
    private static void sixRowsByTwoVectors(
            float[] w,
            int offset,
            int stride,
            int inputs,
            float[] x,
            int xa,
            int xStride,
            float[] y,
            int ya,
            int yStride) {
        int xb = xa + xStride;
        int xc = xb + xStride;
        int xd = xc + xStride;
        int xe = xd + xStride;
        int xf = xe + xStride;
        int yb = ya + yStride;
        int yc = yb + yStride;
        int yd = yc + yStride;
        int ye = yd + yStride;
        int yf = ye + yStride;
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, ya);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, ya + VECTOR);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, yb);
        FloatVector b1 = FloatVector.fromArray(SPECIES, y, yb + VECTOR);
        FloatVector c0 = FloatVector.fromArray(SPECIES, y, yc);
        FloatVector c1 = FloatVector.fromArray(SPECIES, y, yc + VECTOR);
        FloatVector d0 = FloatVector.fromArray(SPECIES, y, yd);
        FloatVector d1 = FloatVector.fromArray(SPECIES, y, yd + VECTOR);
        FloatVector e0 = FloatVector.fromArray(SPECIES, y, ye);
        FloatVector e1 = FloatVector.fromArray(SPECIES, y, ye + VECTOR);
        FloatVector f0 = FloatVector.fromArray(SPECIES, y, yf);
        FloatVector f1 = FloatVector.fromArray(SPECIES, y, yf + VECTOR);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += stride) {
            FloatVector w0 = FloatVector.fromArray(SPECIES, w, at);
            FloatVector w1 = FloatVector.fromArray(SPECIES, w, at + VECTOR);
            FloatVector ina = FloatVector.broadcast(SPECIES, x[xa + i]);
            a0 = ina.fma(w0, a0);
            a1 = ina.fma(w1, a1);
            FloatVector inb = FloatVector.broadcast(SPECIES, x[xb + i]);
            b0 = inb.fma(w0, b0);
            b1 = inb.fma(w1, b1);
            FloatVector inc = FloatVector.broadcast(SPECIES, x[xc + i]);
            c0 = inc.fma(w0, c0);
            c1 = inc.fma(w1, c1);
            FloatVector ind = FloatVector.broadcast(SPECIES, x[xd + i]);
            d0 = ind.fma(w0, d0);
            d1 = ind.fma(w1, d1);
            FloatVector ine = FloatVector.broadcast(SPECIES, x[xe + i]);
            e0 = ine.fma(w0, e0);
            e1 = ine.fma(w1, e1);
            FloatVector inf = FloatVector.broadcast(SPECIES, x[xf + i]);
            f0 = inf.fma(w0, f0);
            f1 = inf.fma(w1, f1);
        }
        a0.intoArray(y, ya);
        a1.intoArray(y, ya + VECTOR);
        b0.intoArray(y, yb);
        b1.intoArray(y, yb + VECTOR);
        c0.intoArray(y, yc);
        c1.intoArray(y, yc + VECTOR);
        d0.intoArray(y, yd);
        d1.intoArray(y, yd + VECTOR);
        e0.intoArray(y, ye);
        e1.intoArray(y, ye + VECTOR);
        f0.intoArray(y, yf);
        f1.intoArray(y, yf + VECTOR);
    }

    /** Two chains. */
    private static void oneRowByTwoVectors(
            float[] w, int offset, int stride, int inputs, float[] x, int xa, float[] y, int ya) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, ya);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, ya + VECTOR);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += stride) {
            FloatVector w0 = FloatVector.fromArray(SPECIES, w, at);
            FloatVector w1 = FloatVector.fromArray(SPECIES, w, at + VECTOR);
            FloatVector ina = FloatVector.broadcast(SPECIES, x[xa + i]);
            a0 = ina.fma(w0, a0);
            a1 = ina.fma(w1, a1);
        }
        a0.intoArray(y, ya);
        a1.intoArray(y, ya + VECTOR);
    }

    /** One chain. */
    private static void oneRowByOneVector(
            float[] w, int offset, int stride, int inputs, float[] x, int xa, float[] y, int ya) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, ya);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += stride) {
            FloatVector w0 = FloatVector.fromArray(SPECIES, w, at);
            FloatVector ina = FloatVector.broadcast(SPECIES, x[xa + i]);
            a0 = ina.fma(w0, a0);
        }
        a0.intoArray(y, ya);
    }
}
