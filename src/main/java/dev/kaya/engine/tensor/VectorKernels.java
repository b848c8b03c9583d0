package dev.kaya.engine.tensor;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
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
    boolean multiplyInRegisters(
            PackedMatrix w, int panel, float[] scales, Rows x, Rows y, int rows) {
        if (w.panelWidth() != PackedMatrix.PANEL) {
            return false;
        }
        if (rows == 1) {
            int yAt = y.at(0) + panel * PackedMatrix.PANEL;
            return VectorRows.multiply(w, panel, scales, x.data(), x.at(0), y.data(), yAt);
        }
        return w.type() == DataType.Q8_0 && VectorRows.multiplyFew(w, panel, scales, x, y, rows);
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
        for (int i = offset; i < end; i += VECTOR) {
            FloatVector.fromArray(SPECIES, x, i).sub(max).intoArray(x, i);
        }
        VectorFunctions.exp(x, offset, end - offset);
        return sum(x, offset, end - offset);
    }

    @Override
    public float sum(float[] x, int offset, int count) {
        float[] lanes = partialSums();
        int i = 0;
        if (VECTOR == LANES) {
            FloatVector sums = FloatVector.zero(SPECIES);
            for (; i + LANES <= count; i += LANES) {
                sums = sums.add(FloatVector.fromArray(SPECIES, x, offset + i));
            }
            sums.intoArray(lanes, 0);
        }
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
        if (VECTOR == LANES) {
            FloatVector sums = FloatVector.zero(SPECIES);
            for (; i + LANES <= count; i += LANES) {
                FloatVector distance = FloatVector.fromArray(SPECIES, x, offset + i).sub(center);
                sums = distance.fma(distance, sums);
            }
            sums.intoArray(lanes, 0);
        }
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
        int whole = count - count % VECTOR;
        VectorFunctions.activate(activation, x, offset, whole, functionScratch());
        for (int i = offset + whole; i < offset + count; i++) {
            x[i] = ScalarMath.activate(activation, x[i]);
        }
    }
}
