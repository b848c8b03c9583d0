package dev.kaya.engine.tensor.kernel;

import static dev.kaya.engine.tensor.kernel.VectorQuants.BY_ONE_BYTE;
import static dev.kaya.engine.tensor.kernel.VectorQuants.BY_TWO_BYTES;
import static dev.kaya.engine.tensor.kernel.VectorQuants.LOWER_BITS;
import static dev.kaya.engine.tensor.kernel.VectorQuants.NIBBLES;
import static dev.kaya.engine.tensor.kernel.VectorQuants.UPPER_BITS;
import static dev.kaya.engine.tensor.kernel.VectorQuants.floats;
import static dev.kaya.engine.tensor.kernel.VectorQuants.ints;
import static dev.kaya.engine.tensor.matrix.PackedMatrix.LANES;
import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Widening of quantised pieces to memory by vectors; see {@link VectorQuants}. */
final class VectorQuantPieces {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int VECTOR = SPECIES.length();
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    private VectorQuantPieces() {}

    /** Sees to it that quants are whole bytes. */
    static void unpack(QuantPiece w) {
        switch (w.format.bits()) {
            case 4 -> unpackNibbles(w);
            case 6 -> unpackSixBits(w);
            default -> {
                return;
            }
        }
        w.quants = w.whole;
        w.quantsAt = 0;
        w.lastAsk = 0; // all of them are near
    }

    private static void unpackNibbles(QuantPiece w) {
        byte[] quants = w.quants;
        int lastAsk = w.lastAsk;
        byte[] whole = w.whole;
        IntVector nibbles = IntVector.broadcast(INTS, NIBBLES);
        for (int j = 0; j < PANEL; j += 4 * VECTOR) {
            int at = w.quantsAt + j;
            int end = w.inputs * PANEL;
            for (int to = j; to < end; to += 2 * PANEL, at += PANEL) {
                IntVector q = ints(quants, at);
                VectorPrefetch.aheadAmongStores(quants, at, lastAsk);
                store(q.and(nibbles), whole, to);
                store(q.lanewise(VectorOperators.LSHR, 4).and(nibbles), whole, to + PANEL);
            }
        }
    }

    private static void unpackSixBits(QuantPiece w) {
        byte[] quants = w.quants;
        int lastAsk = w.lastAsk;
        byte[] whole = w.whole;
        IntVector lower = IntVector.broadcast(INTS, LOWER_BITS);
        IntVector upper = IntVector.broadcast(INTS, UPPER_BITS);
        for (int j = 0; j < PANEL; j += 4 * VECTOR) {
            int at = w.quantsAt + j;
            int end = w.inputs * PANEL;
            for (int to = j; to < end; to += 4 * PANEL, at += 3 * PANEL) {
                IntVector q0 = ints(quants, at);
                IntVector q1 = ints(quants, at + PANEL);
                IntVector q2 = ints(quants, at + 2 * PANEL);
                VectorPrefetch.aheadAmongStores(quants, at, lastAsk);
                VectorPrefetch.aheadAmongStores(quants, at + PANEL, lastAsk);
                VectorPrefetch.aheadAmongStores(quants, at + 2 * PANEL, lastAsk);
                store(q0.and(lower), whole, to);
                store(q1.and(lower), whole, to + PANEL);
                store(q2.and(lower), whole, to + 2 * PANEL);
                IntVector q3 = q0.and(upper).lanewise(VectorOperators.LSHR, 2).or(q1.and(upper));
                q3 = q3.lanewise(VectorOperators.LSHR, 2).or(q2.and(upper));
                store(q3.lanewise(VectorOperators.LSHR, 2), whole, to + 3 * PANEL);
            }
        }
    }

    /** See {@link PanelKernels#widenQuants}; quants are whole bytes. */
    static void widenBytes(QuantPiece w, int width, float[] target) {
        if (width == PANEL) {
            widenFullPanel(w, target);
            return;
        }
        IntVector mask = IntVector.broadcast(INTS, 0xFF);
        for (int output = 0; output < width; output += VECTOR) {
            int shift = output / LANES * 8;
            int place = output % LANES * 4;
            for (int i = 0; i < w.inputs; i++) {
                int scale = i / w.format.group() * PANEL + output;
                FloatVector s = FloatVector.fromArray(SPECIES, w.scales, scale);
                FloatVector o = FloatVector.fromArray(SPECIES, w.offsets, scale);
                IntVector q = ints(w.quants, w.quantsAt + i * PANEL + place);
                floats(q.lanewise(VectorOperators.LSHR, shift).and(mask))
                        .fma(s, o)
                        .intoArray(target, i * width + output);
            }
        }
    }

    /** In the order of memory, which is read ahead then. */
    private static void widenFullPanel(QuantPiece w, float[] target) {
        byte[] quants = w.quants;
        int lastAsk = w.lastAsk;
        IntVector m0 = IntVector.broadcast(INTS, 0xFF);
        IntVector m1 = IntVector.broadcast(INTS, 0xFF00);
        IntVector m2 = IntVector.broadcast(INTS, 0xFF0000);
        int length = w.format.group() * PANEL;
        for (int j = 0; j < LANES; j += VECTOR) {
            int at = w.quantsAt + 4 * j;
            for (int to = j, scale = j; to < w.inputs * PANEL; scale += PANEL) {
                FloatVector s0 = FloatVector.fromArray(SPECIES, w.scales, scale);
                FloatVector s1 = FloatVector.fromArray(SPECIES, w.scales, scale + LANES);
                FloatVector s2 = FloatVector.fromArray(SPECIES, w.scales, scale + 2 * LANES);
                FloatVector s3 = FloatVector.fromArray(SPECIES, w.scales, scale + 3 * LANES);
                s1 = s1.mul(BY_ONE_BYTE);
                s2 = s2.mul(BY_TWO_BYTES);
                FloatVector o0 = FloatVector.fromArray(SPECIES, w.offsets, scale);
                FloatVector o1 = FloatVector.fromArray(SPECIES, w.offsets, scale + LANES);
                FloatVector o2 = FloatVector.fromArray(SPECIES, w.offsets, scale + 2 * LANES);
                FloatVector o3 = FloatVector.fromArray(SPECIES, w.offsets, scale + 3 * LANES);
                for (int end = to + length; to < end; to += PANEL, at += PANEL) {
                    IntVector q = ints(quants, at);
                    VectorPrefetch.aheadAmongStores(quants, at, lastAsk);
                    floats(q.and(m0)).fma(s0, o0).intoArray(target, to);
                    floats(q.and(m1)).fma(s1, o1).intoArray(target, to + LANES);
                    floats(q.and(m2)).fma(s2, o2).intoArray(target, to + 2 * LANES);
                    FloatVector q3 = floats(q.lanewise(VectorOperators.LSHR, 24));
                    q3.fma(s3, o3).intoArray(target, to + 3 * LANES);
                }
            }
        }
    }

    /** See {@link PanelKernels#widenRows}. */
    static void widenRows(
            byte[] factors, int from, int rows, int rowsOfNumber, float[] numbers, float[] target) {
        for (int j = 0; j < LANES; j += VECTOR) {
            for (int row = 0; row < rows; row++) {
                IntVector q = ints(factors, from + row * PANEL + 4 * j);
                int number = row / rowsOfNumber * PANEL + j;
                int to = row * PANEL + j;
                floats(q.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24))
                        .mul(FloatVector.fromArray(SPECIES, numbers, number))
                        .intoArray(target, to);
                floats(q.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 24))
                        .mul(FloatVector.fromArray(SPECIES, numbers, number + LANES))
                        .intoArray(target, to + LANES);
                floats(q.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 24))
                        .mul(FloatVector.fromArray(SPECIES, numbers, number + 2 * LANES))
                        .intoArray(target, to + 2 * LANES);
                floats(q.lanewise(VectorOperators.ASHR, 24))
                        .mul(FloatVector.fromArray(SPECIES, numbers, number + 3 * LANES))
                        .intoArray(target, to + 3 * LANES);
            }
        }
    }

    private static void store(IntVector quants, byte[] target, int at) {
        quants.reinterpretAsBytes().intoArray(target, at);
    }
}
