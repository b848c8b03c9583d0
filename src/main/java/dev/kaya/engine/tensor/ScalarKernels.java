package dev.kaya.engine.tensor;

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
        float[] results = y.data();
        for (int row = 0; row < rows; row++) {
            int out = y.at(row) + firstOutput;
            int in = x.at(row) + firstInput;
            int at = offset;
            for (int i = 0; i < inputs; i++, at += width) {
                float factor = x.data()[in + i];
                for (int j = 0; j < width; j++) {
                    results[out + j] = Math.fma(factor, weights[at + j], results[out + j]);
                }
            }
        }
    }

    @Override
    void widenBrainFloats(short[] stored, int from, int count, float[] target) {
        for (int j = 0; j < count; j++) {
            target[j] = Float.intBitsToFloat(stored[from + j] << 16);
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
        Arrays.fill(out, outOffset, outOffset + width, 0f);
        for (int d = 0; d < headLength; d++) {
            float factor = q[qOffset + d];
            int at = keysOffset + d * PAGE;
            for (int p = 0; p < width; p++) {
                out[outOffset + p] = Math.fma(factor, keys[at + p], out[outOffset + p]);
            }
        }
        for (int p = 0; p < width; p++) {
            out[outOffset + p] *= scale;
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
        for (int p = 0; p < count; p++) {
            float factor = weights[weightsOffset + p];
            int at = valuesOffset + p * headLength;
            for (int d = 0; d < headLength; d++) {
                out[outOffset + d] = Math.fma(factor, values[at + d], out[outOffset + d]);
            }
        }
    }

    @Override
    public float exponentiate(float[] x, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, x[i]);
        }
        Arrays.fill(x, count, PackedMatrix.padded(count), Float.NEGATIVE_INFINITY);
        float[] lanes = partialSums();
        for (int i = 0; i < count; i += LANES) {
            for (int lane = 0; lane < LANES; lane++) {
                x[i + lane] = ScalarMath.exp(x[i + lane] - max);
                lanes[lane] += x[i + lane];
            }
        }
        return ScalarMath.fold(lanes);
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
