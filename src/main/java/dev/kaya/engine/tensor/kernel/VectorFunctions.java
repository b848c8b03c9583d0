package dev.kaya.engine.tensor.kernel;

import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NEG;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarMath} by vectors, with the same steps and so the same bits.
 *
 * <p>Functions are loops over arrays, not methods that take vectors: a method that the compiler
 * does not inline would put every vector on the heap. What a function needs of another one goes
 * through a piece of scratch memory that stays in the first-level cache.
 */
final class VectorFunctions {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int VECTOR = SPECIES.length();

    private VectorFunctions() {}

    /**
     * Replaces elements by their exponentials.
     *
     * @param x in place, from {@code offset}
     * @param count whole vectors
     */
    static void exp(float[] x, int offset, int count) {
        for (int i = offset; i < offset + count; i += VECTOR) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, i);
            VectorMask<Float> zero = v.compare(LT, ScalarMath.EXP_LOWEST);
            // Half the cost of min(), which has zeros and what is no number to mind.
            FloatVector clamped =
                    v.blend(ScalarMath.EXP_HIGHEST, v.compare(GT, ScalarMath.EXP_HIGHEST));
            FloatVector rounded = clamped.mul(ScalarMath.LOG2_E).add(ScalarMath.ROUNDING);
            FloatVector n = rounded.sub(ScalarMath.ROUNDING);
            FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -ScalarMath.LN2_HIGH), clamped);
            r = n.fma(FloatVector.broadcast(SPECIES, -ScalarMath.LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(SPECIES, ScalarMath.EXP_5);
            p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarMath.EXP_4));
            p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarMath.EXP_3));
            p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarMath.EXP_2));
            p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarMath.EXP_1));
            p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarMath.EXP_0));
            FloatVector y = p.fma(r.mul(r), r).add(1f);
            IntVector exponent =
                    rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(0x3F800000);
            y.mul(exponent.reinterpretAsFloats()).blend(0f, zero).intoArray(x, i);
        }
    }

    /**
     * Applies an activation in place.
     *
     * @param count whole vectors
     * @param scratch of {@link PanelKernels#FUNCTION_SCRATCH} elements
     */
    static void activate(Activation activation, float[] x, int offset, int count, float[] scratch) {
        int end = offset + count;
        for (int from = offset; from < end; from += PanelKernels.FUNCTION_SCRATCH) {
            int length = Math.min(PanelKernels.FUNCTION_SCRATCH, end - from);
            switch (activation) {
                case RELU -> relu(x, from, length);
                case RELU_SQUARED -> reluSquared(x, from, length);
                case GELU_ERF -> geluErf(x, from, length, scratch);
                case GELU_TANH -> geluTanh(x, from, length, scratch);
                case SILU -> silu(x, from, length, scratch);
            }
        }
    }

    private static void relu(float[] x, int offset, int count) {
        for (int i = offset; i < offset + count; i += VECTOR) {
            FloatVector.fromArray(SPECIES, x, i).max(0f).intoArray(x, i);
        }
    }

    private static void reluSquared(float[] x, int offset, int count) {
        for (int i = offset; i < offset + count; i += VECTOR) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, i).max(0f);
            v.mul(v).intoArray(x, i);
        }
    }

    private static void silu(float[] x, int offset, int count, float[] scratch) {
        for (int i = 0; i < count; i += VECTOR) {
            FloatVector.fromArray(SPECIES, x, offset + i).lanewise(NEG).intoArray(scratch, i);
        }
        divideByExpPlusOne(x, offset, count, scratch);
    }

    private static void geluTanh(float[] x, int offset, int count, float[] scratch) {
        for (int i = 0; i < count; i += VECTOR) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, offset + i);
            FloatVector.broadcast(SPECIES, ScalarMath.GELU_CUBIC)
                    .fma(v.mul(v), FloatVector.broadcast(SPECIES, ScalarMath.GELU_LINEAR))
                    .mul(v)
                    .lanewise(NEG)
                    .intoArray(scratch, i);
        }
        divideByExpPlusOne(x, offset, count, scratch);
    }

    /** {@code x / (exp(scratch) + 1)}. */
    private static void divideByExpPlusOne(float[] x, int offset, int count, float[] scratch) {
        exp(scratch, 0, count);
        for (int i = 0; i < count; i += VECTOR) {
            FloatVector.fromArray(SPECIES, x, offset + i)
                    .div(FloatVector.fromArray(SPECIES, scratch, i).add(1f))
                    .intoArray(x, offset + i);
        }
    }

    private static void geluErf(float[] x, int offset, int count, float[] scratch) {
        for (int i = 0; i < count; i += VECTOR) {
            FloatVector v =
                    FloatVector.fromArray(SPECIES, x, offset + i)
                            .mul(ScalarMath.SQRT_HALF)
                            .lanewise(ABS);
            v.mul(v).lanewise(NEG).intoArray(scratch, i);
        }
        exp(scratch, 0, count);
        for (int i = 0; i < count; i += VECTOR) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, offset + i);
            FloatVector scaled = v.mul(ScalarMath.SQRT_HALF);
            FloatVector one = FloatVector.broadcast(SPECIES, 1f);
            FloatVector t =
                    one.div(
                            FloatVector.broadcast(SPECIES, ScalarMath.ERF_P)
                                    .fma(scaled.lanewise(ABS), one));
            FloatVector p = FloatVector.broadcast(SPECIES, ScalarMath.ERF_5);
            p = p.fma(t, FloatVector.broadcast(SPECIES, ScalarMath.ERF_4));
            p = p.fma(t, FloatVector.broadcast(SPECIES, ScalarMath.ERF_3));
            p = p.fma(t, FloatVector.broadcast(SPECIES, ScalarMath.ERF_2));
            p = p.fma(t, FloatVector.broadcast(SPECIES, ScalarMath.ERF_1));
            FloatVector magnitude =
                    one.sub(p.mul(t).mul(FloatVector.fromArray(SPECIES, scratch, i)));
            FloatVector erf = magnitude.blend(magnitude.lanewise(NEG), scaled.compare(LT, 0f));
            v.mul(0.5f).mul(erf.add(1f)).intoArray(x, offset + i);
        }
    }
}
