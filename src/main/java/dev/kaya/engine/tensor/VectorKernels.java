package dev.kaya.engine.tensor;

import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NEG;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Kernels} on the Vector API, for vectors of 4, 8 or 16 floats.
 *
 * <p>Micro-kernels name their accumulators one by one and call no method that takes a vector: one
 * call that the compiler does not inline would move every accumulator to the heap and cost a factor
 * of ten.
 */
final class VectorKernels extends PanelKernels {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int VECTOR = SPECIES.length();

    VectorKernels() {
        if (VECTOR > LANES || LANES % VECTOR != 0) {
            throw new UnsupportedOperationException("no kernels for vectors of " + SPECIES);
        }
    }

    @Override
    public String description() {
        return "vectors of " + SPECIES.vectorBitSize() + " bits";
    }

    @Override
    void multiplyBlock(
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
        if (width == PackedMatrix.PANEL) {
            VectorPanelTiles.multiply(w, offset, inputs, x, xAt, xStride, y, yAt, yStride, rows);
        } else {
            VectorStripTiles.multiply(
                    w, offset, width, inputs, x, xAt, xStride, y, yAt, yStride, rows);
        }
    }

    @Override
    boolean multiplyRow(
            PackedMatrix w, int panel, float[] scales, float[] x, int xAt, float[] y, int yAt) {
        return VectorRows.multiply(w, panel, scales, x, xAt, y, yAt);
    }

    @Override
    public void widen(short[] stored, int from, int count, float[] target) {
        VectorRows.widenBrainFloats(stored, from, count, target);
    }

    @Override
    void widenQuants(
            byte[] quants,
            int from,
            int width,
            int inputs,
            float[] scales,
            int scalesAt,
            float[] target) {
        if (VectorRows.QUANTS) {
            VectorRows.widenQuants(quants, from, width, inputs, scales, scalesAt, target);
        } else {
            super.widenQuants(quants, from, width, inputs, scales, scalesAt, target);
        }
    }

    @Override
    public float exponentiate(float[] x, int offset, int count) {
        int end = offset + wholeLanes(count);
        Arrays.fill(x, offset + count, end, Float.NEGATIVE_INFINITY);
        FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int i = offset; i < end; i += VECTOR) {
            highest = highest.max(FloatVector.fromArray(SPECIES, x, i));
        }
        float max = highest.reduceLanes(VectorOperators.MAX);
        float[] lanes = partialSums();
        for (int i = offset; i < end; i += VECTOR) {
            FloatVector y = exp(FloatVector.fromArray(SPECIES, x, i).sub(max));
            y.intoArray(x, i);
            int lane = (i - offset) % LANES;
            FloatVector.fromArray(SPECIES, lanes, lane).add(y).intoArray(lanes, lane);
        }
        return ScalarMath.fold(lanes);
    }

    @Override
    public float sum(float[] x, int offset, int count) {
        float[] lanes = partialSums();
        int i = 0;
        for (; i + VECTOR <= count; i += VECTOR) {
            int lane = i % LANES;
            FloatVector.fromArray(SPECIES, lanes, lane)
                    .add(FloatVector.fromArray(SPECIES, x, offset + i))
                    .intoArray(lanes, lane);
        }
        for (; i < count; i++) {
            lanes[i % LANES] += x[offset + i];
        }
        return ScalarMath.fold(lanes);
    }

    @Override
    public float sumOfSquares(float[] x, int offset, int count, float center) {
        float[] lanes = partialSums();
        int i = 0;
        for (; i + VECTOR <= count; i += VECTOR) {
            int lane = i % LANES;
            FloatVector distance = FloatVector.fromArray(SPECIES, x, offset + i).sub(center);
            distance.fma(distance, FloatVector.fromArray(SPECIES, lanes, lane))
                    .intoArray(lanes, lane);
        }
        for (; i < count; i++) {
            float distance = x[offset + i] - center;
            lanes[i % LANES] = Math.fma(distance, distance, lanes[i % LANES]);
        }
        return ScalarMath.fold(lanes);
    }

    @Override
    public void activate(Activation activation, float[] x, int offset, int count) {
        int i = offset;
        int end = offset + count;
        for (; i + VECTOR <= end; i += VECTOR) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, i);
            FloatVector y =
                    switch (activation) {
                        case RELU -> v.max(0f);
                        case RELU_SQUARED -> v.max(0f).mul(v.max(0f));
                        case GELU_ERF -> v.mul(0.5f).mul(erf(v.mul(ScalarMath.SQRT_HALF)).add(1f));
                        case GELU_TANH -> v.div(exp(geluArgument(v)).add(1f));
                        case SILU -> v.div(exp(v.lanewise(NEG)).add(1f));
                    };
            y.intoArray(x, i);
        }
        for (; i < end; i++) {
            x[i] = ScalarMath.activate(activation, x[i]);
        }
    }

    private static FloatVector geluArgument(FloatVector v) {
        FloatVector cubic = FloatVector.broadcast(SPECIES, ScalarMath.GELU_CUBIC);
        return v.mul(cubic.fma(v.mul(v), FloatVector.broadcast(SPECIES, ScalarMath.GELU_LINEAR)))
                .lanewise(NEG);
    }

    /** The steps of {@link ScalarMath#exp} in every lane. */
    private static FloatVector exp(FloatVector x) {
        VectorMask<Float> zero = x.compare(LT, ScalarMath.EXP_LOWEST);
        FloatVector clamped = x.min(ScalarMath.EXP_HIGHEST);
        FloatVector rounded = clamped.mul(ScalarMath.LOG2_E).add(ScalarMath.ROUNDING);
        FloatVector n = rounded.sub(ScalarMath.ROUNDING);
        FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -ScalarMath.LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(SPECIES, -ScalarMath.LN2_LOW), r);
        FloatVector p =
                FloatVector.broadcast(SPECIES, ScalarMath.EXP_5).fma(r, constant(ScalarMath.EXP_4));
        p = p.fma(r, constant(ScalarMath.EXP_3));
        p = p.fma(r, constant(ScalarMath.EXP_2));
        p = p.fma(r, constant(ScalarMath.EXP_1));
        p = p.fma(r, constant(ScalarMath.EXP_0));
        FloatVector y = p.fma(r.mul(r), r).add(1f);
        IntVector exponent =
                rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(0x3F800000);
        return y.mul(exponent.reinterpretAsFloats()).blend(0f, zero);
    }

    /** The steps of {@link ScalarMath#erf} in every lane. */
    private static FloatVector erf(FloatVector x) {
        FloatVector a = x.lanewise(ABS);
        FloatVector t = constant(1f).div(constant(ScalarMath.ERF_P).fma(a, constant(1f)));
        FloatVector p = constant(ScalarMath.ERF_5).fma(t, constant(ScalarMath.ERF_4));
        p = p.fma(t, constant(ScalarMath.ERF_3));
        p = p.fma(t, constant(ScalarMath.ERF_2));
        p = p.fma(t, constant(ScalarMath.ERF_1));
        FloatVector y = constant(1f).sub(p.mul(t).mul(exp(a.mul(a).lanewise(NEG))));
        return y.blend(y.lanewise(NEG), x.compare(LT, 0f));
    }

    private static FloatVector constant(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }
}
