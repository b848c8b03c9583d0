package dev.kaya.engine.tensor.kernel;

import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Bfloat16 by vectors: widening to memory, and the product of one row that widens in registers,
 * which decoding one sequence lives on. See {@link VectorPanelTiles} for the rules of such a loop.
 */
final class VectorBrainFloats {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int VECTOR = SPECIES.length();
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));

    private VectorBrainFloats() {}

    /**
     * One row with a full panel.
     *
     * @param w element (input i, output j) at {@code offset + 64·i + j}
     */
    static void multiplyBrainFloats(
            short[] w, int offset, int inputs, float[] x, int xAt, float[] y, int yAt) {
        for (int j = 0; j < PANEL; j += 4 * VECTOR) {
            multiplyFourVectors(w, offset + j, inputs, x, xAt, y, yAt + j);
        }
    }

    private static void multiplyFourVectors(
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

    /** The compiler leaves this loop scalar by itself. See {@link PanelKernels}. */
    static void widen(short[] stored, int from, int count, float[] target) {
        for (int j = 0; j < count; j += VECTOR) {
            brainFloats(stored, from + j).intoArray(target, j);
        }
    }

    private static FloatVector brainFloats(short[] w, int at) {
        return ShortVector.fromArray(HALVES, w, at)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0)
                .reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats();
    }
}
