package dev.kaya.engine;

import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.StepBatch;
import dev.kaya.engine.model.Transformer;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.Rows;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntPredicate;

/** A model driven by hand, without scheduler or sampler. */
public final class TestDecoder implements AutoCloseable {

    public static final Path CHECKPOINTS = Path.of("checkpoints");
    public static final Path FIXTURES = Path.of("src/test/resources/fixtures");

    private final LoadedModel model;
    private final WorkerPool workers;
    private final Transformer transformer;
    private final StepBatch batch;
    private final KvPool pool;

    public TestDecoder(LoadedModel model) {
        this(model, KernelProvider.best(), 1);
    }

    public TestDecoder(LoadedModel model, Kernels kernels, int threads) {
        this(model, kernels, threads, KvCacheType.F32);
    }

    public TestDecoder(LoadedModel model, Kernels kernels, int threads, KvCacheType cache) {
        this.model = model;
        int context = model.model().config().dimensions().context();
        workers = new WorkerPool(threads);
        transformer = new Transformer(model.model(), context, context, kernels, workers);
        batch = new StepBatch(context, context);
        pool = new KvPool(model.model().config(), cache, KvPool.pagesFor(context));
    }

    public int context() {
        return model.model().config().dimensions().context();
    }

    public int vocabulary() {
        return model.model().config().dimensions().vocabulary();
    }

    /** The ids of a text with the BOS that its model asks for. */
    public static int[] encode(LoadedModel model, String text) {
        int[] ids = model.tokenizer().encode(text, false);
        if (!model.specialTokens().addBos()) {
            return ids;
        }
        int[] withBos = new int[ids.length + 1];
        withBos[0] = model.specialTokens().bos().orElseThrow();
        System.arraycopy(ids, 0, withBos, 1, ids.length);
        return withBos;
    }

    /** Logits after every token, computed in chunks of the given size; 0 is all at once. */
    public float[][] forward(int[] tokenIds, int chunk) {
        return forward(tokenIds, chunk, position -> true);
    }

    /** The same, but logits only where they are wanted; null elsewhere. */
    public float[][] forward(int[] tokenIds, int chunk, IntPredicate wanted) {
        float[][] logits = new float[tokenIds.length][];
        try (KvCache cache = Objects.requireNonNull(pool.reserve(tokenIds.length))) {
            int size = chunk == 0 ? tokenIds.length : chunk;
            for (int from = 0; from < tokenIds.length; from += size) {
                batch.clear();
                int to = Math.min(tokenIds.length, from + size);
                for (int i = from; i < to; i++) {
                    batch.add(tokenIds[i], i, cache, wanted.test(i));
                }
                Rows rows = transformer.forward(batch);
                int output = 0;
                for (int i = from; i < to; i++) {
                    if (wanted.test(i)) {
                        int at = rows.at(output++);
                        logits[i] = Arrays.copyOfRange(rows.data(), at, at + vocabulary());
                    }
                }
            }
        }
        return logits;
    }

    /** Logits after the last token, from a full pass over the last context_length tokens. */
    public float[] lastLogits(int[] tokenIds) {
        int from = Math.max(0, tokenIds.length - context());
        float[][] all = forward(Arrays.copyOfRange(tokenIds, from, tokenIds.length), 0);
        return all[all.length - 1];
    }

    /** Greedy continuation by full passes over the cropped window. */
    public int[] greedy(int[] prompt, int count) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + count);
        for (int i = prompt.length; i < ids.length; i++) {
            ids[i] = argmax(lastLogits(Arrays.copyOf(ids, i)));
        }
        return Arrays.copyOfRange(ids, prompt.length, ids.length);
    }

    public static int argmax(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    @Override
    public void close() {
        workers.close();
    }
}
