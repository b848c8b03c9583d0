package dev.kaya.benchmark;

import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.RandomBlocks;
import dev.kaya.engine.tensor.matrix.Rows;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Rows against a matrix of 33 million weights, which no cache holds: one row decodes, many read.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH fills the fields
public class ProductBenchmark {

    private static final int OUTPUTS = 16_384;
    private static final int INPUTS = 2_048;
    private static final float[] NO_BIAS = {};

    /** Rows of activations. */
    @Param({"1", "4", "8", "64", "256"})
    public int rows;

    /** How the weights are stored. */
    @Param({"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    public DataType type;

    /** Threads that share the panels. */
    @Param("1")
    public int threads;

    private final Kernels kernels = KernelProvider.best();
    private WorkerPool workers;
    private PackedMatrix matrix;
    private Rows x;
    private Rows y;

    /** Random weights between −0.5 and 0.5, or random blocks. */
    @Setup
    public void prepare() {
        var random = new SplittableRandom(1);
        workers = new WorkerPool(threads);
        matrix = new PackedMatrix(OUTPUTS, INPUTS, type);
        float[] row = new float[INPUTS];
        var blocks = new Random(1);
        for (int output = 0; output < OUTPUTS; output++) {
            if (type.isQuantised()) {
                matrix.setRow(output, RandomBlocks.of(type, INPUTS, blocks), 0);
                continue;
            }
            for (int i = 0; i < INPUTS; i++) {
                row[i] = (float) random.nextDouble() - 0.5f;
            }
            matrix.encodeRow(output, row, 0);
        }
        x = Rows.allocate(rows, INPUTS);
        y = Rows.allocate(rows, OUTPUTS);
        Arrays.fill(x.data(), 0.25f);
    }

    /** Ends the threads. */
    @TearDown
    public void close() {
        workers.close();
    }

    /** All panels once, as a linear layer does. */
    @Benchmark
    public Rows multiply(Work work) {
        workers.run(matrix.panels(), this::multiplyPanel);
        work.add(rows, (double) matrix.bytes(), 2.0 * rows * OUTPUTS * INPUTS);
        return y;
    }

    private void multiplyPanel(int panel, int thread) {
        kernels.multiply(matrix, NO_BIAS, x, y, rows, panel, panel + 1);
    }
}
