package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerWeights.Linear;
import dev.kaya.engine.tensor.Kernels;
import dev.kaya.engine.tensor.Rows;
import dev.kaya.engine.tensor.WorkerPool;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer over many rows, its panels shared among the workers. One object serves all
 * products of a step, so that none allocates.
 */
final class ParallelProduct implements WorkerPool.Work {

    // Below about this many multiply-adds waking another thread costs more than it saves.
    private static final long SMALL = 100_000;

    private Kernels kernels;
    private final WorkerPool workers;
    private @Nullable Linear linear;
    private @Nullable Rows x;
    private @Nullable Rows y;
    private int rows;

    ParallelProduct(Kernels kernels, WorkerPool workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    void use(Kernels edition) {
        kernels = edition;
    }

    /** {@code y[r] = W·x[r] + bias} for {@code rows} rows. */
    void multiply(Linear linear, Rows x, Rows y, int rows) {
        int panels = linear.matrix().panels();
        long work = (long) linear.matrix().outputs() * linear.matrix().inputs() * rows;
        if (work < SMALL) {
            kernels.multiply(linear.matrix(), linear.bias(), x, y, rows, 0, panels);
            return;
        }
        this.linear = linear;
        this.x = x;
        this.y = y;
        this.rows = rows;
        workers.run(panels, this);
    }

    @Override
    public void run(int part, int thread) {
        Linear linear = this.linear;
        Rows x = this.x;
        Rows y = this.y;
        if (linear == null || x == null || y == null) {
            throw new AssertionError("no product to share");
        }
        kernels.multiply(linear.matrix(), linear.bias(), x, y, rows, part, part + 1);
    }
}
