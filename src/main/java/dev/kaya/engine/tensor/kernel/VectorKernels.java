package dev.kaya.engine.tensor.kernel;

import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.HalfPanels;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.QuantFormat;
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

    private static final int LEAST_BITS = 128;
    private static final int MOST_ROWS_IN_REGISTERS = 12;

    /** Checks that there are kernels for the vectors of this machine. */
    VectorKernels() {
        int bits = SPECIES.vectorBitSize();
        if (bits < LEAST_BITS || VECTOR > LANES || LANES % VECTOR != 0) {
            throw new UnsupportedOperationException(
                    "vectors of " + bits + " bits; there are kernels for 128, 256 and 512");
        }
    }

    @Override
    public String description() {
        return "vectors of " + SPECIES.vectorBitSize() + " bits";
    }

    @Override
    void multiplyBlock(float[] w, int offset, int width, int inputs, RowBlock block, int input) {
        if (width == PackedMatrix.PANEL) {
            VectorPanelTiles.multiply(w, offset, inputs, block, input);
            return;
        }
        block.carry(0, block.rows, width);
        VectorStripTiles.multiply(
                w,
                offset,
                width,
                inputs,
                block.x,
                block.xAt + input,
                block.xStride,
                block.y,
                block.yAt,
                block.yStride,
                block.rows);
    }

    @Override
    boolean multiplyInRegisters(HalfPanels w, int panel, RowBlock row) {
        if (w.type() != DataType.BF16 || w.width() != PackedMatrix.PANEL) {
            return false;
        }
        row.enter(PackedMatrix.PANEL);
        VectorBrainFloats.multiplyBrainFloats(
                w.elements(), w.offset(panel), w.inputs(), row.x, row.xAt, row.y, row.yAt);
        row.leave(PackedMatrix.PANEL);
        return true;
    }

    /** For more rows, doing it again for every four costs more than doing it once to memory. */
    @Override
    boolean multipliesInRegisters(int rows) {
        return rows == 1 || (VECTOR == LANES && rows <= MOST_ROWS_IN_REGISTERS);
    }

    /** Unless quants are widened to memory, or unpacked for several rows, nothing is stored. */
    @Override
    boolean asksAhead(int rows, QuantFormat format) {
        boolean storesNothing = rows == 1 || (multipliesInRegisters(rows) && format.bits() == 8);
        return storesNothing ? VectorPrefetch.USED : VectorPrefetch.USED_AMONG_STORES;
    }

    @Override
    void multiplyInRegisters(QuantPiece w, RowBlock block, int input) {
        int xAt = block.xAt + input;
        if (block.rows == 1) {
            VectorQuants.multiply(w, block.x, xAt, block.y, block.yAt);
            return;
        }
        VectorQuantPieces.unpack(w);
        int yAt = block.yAt;
        for (int left = block.rows; left > 0; left -= 4) {
            if (left == 1) {
                VectorQuants.multiplyBytes(w, block.x, xAt, block.y, yAt);
            } else {
                VectorQuants.multiplyBytesByFourRows(
                        w, block.x, xAt, block.xStride, block.y, yAt, block.yStride, left);
            }
            xAt += 4 * block.xStride;
            yAt += 4 * block.yStride;
        }
    }

    @Override
    public void widen(short[] stored, int from, int count, float[] target) {
        VectorBrainFloats.widen(stored, from, count, target);
    }

    @Override
    void widenRows(
            byte[] factors, int from, int rows, int rowsOfNumber, float[] numbers, float[] target) {
        VectorQuantPieces.widenRows(factors, from, rows, rowsOfNumber, numbers, target);
    }

    @Override
    void widenQuants(QuantPiece w, int width, float[] target) {
        VectorQuantPieces.unpack(w);
        VectorQuantPieces.widenBytes(w, width, target);
    }

    @Override
    public float exponentiate(float[] x, int offset, int count, float scale) {
        int end = offset + wholeLanes(count);
        Arrays.fill(x, offset + count, end, Float.NEGATIVE_INFINITY);
        float max = scale * highest(x, offset, end); // rounding keeps the order
        for (int i = offset; i < end; i += VECTOR) {
            FloatVector.fromArray(SPECIES, x, i).mul(scale).sub(max).intoArray(x, i);
        }
        VectorFunctions.exp(x, offset, end - offset);
        return sum(x, offset, end - offset);
    }

    /**
     * Comparing costs half as much as max(), which tells zeros apart and keeps NaN: both zeros have
     * one exponential, and a NaN makes the sum NaN.
     */
    private static float highest(float[] x, int offset, int end) {
        FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int i = offset; i < end; i += VECTOR) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, i);
            highest = highest.blend(v, v.compare(VectorOperators.GT, highest));
        }
        return highest.reduceLanes(VectorOperators.MAX);
    }

    @Override
    public void divide(float[] x, int from, float divisor, float[] target, int to, int count) {
        int whole = count - count % VECTOR;
        for (int i = 0; i < whole; i += VECTOR) {
            FloatVector.fromArray(SPECIES, x, from + i).div(divisor).intoArray(target, to + i);
        }
        for (int i = whole; i < count; i++) {
            target[to + i] = x[from + i] / divisor;
        }
    }

    @Override
    public void highest(float[] x, int offset, int count, int block, float[] target) {
        int whole = count / block;
        for (int k = 0; k < whole; k++) {
            int from = offset + k * block;
            FloatVector highest = FloatVector.fromArray(SPECIES, x, from);
            for (int i = from + VECTOR; i < from + block; i += VECTOR) {
                highest = highest.max(FloatVector.fromArray(SPECIES, x, i));
            }
            target[k] = highest.reduceLanes(VectorOperators.MAX); // exact in any order
        }
        if (whole * block < count) {
            target[whole] = ScalarMath.highest(x, offset + whole * block, offset + count);
        }
    }

    @Override
    public float sum(float[] x, int offset, int count) {
        float[] lanes = partialSums();
        int whole = offset + count / LANES * LANES;
        for (int lane = 0; lane < LANES; lane += VECTOR) {
            FloatVector sums = FloatVector.zero(SPECIES);
            for (int i = offset + lane; i < whole; i += LANES) {
                sums = sums.add(FloatVector.fromArray(SPECIES, x, i));
            }
            sums.intoArray(lanes, lane);
        }
        for (int i = whole; i < offset + count; i++) {
            lanes[i - whole] += x[i];
        }
        return ScalarMath.fold(lanes);
    }

    @Override
    public float sumOfSquares(float[] x, int offset, int count, float center) {
        float[] lanes = partialSums();
        int whole = offset + count / LANES * LANES;
        for (int lane = 0; lane < LANES; lane += VECTOR) {
            FloatVector sums = FloatVector.zero(SPECIES);
            for (int i = offset + lane; i < whole; i += LANES) {
                FloatVector distance = FloatVector.fromArray(SPECIES, x, i).sub(center);
                sums = distance.fma(distance, sums);
            }
            sums.intoArray(lanes, lane);
        }
        for (int i = whole; i < offset + count; i++) {
            float distance = x[i] - center;
            lanes[i - whole] = Math.fma(distance, distance, lanes[i - whole]);
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
