package dev.kaya.benchmark;

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
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;

/**
 * What the KV cache is worth: time for N greedy tokens of a GPT-2 small with random float32
 * weights, fed back one by one with the cache, and without it by a full pass for each.
 *
 * <p>Arguments: the numbers of tokens; 100 250 500 1000 without any.
 */
public final class CacheBenchmark {

    private final Transformer transformer;
    private final StepBatch batch;
    private final KvPool pool;
    private final int vocabulary;

    private CacheBenchmark(TransformerModel model, WorkerPool workers) {
        int context = model.config().dimensions().context();
        transformer = new Transformer(model, context, 1, KernelProvider.best(), workers);
        batch = new StepBatch(context, 1);
        pool = new KvPool(model.config(), KvCacheType.F32, KvPool.pagesFor(context));
        vocabulary = model.config().dimensions().vocabulary();
    }

    public static void main(String[] arguments) {
        var out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        int[] counts = {100, 250, 500, 1000};
        if (arguments.length > 0) {
            counts = new int[arguments.length];
            for (int i = 0; i < counts.length; i++) {
                counts[i] = Integer.parseInt(arguments[i]);
            }
        }
        int threads = Runtime.getRuntime().availableProcessors();
        try (var workers = new WorkerPool(threads)) {
            var benchmark = new CacheBenchmark(RandomModels.gpt2(RandomModels.GPT2_MINI), workers);
            benchmark.cached(50);
            benchmark.uncached(20);
            out.printf(
                    "GPT-2 of 6 layers of 384, float32, %s, %d threads%n",
                    KernelProvider.best().description(), threads);
            out.println("| N | with the cache, s | without it, s | ratio |");
            out.println("|---|---|---|---|");
            for (int count : counts) {
                double with = benchmark.cached(count);
                double without = benchmark.uncached(count);
                out.printf(
                        Locale.ROOT,
                        "| %d | %.1f | %.1f | %.1f× |%n",
                        count,
                        with,
                        without,
                        without / with);
            }
        }
    }

    /** Seconds for {@code count} tokens, each step one token. */
    private double cached(int count) {
        long start = System.nanoTime();
        int token = 0;
        try (KvCache cache = Objects.requireNonNull(pool.reserve(count))) {
            for (int position = 0; position < count; position++) {
                batch.clear();
                batch.add(token, position, cache, true);
                token = likeliest(transformer.forward(batch));
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** Seconds for {@code count} tokens, each step all tokens so far. */
    private double uncached(int count) {
        long start = System.nanoTime();
        int[] tokens = new int[count + 1];
        for (int length = 1; length <= count; length++) {
            batch.clear();
            try (KvCache cache = Objects.requireNonNull(pool.reserve(length))) {
                for (int position = 0; position < length; position++) {
                    batch.add(tokens[position], position, cache, position == length - 1);
                }
                tokens[length] = likeliest(transformer.forward(batch));
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private int likeliest(Rows logits) {
        int best = 0;
        for (int id = 1; id < vocabulary; id++) {
            if (logits.data()[id] > logits.data()[best]) {
                best = id;
            }
        }
        return best;
    }
}
