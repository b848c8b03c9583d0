package dev.kaya.engine.tensor.kernel;

import java.util.Arrays;

/**
 * {@link Kernels} in plain loops, for a JVM started without the Vector API. The loops are shaped so
 * that the just-in-time compiler can vectorise them; the bits are those of {@link VectorKernels}.
 */
final class ScalarKernels extends PanelKernels {

    @Override
    public String description() {
        return "scalar loops";
    }

    @Override
    void multiplyBlock(float[] w, int offset, int width, int inputs, RowBlock block, int input) {
        block.carry(0, block.rows, width);
        float[] x = block.x;
        float[] y = block.y;
        for (int row = 0; row < block.rows; row++) {
            int out = block.yAt + row * block.yStride;
            int in = block.xAt + input + row * block.xStride;
            int at = offset;
            for (int i = 0; i < inputs; i++, at += width) {
                float factor = x[in + i];
                for (int j = 0; j < width; j++) {
                    y[out + j] = Math.fma(factor, w[at + j], y[out + j]);
                }
            }
        }
    }

    @Override
    public float exponentiate(float[] x, int offset, int count, float scale) {
        int end = offset + count;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = offset; i < end; i++) {
            x[i] *= scale;
            max = Math.max(max, x[i]);
        }
        Arrays.fill(x, end, offset + wholeLanes(count), Float.NEGATIVE_INFINITY);
        float[] lanes = partialSums();
        for (int i = offset; i < end; i += LANES) {
            for (int lane = 0; lane < LANES; lane++) {
                x[i + lane] = ScalarMath.exp(x[i + lane] - max);
                lanes[lane] += x[i + lane];
            }
        }
        return ScalarMath.fold(lanes);
    }

    @Override
    public void divide(float[] x, int from, float divisor, float[] target, int to, int count) {
        for (int i = 0; i < count; i++) {
            target[to + i] = x[from + i] / divisor;
        }
    }

    @Override
    public void highest(float[] x, int offset, int count, int block, float[] target) {
        for (int from = 0; from < count; from += block) {
            int end = offset + Math.min(count, from + block);
            target[from / block] = ScalarMath.highest(x, offset + from, end);
        }
    }

    @Override
    public float sum(float[] x, int offset, int count) {
        float[] lanes = partialSums();
        for (int i = 0; i < count; i++) {
            lanes[i % LANES] += x[offset + i];
        }
        return ScalarMath.fold(lanes);
    }

    @Override
    public float sumOfSquares(float[] x, int offset, int count, float center) {
        float[] lanes = partialSums();
        for (int i = 0; i < count; i++) {
            float distance = x[offset + i] - center;
            lanes[i % LANES] = Math.fma(distance, distance, lanes[i % LANES]);
        }
        return ScalarMath.fold(lanes);
    }

    @Override
    public void activate(Activation activation, float[] x, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            x[i] = ScalarMath.activate(activation, x[i]);
        }
    }
}
