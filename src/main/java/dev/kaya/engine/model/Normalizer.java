package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerWeights.Norm;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.Rows;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** LayerNorm (Ba et al. 2016) or RMSNorm (Zhang and Sennrich 2019) over rows of some length. */
final class Normalizer implements ParallelRows.RowWork {

    private final int length;
    private final float epsilon;
    private final boolean centered;
    private final ParallelRows parallel;
    private Kernels kernels;
    private @Nullable Rows in;
    private @Nullable Rows out;
    private Norm norm = Norm.PLAIN;

    /**
     * @param config which norm
     * @param length elements of a row
     * @param kernels which edition computes
     * @param parallel who shares rows
     */
    Normalizer(TransformerConfig config, int length, Kernels kernels, ParallelRows parallel) {
        this.length = length;
        epsilon = config.normalization().epsilon();
        centered = config.normalization().kind() == NormKind.LAYER_NORM;
        this.kernels = kernels;
        this.parallel = parallel;
    }

    void use(Kernels edition) {
        kernels = edition;
    }

    /** {@code out[r] = (in[r] − mean)·factor·gain + bias}; {@code out} may be {@code in}. */
    void normalize(Rows in, int rows, Norm norm, Rows out) {
        this.in = in;
        this.out = out;
        this.norm = norm;
        parallel.run(rows, length, this);
    }

    @Override
    public void run(int row) {
        Rows from = Objects.requireNonNull(in);
        Rows to = Objects.requireNonNull(out);
        normalize(from.data(), from.at(row), norm, to.data(), to.at(row));
    }

    /** The same for one row of {@code x}; may be called by many threads. */
    void normalize(float[] x, int at, Norm norm, float[] y, int to) {
        float mean = centered ? kernels.sum(x, at, length) / length : 0f;
        float variance = kernels.sumOfSquares(x, at, length, mean) / length;
        float factor = 1f / (float) Math.sqrt(variance + epsilon);
        float[] gain = norm.gain();
        float[] bias = norm.bias();
        if (gain.length == 0) {
            for (int i = 0; i < length; i++) {
                y[to + i] = (x[at + i] - mean) * factor;
            }
        } else if (bias.length == 0) {
            for (int i = 0; i < length; i++) {
                y[to + i] = (x[at + i] - mean) * factor * gain[i];
            }
        } else {
            for (int i = 0; i < length; i++) {
                y[to + i] = (x[at + i] - mean) * factor * gain[i] + bias[i];
            }
        }
    }
}
