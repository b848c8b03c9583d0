package dev.kaya.benchmark;

import dev.kaya.engine.tensor.kernel.Activation;
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

/** The hidden elements of one token of a GPT-2 small, on one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH fills the fields
public class ActivationBenchmark {

    private static final int LENGTH = 3_072;

    /** Which function. */
    @Param public Activation activation;

    private final Kernels kernels = KernelProvider.best();
    private final float[] source = new float[LENGTH];
    private final float[] target = new float[LENGTH];

    /** Random elements between −4 and 4. */
    @Setup
    public void prepare() {
        var random = new SplittableRandom(1);
        for (int i = 0; i < LENGTH; i++) {
            source[i] = (float) random.nextDouble() * 8 - 4;
        }
    }

    /** A copy is part of it: what is activated again and again becomes denormal. */
    @Benchmark
    public float[] activate(Work work) {
        System.arraycopy(source, 0, target, 0, LENGTH);
        kernels.activate(activation, target, 0, LENGTH);
        work.add(1, (double) LENGTH * Float.BYTES, 0);
        return target;
    }
}
