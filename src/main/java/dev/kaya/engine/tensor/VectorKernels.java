package dev.kaya.engine.tensor;

import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NEG;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
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
    private static final VectorSpecies<Integer> INT_SPECIES = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> HALF_SPECIES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));
    private static final int STRIP = 4 * VECTOR;

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
            float[] weights,
            int offset,
            int width,
            int firstOutput,
            int firstInput,
            int inputs,
            Rows x,
            Rows y,
            int rows) {
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
            int column = 0;
            for (; column + STRIP <= width; column += STRIP) {
                fourRows(
                        weights,
                        offset + column,
                        width,
                        inputs,
                        x,
                        x.at(row) + firstInput,
                        y,
                        y.at(row) + firstOutput + column);
            }
            for (; column < width; column += VECTOR) {
                for (int r = row; r < row + 4; r++) {
                    oneVector(
                            weights,
                            offset + column,
                            width,
                            inputs,
                            x,
                            x.at(r) + firstInput,
                            y,
                            y.at(r) + firstOutput + column);
                }
            }
        }
        for (; row < rows; row++) {
            int column = 0;
            for (; column + STRIP <= width; column += STRIP) {
                oneRow(
                        weights,
                        offset + column,
                        width,
                        inputs,
                        x,
                        x.at(row) + firstInput,
                        y,
                        y.at(row) + firstOutput + column);
            }
            for (; column < width; column += VECTOR) {
                oneVector(
                        weights,
                        offset + column,
                        width,
                        inputs,
                        x,
                        x.at(row) + firstInput,
                        y,
                        y.at(row) + firstOutput + column);
            }
        }
    }

    /** Four rows times four vectors: sixteen chains in registers. */
    private static void fourRows(
            float[] w, int offset, int width, int inputs, Rows x, int a, Rows y, int ya) {
        float[] in = x.data();
        float[] out = y.data();
        int b = a + x.stride();
        int c = b + x.stride();
        int d = c + x.stride();
        int yb = ya + y.stride();
        int yc = yb + y.stride();
        int yd = yc + y.stride();
        FloatVector a0 = FloatVector.fromArray(SPECIES, out, ya);
        FloatVector a1 = FloatVector.fromArray(SPECIES, out, ya + VECTOR);
        FloatVector a2 = FloatVector.fromArray(SPECIES, out, ya + 2 * VECTOR);
        FloatVector a3 = FloatVector.fromArray(SPECIES, out, ya + 3 * VECTOR);
        FloatVector b0 = FloatVector.fromArray(SPECIES, out, yb);
        FloatVector b1 = FloatVector.fromArray(SPECIES, out, yb + VECTOR);
        FloatVector b2 = FloatVector.fromArray(SPECIES, out, yb + 2 * VECTOR);
        FloatVector b3 = FloatVector.fromArray(SPECIES, out, yb + 3 * VECTOR);
        FloatVector c0 = FloatVector.fromArray(SPECIES, out, yc);
        FloatVector c1 = FloatVector.fromArray(SPECIES, out, yc + VECTOR);
        FloatVector c2 = FloatVector.fromArray(SPECIES, out, yc + 2 * VECTOR);
        FloatVector c3 = FloatVector.fromArray(SPECIES, out, yc + 3 * VECTOR);
        FloatVector d0 = FloatVector.fromArray(SPECIES, out, yd);
        FloatVector d1 = FloatVector.fromArray(SPECIES, out, yd + VECTOR);
        FloatVector d2 = FloatVector.fromArray(SPECIES, out, yd + 2 * VECTOR);
        FloatVector d3 = FloatVector.fromArray(SPECIES, out, yd + 3 * VECTOR);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += width) {
            FloatVector w0 = FloatVector.fromArray(SPECIES, w, at);
            FloatVector w1 = FloatVector.fromArray(SPECIES, w, at + VECTOR);
            FloatVector w2 = FloatVector.fromArray(SPECIES, w, at + 2 * VECTOR);
            FloatVector w3 = FloatVector.fromArray(SPECIES, w, at + 3 * VECTOR);
            FloatVector xa = FloatVector.broadcast(SPECIES, in[a + i]);
            a0 = xa.fma(w0, a0);
            a1 = xa.fma(w1, a1);
            a2 = xa.fma(w2, a2);
            a3 = xa.fma(w3, a3);
            FloatVector xb = FloatVector.broadcast(SPECIES, in[b + i]);
            b0 = xb.fma(w0, b0);
            b1 = xb.fma(w1, b1);
            b2 = xb.fma(w2, b2);
            b3 = xb.fma(w3, b3);
            FloatVector xc = FloatVector.broadcast(SPECIES, in[c + i]);
            c0 = xc.fma(w0, c0);
            c1 = xc.fma(w1, c1);
            c2 = xc.fma(w2, c2);
            c3 = xc.fma(w3, c3);
            FloatVector xd = FloatVector.broadcast(SPECIES, in[d + i]);
            d0 = xd.fma(w0, d0);
            d1 = xd.fma(w1, d1);
            d2 = xd.fma(w2, d2);
            d3 = xd.fma(w3, d3);
        }
        a0.intoArray(out, ya);
        a1.intoArray(out, ya + VECTOR);
        a2.intoArray(out, ya + 2 * VECTOR);
        a3.intoArray(out, ya + 3 * VECTOR);
        b0.intoArray(out, yb);
        b1.intoArray(out, yb + VECTOR);
        b2.intoArray(out, yb + 2 * VECTOR);
        b3.intoArray(out, yb + 3 * VECTOR);
        c0.intoArray(out, yc);
        c1.intoArray(out, yc + VECTOR);
        c2.intoArray(out, yc + 2 * VECTOR);
        c3.intoArray(out, yc + 3 * VECTOR);
        d0.intoArray(out, yd);
        d1.intoArray(out, yd + VECTOR);
        d2.intoArray(out, yd + 2 * VECTOR);
        d3.intoArray(out, yd + 3 * VECTOR);
    }

    /** One row times four vectors: decoding, limited by reading the weights. */
    private static void oneRow(
            float[] w, int offset, int width, int inputs, Rows x, int a, Rows y, int ya) {
        float[] in = x.data();
        float[] out = y.data();
        FloatVector a0 = FloatVector.fromArray(SPECIES, out, ya);
        FloatVector a1 = FloatVector.fromArray(SPECIES, out, ya + VECTOR);
        FloatVector a2 = FloatVector.fromArray(SPECIES, out, ya + 2 * VECTOR);
        FloatVector a3 = FloatVector.fromArray(SPECIES, out, ya + 3 * VECTOR);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += width) {
            FloatVector xa = FloatVector.broadcast(SPECIES, in[a + i]);
            a0 = xa.fma(FloatVector.fromArray(SPECIES, w, at), a0);
            a1 = xa.fma(FloatVector.fromArray(SPECIES, w, at + VECTOR), a1);
            a2 = xa.fma(FloatVector.fromArray(SPECIES, w, at + 2 * VECTOR), a2);
            a3 = xa.fma(FloatVector.fromArray(SPECIES, w, at + 3 * VECTOR), a3);
        }
        a0.intoArray(out, ya);
        a1.intoArray(out, ya + VECTOR);
        a2.intoArray(out, ya + 2 * VECTOR);
        a3.intoArray(out, ya + 3 * VECTOR);
    }

    /** One row times one vector: what is left of a narrow panel. */
    private static void oneVector(
            float[] w, int offset, int width, int inputs, Rows x, int a, Rows y, int ya) {
        float[] in = x.data();
        FloatVector a0 = FloatVector.fromArray(SPECIES, y.data(), ya);
        int at = offset;
        for (int i = 0; i < inputs; i++, at += width) {
            FloatVector xa = FloatVector.broadcast(SPECIES, in[a + i]);
            a0 = xa.fma(FloatVector.fromArray(SPECIES, w, at), a0);
        }
        a0.intoArray(y.data(), ya);
    }

    /**
     * The compiler leaves this loop scalar by itself: 320 against 1,600 tokens/s with stories, one
     * core.
     */
    @Override
    void widenBrainFloats(short[] stored, int from, int count, float[] target) {
        for (int j = 0; j < count; j += VECTOR) {
            ShortVector.fromArray(HALF_SPECIES, stored, from + j)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INT_SPECIES, 0)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(target, j);
        }
    }

    @Override
    public void scores(
            float[] q,
            int qOffset,
            float[] keys,
            int keysOffset,
            int headLength,
            float scale,
            int count,
            float[] out,
            int outOffset) {
        int width = PackedMatrix.padded(count);
        int p = 0;
        for (; p + 2 * VECTOR <= width; p += 2 * VECTOR) {
            FloatVector s0 = FloatVector.zero(SPECIES);
            FloatVector s1 = FloatVector.zero(SPECIES);
            int at = keysOffset + p;
            for (int d = 0; d < headLength; d++, at += PAGE) {
                FloatVector factor = FloatVector.broadcast(SPECIES, q[qOffset + d]);
                s0 = factor.fma(FloatVector.fromArray(SPECIES, keys, at), s0);
                s1 = factor.fma(FloatVector.fromArray(SPECIES, keys, at + VECTOR), s1);
            }
            s0.mul(scale).intoArray(out, outOffset + p);
            s1.mul(scale).intoArray(out, outOffset + p + VECTOR);
        }
        for (; p < width; p += VECTOR) {
            FloatVector s0 = FloatVector.zero(SPECIES);
            int at = keysOffset + p;
            for (int d = 0; d < headLength; d++, at += PAGE) {
                FloatVector factor = FloatVector.broadcast(SPECIES, q[qOffset + d]);
                s0 = factor.fma(FloatVector.fromArray(SPECIES, keys, at), s0);
            }
            s0.mul(scale).intoArray(out, outOffset + p);
        }
    }

    @Override
    public void mix(
            float[] weights,
            int weightsOffset,
            int count,
            float[] values,
            int valuesOffset,
            int headLength,
            float[] out,
            int outOffset) {
        int d = 0;
        for (; d + 2 * VECTOR <= headLength; d += 2 * VECTOR) {
            FloatVector o0 = FloatVector.fromArray(SPECIES, out, outOffset + d);
            FloatVector o1 = FloatVector.fromArray(SPECIES, out, outOffset + d + VECTOR);
            int at = valuesOffset + d;
            for (int p = 0; p < count; p++, at += headLength) {
                FloatVector factor = FloatVector.broadcast(SPECIES, weights[weightsOffset + p]);
                o0 = factor.fma(FloatVector.fromArray(SPECIES, values, at), o0);
                o1 = factor.fma(FloatVector.fromArray(SPECIES, values, at + VECTOR), o1);
            }
            o0.intoArray(out, outOffset + d);
            o1.intoArray(out, outOffset + d + VECTOR);
        }
        for (; d < headLength; d++) {
            float sum = out[outOffset + d];
            int at = valuesOffset + d;
            for (int p = 0; p < count; p++, at += headLength) {
                sum = Math.fma(weights[weightsOffset + p], values[at], sum);
            }
            out[outOffset + d] = sum;
        }
    }

    @Override
    public float exponentiate(float[] x, int count) {
        int width = PackedMatrix.padded(count);
        Arrays.fill(x, count, width, Float.NEGATIVE_INFINITY);
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, x[i]);
        }
        float[] lanes = partialSums();
        for (int i = 0; i < width; i += VECTOR) {
            FloatVector y = exp(FloatVector.fromArray(SPECIES, x, i).sub(max));
            y.intoArray(x, i);
            int lane = i % LANES;
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
