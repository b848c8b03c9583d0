package dev.kaya.benchmark;

import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
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
import org.openjdk.jmh.annotations.Warmup;

/** One token's attention in one layer of twelve heads of 64, on one thread, page by page. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH fills the fields
public class AttentionBenchmark {

    private static final int HEADS = 12;
    private static final int HEAD_LENGTH = 64;
    private static final int PAGE_LENGTH = HEAD_LENGTH * Kernels.PAGE;

    /** Positions that the token sees, a multiple of a page. */
    @Param({"128", "1024"})
    public int positions;

    /** Queries that attend together: one decodes, 24 are neighbours of a prompt. */
    @Param({"1", "24"})
    public int queries;

    private final Kernels kernels = KernelProvider.best();
    private float[] pages;
    private float[] query;
    private float[] scores;
    private float[] mixed;

    /** Random keys or values between −0.5 and 0.5. */
    @Setup
    public void prepare() {
        var random = new SplittableRandom(1);
        pages = new float[HEADS * HEAD_LENGTH * positions];
        query = new float[queries * HEAD_LENGTH];
        scores = new float[queries * positions];
        mixed = new float[queries * HEAD_LENGTH];
        for (float[] array : new float[][] {pages, query, scores}) {
            for (int i = 0; i < array.length; i++) {
                array[i] = (float) random.nextDouble() - 0.5f;
            }
        }
    }

    /** Queries against keys. */
    @Benchmark
    public float[] scores(Work work) {
        for (int head = 0; head < HEADS; head++) {
            int at = head * HEAD_LENGTH * positions;
            for (int from = 0; from < positions; from += Kernels.PAGE, at += PAGE_LENGTH) {
                kernels.scores(
                        query,
                        0,
                        HEAD_LENGTH,
                        queries,
                        pages,
                        at,
                        HEAD_LENGTH,
                        scores,
                        from,
                        positions);
            }
        }
        count(work);
        return scores;
    }

    /** Weights against values. */
    @Benchmark
    public float[] mix(Work work) {
        for (int head = 0; head < HEADS; head++) {
            int at = head * HEAD_LENGTH * positions;
            for (int from = 0; from < positions; from += Kernels.PAGE, at += PAGE_LENGTH) {
                kernels.mix(
                        scores,
                        from,
                        positions,
                        queries,
                        Kernels.PAGE,
                        pages,
                        at,
                        HEAD_LENGTH,
                        mixed,
                        0,
                        HEAD_LENGTH);
            }
        }
        count(work);
        return mixed;
    }

    private void count(Work work) {
        double elements = pages.length;
        work.add(queries, elements * Float.BYTES, 2 * elements * queries);
    }

    /** The softmax's exponentials; their operations are not counted, bytes are those read. */
    @Benchmark
    public float exponentiate(Work work) {
        float sum = kernels.exponentiate(scores, 0, positions, 0.125f);
        work.add(1, (double) positions * Float.BYTES, 0);
        return sum;
    }
}
