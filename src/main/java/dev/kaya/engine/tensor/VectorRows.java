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

    private VectorRows() {}

    /** See {@link PanelKernels#multiplyRow}. */
    static boolean multiply(
            PackedMatrix w, int panel, float[] scales, float[] x, int xAt, float[] y, int yAt) {
        if (w.panelWidth() != PANEL) {
            return false;
        }
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
