package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerWeights.Linear;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.Activation;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.Rows;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer over many rows, its panels shared among the workers, with what follows it done
 * while a panel's results are still in a near cache. One object serves all products of a step, so
 * that none allocates.
 */
final class ParallelProduct implements WorkerPool.Work {

    // Below about this many multiply-adds waking another thread costs more than it saves.
    private static final long SMALL = 100_000;

    private Kernels kernels;
    private final WorkerPool workers;
    private @Nullable Linear linear;
    private @Nullable Rows x;
    private @Nullable Rows y;
    private @Nullable Activation activation;
    private @Nullable Rows sum;
    private int rows;
    private int panelsOfPart;

    ParallelProduct(Kernels kernels, WorkerPool workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    void use(Kernels edition) {
        kernels = edition;
    }

    /** {@code y[r] = W·x[r] + bias} for {@code rows} rows. */
    void multiply(Linear linear, Rows x, Rows y, int rows) {
        start(linear, x, y, rows, null, null);
    }

    /** {@code y[r] = activation(W·x[r] + bias)}. */
    void multiplyAndActivate(Linear linear, Rows x, Rows y, int rows, Activation activation) {
        start(linear, x, y, rows, activation, null);
    }

    /** {@code y[r] = W·x[r] + bias}, then {@code sum[r] += y[r]}. */
    void multiplyAndAdd(Linear linear, Rows x, Rows y, int rows, Rows sum) {
        start(linear, x, y, rows, null, sum);
    }

    private void start(
            Linear linear,
            Rows x,
            Rows y,
            int rows,
            @Nullable Activation activation,
            @Nullable Rows sum) {
        this.linear = linear;
        this.x = x;
        this.y = y;
        this.rows = rows;
        this.activation = activation;
        this.sum = sum;
        int panels = linear.matrix().panels();
        if ((long) linear.matrix().outputs() * linear.matrix().inputs() * rows < SMALL) {
            compute(0, panels);
        } else {
            panelsOfPart = panelsOfPart(panels);
            workers.run((panels + panelsOfPart - 1) / panelsOfPart, this);
        }
    }

    /** As many as are best computed together, as long as every worker gets two parts. */
    private int panelsOfPart(int panels) {
        int share = panels / (2 * workers.threadCount());
        return Math.clamp(share, 1, rows == 1 ? 1 : Kernels.PANELS_TOGETHER);
    }

    @Override
    public void run(int part, int thread) {
        int first = part * panelsOfPart;
        int panels = Objects.requireNonNull(linear).matrix().panels();
        compute(first, Math.min(panels, first + panelsOfPart));
    }

    private void compute(int firstPanel, int endPanel) {
        Linear linear = Objects.requireNonNull(this.linear);
        Rows x = Objects.requireNonNull(this.x);
        Rows y = Objects.requireNonNull(this.y);
        kernels.multiply(linear.matrix(), linear.bias(), x, y, rows, firstPanel, endPanel);
        int from = firstPanel * PackedMatrix.PANEL;
        int count = Math.min(linear.matrix().outputs(), endPanel * PackedMatrix.PANEL) - from;
        Activation function = activation;
        if (function != null) {
            for (int row = 0; row < rows; row++) {
                kernels.activate(function, y.data(), y.at(row) + from, count);
            }
        }
        Rows total = sum;
        if (total != null) {
            for (int row = 0; row < rows; row++) {
                Rows.add(y.data(), y.at(row) + from, total.data(), total.at(row) + from, count);
            }
        }
    }
}
