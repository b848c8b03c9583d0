package dev.kaya.engine.tensor.roofline;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link RooflineKernels} on the Vector API. */
final class VectorRooflineKernels implements RooflineKernels {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INT_SPECIES = IntVector.SPECIES_PREFERRED;
    private static final int VECTOR = SPECIES.length();

    // Two units of four or five cycles need ten chains; with two operands they fit 16 registers.
    private static final int CHAINS = 12;

    @Override
    public void read(int[] memory, int from, int count, float[] scratch, int offset) {
        IntVector a = IntVector.zero(INT_SPECIES);
        IntVector b = IntVector.zero(INT_SPECIES);
        IntVector c = IntVector.zero(INT_SPECIES);
        IntVector d = IntVector.zero(INT_SPECIES);
        int quarter = count / 4;
        int end = from + quarter;
        for (int i = from; i < end; i += VECTOR) {
            a = a.or(IntVector.fromArray(INT_SPECIES, memory, i));
            b = b.or(IntVector.fromArray(INT_SPECIES, memory, i + quarter));
            c = c.or(IntVector.fromArray(INT_SPECIES, memory, i + 2 * quarter));
            d = d.or(IntVector.fromArray(INT_SPECIES, memory, i + 3 * quarter));
        }
        scratch[offset] = a.or(b).or(c).or(d).reduceLanes(VectorOperators.OR);
    }

    @Override
    public void multiplyAdd(int rounds, float[] scratch, int offset) {
        FloatVector factor = FloatVector.broadcast(SPECIES, FACTOR);
        FloatVector other = FloatVector.broadcast(SPECIES, FACTOR);
        FloatVector a = FloatVector.fromArray(SPECIES, scratch, offset);
        FloatVector b = FloatVector.fromArray(SPECIES, scratch, offset + VECTOR);
        FloatVector c = FloatVector.fromArray(SPECIES, scratch, offset + 2 * VECTOR);
        FloatVector d = FloatVector.fromArray(SPECIES, scratch, offset + 3 * VECTOR);
        FloatVector e = FloatVector.fromArray(SPECIES, scratch, offset + 4 * VECTOR);
        FloatVector f = FloatVector.fromArray(SPECIES, scratch, offset + 5 * VECTOR);
        FloatVector g = FloatVector.fromArray(SPECIES, scratch, offset + 6 * VECTOR);
        FloatVector h = FloatVector.fromArray(SPECIES, scratch, offset + 7 * VECTOR);
        FloatVector i = FloatVector.fromArray(SPECIES, scratch, offset + 8 * VECTOR);
        FloatVector j = FloatVector.fromArray(SPECIES, scratch, offset + 9 * VECTOR);
        FloatVector k = FloatVector.fromArray(SPECIES, scratch, offset + 10 * VECTOR);
        FloatVector l = FloatVector.fromArray(SPECIES, scratch, offset + 11 * VECTOR);
        for (int round = 0; round < rounds; round++) {
            a = factor.fma(other, a);
            b = factor.fma(other, b);
            c = factor.fma(other, c);
            d = factor.fma(other, d);
            e = factor.fma(other, e);
            f = factor.fma(other, f);
            g = factor.fma(other, g);
            h = factor.fma(other, h);
            i = factor.fma(other, i);
            j = factor.fma(other, j);
            k = factor.fma(other, k);
            l = factor.fma(other, l);
        }
        a.intoArray(scratch, offset);
        b.intoArray(scratch, offset + VECTOR);
        c.intoArray(scratch, offset + 2 * VECTOR);
        d.intoArray(scratch, offset + 3 * VECTOR);
        e.intoArray(scratch, offset + 4 * VECTOR);
        f.intoArray(scratch, offset + 5 * VECTOR);
        g.intoArray(scratch, offset + 6 * VECTOR);
        h.intoArray(scratch, offset + 7 * VECTOR);
        i.intoArray(scratch, offset + 8 * VECTOR);
        j.intoArray(scratch, offset + 9 * VECTOR);
        k.intoArray(scratch, offset + 10 * VECTOR);
        l.intoArray(scratch, offset + 11 * VECTOR);
    }

    @Override
    public int flopsPerRound() {
        return 2 * CHAINS * VECTOR;
    }
}
