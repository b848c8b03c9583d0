package dev.kaya.benchmark;

import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.LogitBias;
import dev.kaya.engine.sampling.Penalties;
import dev.kaya.engine.sampling.Sampler;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.sampling.TokenHistory;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import java.util.Arrays;
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

/** Picking one token of GPT-2's vocabulary after a text of 500 tokens, on one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH fills the fields
public class SamplingBenchmark {

    private static final int VOCABULARY = 50_257;
    private static final int LENGTH = 500;

    /** Which options are on. */
    public enum Options {
        /** The likeliest token. */
        GREEDY,
        /** Temperature, top_k and top_p as they are by default. */
        DEFAULT,
        /** Temperature alone. */
        TEMPERATURE,
        /** Temperature and top_p, which sees the whole vocabulary. */
        TOP_P,
        /** Every filter, without top_k, so that the others see the whole vocabulary. */
        ALL_FILTERS_BUT_TOP_K,
        /** Every filter and every penalty. */
        ALL
    }

    /** What is on. */
    @Param public Options options;

    private final float[] logits = new float[VOCABULARY];
    private final TokenHistory history = new TokenHistory(new int[LENGTH]);
    private Sampler sampler;
    private SamplingParams params;
    private int sample;

    /** Logits that fall off as a language model's do: most far below the likeliest. */
    @Setup
    public void prepare() {
        var random = new SplittableRandom(1);
        for (int id = 0; id < VOCABULARY; id++) {
            logits[id] = (float) (random.nextGaussian() * 3 - 100);
        }
        for (int i = 0; i < LENGTH; i++) {
            history.append(random.nextInt(VOCABULARY));
        }
        boolean[] allowed = new boolean[VOCABULARY];
        Arrays.fill(allowed, true);
        sampler = new Sampler(allowed);
        sampler.use(KernelProvider.best());
        params =
                switch (options) {
                    case GREEDY -> SamplingParams.GREEDY;
                    case DEFAULT -> SamplingParams.of(0.8f, Filters.of(50, 0.95), 1);
                    case TEMPERATURE -> SamplingParams.of(0.8f, Filters.of(0, 1), 1);
                    case TOP_P -> SamplingParams.of(0.8f, Filters.of(0, 0.95), 1);
                    case ALL_FILTERS_BUT_TOP_K ->
                            SamplingParams.of(0.8f, new Filters(0, 0.95, 0.02, 0.9), 1);
                    case ALL ->
                            new SamplingParams(
                                    0.8f,
                                    new Filters(50, 0.95, 0.02, 0.9),
                                    new Penalties(
                                            1.2,
                                            256,
                                            0.5,
                                            0.5,
                                            3,
                                            new LogitBias(new int[] {5}, new float[] {1})),
                                    new SamplingParams.Ends(2 * LENGTH, new int[] {0}),
                                    1);
                };
    }

    /** One token. */
    @Benchmark
    public int pick(Work work) {
        work.add(1, (double) VOCABULARY * Float.BYTES, 0);
        return sampler.sample(logits, 0, params, history, sample++);
    }
}
