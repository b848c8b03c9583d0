package dev.kaya.benchmark;

import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.RandomModels;
import dev.kaya.engine.model.StepBatch;
import dev.kaya.engine.model.Transformer;
import dev.kaya.engine.model.TransformerModel;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.matrix.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
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
 * One step of the engine: a prompt of 256 tokens (or what the context holds), one token after it,
 * and one token each of eight sequences after theirs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH fills the fields
public class StepBenchmark {

    private static final int PROMPT = 256;
    private static final int SEQUENCES = 8;

    /** A GPT-2 of 124 million random float32 weights, or the checkpoint of 4,192. */
    @Param({"gpt2-small", "names"})
    public String model;

    /** Threads that compute; 0 is one for each processor. */
    @Param("0")
    public int threads;

    private final KvCache[] caches = new KvCache[SEQUENCES];
    private WorkerPool workers;
    private Transformer transformer;
    private StepBatch batch;
    private StepCost cost;
    private int vocabulary;
    private int prompt;

    /** Loads the model and fills the caches with prompts. */
    @Setup
    public void prepare() throws IOException {
        TransformerModel loaded =
                model.equals("names")
                        ? ModelLoader.load(Path.of("checkpoints/names")).model()
                        : RandomModels.gpt2(RandomModels.GPT2_SMALL);
        var dimensions = loaded.config().dimensions();
        workers = new WorkerPool(Benchmarks.threads(threads));
        cost = StepCost.of(loaded);
        vocabulary = dimensions.vocabulary();
        prompt = Math.min(PROMPT, dimensions.context() - 1);
        transformer = new Transformer(loaded, PROMPT, SEQUENCES, KernelProvider.best(), workers);
        batch = new StepBatch(PROMPT, SEQUENCES);
        var pool =
                new KvPool(
                        loaded.config(), KvCacheType.F32, SEQUENCES * KvPool.pagesFor(prompt + 1));
        for (int i = 0; i < SEQUENCES; i++) {
            caches[i] = Objects.requireNonNull(pool.reserve(prompt + 1));
            forwardPrompt(caches[i]);
        }
    }

    /** Ends the threads. */
    @TearDown
    public void close() {
        workers.close();
    }

    /** A whole prompt in one step. */
    @Benchmark
    public Rows prefill(Work work) {
        Rows logits = forwardPrompt(caches[0]);
        long seen = prompt * (prompt + 1L) / 2;
        work.add(prompt, (double) cost.bytes(1), cost.flops(prompt, 1, seen, prompt));
        return logits;
    }

    private Rows forwardPrompt(KvCache cache) {
        batch.clear();
        for (int position = 0; position < prompt; position++) {
            int token = (100 + position * 37) % vocabulary;
            batch.add(token, position, cache, position == prompt - 1);
        }
        return transformer.forward(batch);
    }

    /** One token. */
    @Benchmark
    public Rows decode(Work work) {
        return forwardTokens(1, work);
    }

    /** Eight tokens of eight sequences. */
    @Benchmark
    public Rows batch(Work work) {
        return forwardTokens(SEQUENCES, work);
    }

    private Rows forwardTokens(int sequences, Work work) {
        batch.clear();
        for (int i = 0; i < sequences; i++) {
            batch.add(i, prompt, caches[i], true);
        }
        Rows logits = transformer.forward(batch);
        long seen = sequences * (prompt + 1L);
        double flops = cost.flops(sequences, sequences, seen, seen);
        work.add(sequences, (double) cost.bytes(sequences), flops);
        return logits;
    }
}
