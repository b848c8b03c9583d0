package dev.kaya.engine.model;

import dev.kaya.engine.tensor.WorkerPool;
import org.jspecify.annotations.Nullable;

/** What is done to each row, or each head, by itself, shared among the workers when it is much. */
final class ParallelRows implements WorkerPool.Work {

    // Elements below which waking another thread costs more than it saves: a few microseconds.
    private static final long SMALL = 20_000;

    /** What is done to one row. */
    @FunctionalInterface
    interface RowWork {
        void run(int row);
    }

    private final WorkerPool workers;
    private @Nullable RowWork work;
    private int rows;
    private int rowsOfPart;

    ParallelRows(WorkerPool workers) {
        this.workers = workers;
    }

    /**
     * Runs {@code work} for every row; rows write to places of their own.
     *
     * @param rows how many
     * @param elements touched by each, about
     */
    void run(int rows, int elements, RowWork work) {
        if ((long) rows * elements < SMALL) {
            for (int row = 0; row < rows; row++) {
                work.run(row);
            }
            return;
        }
        this.work = work;
        this.rows = rows;
        rowsOfPart = Math.max(1, (int) Math.min(rows, SMALL / 2 / elements));
        workers.run((rows + rowsOfPart - 1) / rowsOfPart, this);
    }

    @Override
    public void run(int part, int thread) {
        RowWork work = this.work;
        if (work == null) {
            throw new AssertionError("no rows to share");
        }
        int end = Math.min(rows, (part + 1) * rowsOfPart);
        for (int row = part * rowsOfPart; row < end; row++) {
            work.run(row);
        }
    }
}
