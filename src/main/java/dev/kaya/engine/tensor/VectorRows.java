package dev.kaya.engine.tensor;

import static dev.kaya.engine.tensor.PackedMatrix.GROUP;
import static dev.kaya.engine.tensor.PackedMatrix.PANEL;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Stored types by vectors: widening of blocks to memory, and the product of one row with a full
 * panel that widens in registers, which decoding one sequence lives on. See {@link
 * VectorPanelTiles} for the rules of such a loop.
 */
final class VectorRows {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int VECTOR = SPECIES.length();
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));

    /** Whether there are vectors of as many bytes as a vector has floats: not for four. */
    static final boolean QUANTS = VECTOR >= 8;

    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(
                    byte.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 4)));

    /** See {@link VectorPanelTiles}. */
    private static final boolean MANY_REGISTERS = VECTOR == 16;

    private static final int MOST_ROWS = 12;

    private VectorRows() {}

    /** See {@link PanelKernels#multiplyInRegisters}; one row. */
    static boolean multiply(
            PackedMatrix w, int panel, float[] scales, float[] x, int xAt, float[] y, int yAt) {
        int from = w.panelOffset(panel);
        int inputs = w.inputs();
        switch (w.type()) {
            case F32 ->
                    VectorPanelTiles.multiply(w.floats(), from, inputs, x, xAt, 0, y, yAt, 0, 1);
            case BF16 -> {
                for (int j = 0; j < PANEL; j += 4 * VECTOR) {
                    multiplyBrainFloats(w.halves(), from + j, inputs, x, xAt, y, yAt + j);
                }
            }
            case Q8_0 -> {
                if (!QUANTS) {
                    return false;
                }
                for (int j = 0; j < PANEL; j += 4 * VECTOR) {
                    multiplyQuants(w.quants(), from + j, inputs, scales, j, x, xAt, y, yAt + j);
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /**
     * The same for few rows of Q8_0. From four rows on widening pays for itself in registers, up to
     * where doing it again for every four rows costs more than doing it once to memory.
     */
    static boolean multiplyFew(
            PackedMatrix w, int panel, float[] scales, Rows x, Rows y, int rows) {
        if (!MANY_REGISTERS || rows < 4 || rows > MOST_ROWS) {
            return false;
        }
        int from = w.panelOffset(panel);
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
            multiplyQuantsByFourRows(
                    w.quants(),
                    from,
                    w.inputs(),
                    scales,
                    x.data(),
                    x.at(row),
                    x.stride(),
                    y.data(),
                    y.at(row) + panel * PANEL,
                    y.stride());
        }
        for (; row < rows; row++) {
            int yAt = y.at(row) + panel * PANEL;
            multiplyQuants(
                    w.quants(), from, w.inputs(), scales, 0, x.data(), x.at(row), y.data(), yAt);
        }
        return true;
    }

    private static void multiplyBrainFloats(
            short[] w, int offset, int inputs, float[] x, int xAt, float[] y, int yAt) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, yAt);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, yAt + VECTOR);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, yAt + 2 * VECTOR);
        FloatVector a3 = FloatVector.fromArray(SPECIES, y, yAt + 3 * VECTOR);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += PANEL) {
            FloatVector in = FloatVector.broadcast(SPECIES, x[xAt + i]);
            a0 = in.fma(brainFloats(w, at), a0);
            a1 = in.fma(brainFloats(w, at + VECTOR), a1);
            a2 = in.fma(brainFloats(w, at + 2 * VECTOR), a2);
            a3 = in.fma(brainFloats(w, at + 3 * VECTOR), a3);
        }
        a0.intoArray(y, yAt);
        a1.intoArray(y, yAt + VECTOR);
        a2.intoArray(y, yAt + 2 * VECTOR);
        a3.intoArray(y, yAt + 3 * VECTOR);
    }

    private static void multiplyQuants(
            byte[] w,
            int offset,
            int inputs,
            float[] scales,
            int scalesOffset,
            float[] x,
            int xAt,
            float[] y,
            int yAt) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, yAt);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, yAt + VECTOR);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, yAt + 2 * VECTOR);
        FloatVector a3 = FloatVector.fromArray(SPECIES, y, yAt + 3 * VECTOR);
        int at = offset;
        int scale = scalesOffset;
        for (int group = 0; group < inputs; group += GROUP, scale += PANEL) {
            FloatVector s0 = FloatVector.fromArray(SPECIES, scales, scale);
            FloatVector s1 = FloatVector.fromArray(SPECIES, scales, scale + VECTOR);
            FloatVector s2 = FloatVector.fromArray(SPECIES, scales, scale + 2 * VECTOR);
            FloatVector s3 = FloatVector.fromArray(SPECIES, scales, scale + 3 * VECTOR);
            for (int i = group; i < group + GROUP; i++, at += PANEL) {
                FloatVector in = FloatVector.broadcast(SPECIES, x[xAt + i]);
                a0 = in.fma(quants(w, at).mul(s0), a0);
                a1 = in.fma(quants(w, at + VECTOR).mul(s1), a1);
                a2 = in.fma(quants(w, at + 2 * VECTOR).mul(s2), a2);
                a3 = in.fma(quants(w, at + 3 * VECTOR).mul(s3), a3);
            }
        }
        a0.intoArray(y, yAt);
        a1.intoArray(y, yAt + VECTOR);
        a2.intoArray(y, yAt + 2 * VECTOR);
        a3.intoArray(y, yAt + 3 * VECTOR);
    }

    /** Sixteen chains; see {@link #multiplyQuants}. */
    private static void multiplyQuantsByFourRows(
            byte[] w,
            int offset,
            int inputs,
            float[] scales,
            float[] x,
            int xa,
            int xStride,
            float[] y,
            int ya,
            int yStride) {
        int xb = xa + xStride;
        int xc = xb + xStride;
        int xd = xc + xStride;
        int yb = ya + yStride;
        int yc = yb + yStride;
        int yd = yc + yStride;
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, ya);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, ya + VECTOR);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, ya + 2 * VECTOR);
        FloatVector a3 = FloatVector.fromArray(SPECIES, y, ya + 3 * VECTOR);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, yb);
        FloatVector b1 = FloatVector.fromArray(SPECIES, y, yb + VECTOR);
        FloatVector b2 = FloatVector.fromArray(SPECIES, y, yb + 2 * VECTOR);
        FloatVector b3 = FloatVector.fromArray(SPECIES, y, yb + 3 * VECTOR);
        FloatVector c0 = FloatVector.fromArray(SPECIES, y, yc);
        FloatVector c1 = FloatVector.fromArray(SPECIES, y, yc + VECTOR);
        FloatVector c2 = FloatVector.fromArray(SPECIES, y, yc + 2 * VECTOR);
        FloatVector c3 = FloatVector.fromArray(SPECIES, y, yc + 3 * VECTOR);
        FloatVector d0 = FloatVector.fromArray(SPECIES, y, yd);
        FloatVector d1 = FloatVector.fromArray(SPECIES, y, yd + VECTOR);
        FloatVector d2 = FloatVector.fromArray(SPECIES, y, yd + 2 * VECTOR);
        FloatVector d3 = FloatVector.fromArray(SPECIES, y, yd + 3 * VECTOR);
        int at = offset;
        int scale = 0;
        for (int group = 0; group < inputs; group += GROUP, scale += PANEL) {
            FloatVector s0 = FloatVector.fromArray(SPECIES, scales, scale);
            FloatVector s1 = FloatVector.fromArray(SPECIES, scales, scale + VECTOR);
            FloatVector s2 = FloatVector.fromArray(SPECIES, scales, scale + 2 * VECTOR);
            FloatVector s3 = FloatVector.fromArray(SPECIES, scales, scale + 3 * VECTOR);
            for (int i = group; i < group + GROUP; i++, at += PANEL) {
                FloatVector w0 = quants(w, at).mul(s0);
                FloatVector w1 = quants(w, at + VECTOR).mul(s1);
                FloatVector w2 = quants(w, at + 2 * VECTOR).mul(s2);
                FloatVector w3 = quants(w, at + 3 * VECTOR).mul(s3);
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

    /** The compiler leaves this loop scalar by itself. See {@link PanelKernels}. */
    static void widenBrainFloats(short[] stored, int from, int count, float[] target) {
        for (int j = 0; j < count; j += VECTOR) {
            brainFloats(stored, from + j).intoArray(target, j);
        }
    }

    /** See {@link PanelKernels#widenQuants}. */
    static void widenQuants(
            byte[] stored,
            int from,
            int width,
            int inputs,
            float[] scales,
            int scalesAt,
            float[] target) {
        for (int group = 0; group < inputs; group += GROUP) {
            int scale = scalesAt + group / GROUP * width;
            int at = group * width;
            int end = at + GROUP * width;
            int j = 0;
            for (; j + 4 * VECTOR <= width; j += 4 * VECTOR) {
                widenFourVectors(stored, from, width, at + j, end, scales, scale + j, target);
            }
            for (; j < width; j += VECTOR) {
                FloatVector factor = FloatVector.fromArray(SPECIES, scales, scale + j);
                for (int i = at + j; i < end; i += width) {
                    quants(stored, from + i).mul(factor).intoArray(target, i);
                }
            }
        }
    }

    /** In the order of memory, which is read ahead then. */
    private static void widenFourVectors(
            byte[] stored,
            int from,
            int width,
            int first,
            int end,
            float[] scales,
            int scale,
            float[] target) {
        FloatVector s0 = FloatVector.fromArray(SPECIES, scales, scale);
        FloatVector s1 = FloatVector.fromArray(SPECIES, scales, scale + VECTOR);
        FloatVector s2 = FloatVector.fromArray(SPECIES, scales, scale + 2 * VECTOR);
        FloatVector s3 = FloatVector.fromArray(SPECIES, scales, scale + 3 * VECTOR);
        for (int i = first; i < end; i += width) {
            int at = from + i;
            quants(stored, at).mul(s0).intoArray(target, i);
            quants(stored, at + VECTOR).mul(s1).intoArray(target, i + VECTOR);
            quants(stored, at + 2 * VECTOR).mul(s2).intoArray(target, i + 2 * VECTOR);
            quants(stored, at + 3 * VECTOR).mul(s3).intoArray(target, i + 3 * VECTOR);
        }
    }

    private static FloatVector brainFloats(short[] w, int at) {
        return ShortVector.fromArray(HALVES, w, at)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0)
                .reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats();
    }

    private static FloatVector quants(byte[] w, int at) {
        return (FloatVector)
                ByteVector.fromArray(BYTES, w, at).convertShape(VectorOperators.B2F, SPECIES, 0);
    }
}
