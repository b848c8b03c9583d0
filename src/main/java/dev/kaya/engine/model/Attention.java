package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.tensor.Kernels;
import dev.kaya.engine.tensor.Rows;
import dev.kaya.engine.tensor.WorkerPool;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Causal attention over the KV cache (Vaswani et al. 2017, section 3.2.1; grouped heads: Ainslie et
 * al. 2023).
 *
 * <p>A query walks the pages of its sequence from position 0 to its own. Pages begin at fixed
 * positions and sums are canonical, so the result depends on the tokens alone: not on how a prompt
 * was chunked, nor on the rest of the batch.
 */
final class Attention implements WorkerPool.Work {

    // Multiply-adds below which the other threads are left alone; see ParallelProduct.
    private static final long SMALL = 100_000;

    private final AttentionShape shape;
    private Kernels kernels;
    private final WorkerPool workers;
    private final float scale;
    private @Nullable StepBatch batch;
    private @Nullable ActivationBuffers buffers;
    private int layer;

    Attention(AttentionShape shape, Kernels kernels, WorkerPool workers) {
        this.shape = shape;
        this.kernels = kernels;
        this.workers = workers;
        scale = (float) (1 / Math.sqrt(shape.headLength()));
    }

    void use(Kernels edition) {
        kernels = edition;
    }

    /** Reads {@code queryKeyValue}, whose keys and values are in the cache already; fills mixed. */
    void attend(StepBatch batch, ActivationBuffers buffers, int layer) {
        this.batch = batch;
        this.buffers = buffers;
        this.layer = layer;
        int parts = batch.rows() * shape.keyValueHeads();
        if (work(batch) < SMALL) {
            for (int part = 0; part < parts; part++) {
                run(part, 0);
            }
        } else {
            workers.run(parts, this);
        }
    }

    private long work(StepBatch batch) {
        long positions = 0;
        for (int row = 0; row < batch.rows(); row++) {
            positions += batch.position(row) + 1;
        }
        return positions * shape.queryLength() * 2;
    }

    /** One part is one token and one key head with the query heads that share it. */
    @Override
    public void run(int part, int thread) {
        StepBatch batch = this.batch;
        ActivationBuffers buffers = this.buffers;
        if (batch == null || buffers == null) {
            throw new AssertionError("no step to attend");
        }
        int row = part / shape.keyValueHeads();
        int keyHead = part % shape.keyValueHeads();
        KvCache cache = batch.cache(row);
        int length = batch.position(row) + 1;
        for (int i = 0; i < shape.group(); i++) {
            int offset = (keyHead * shape.group() + i) * shape.headLength();
            attendOneHead(cache, length, keyHead, row, offset, buffers, buffers.scores()[thread]);
        }
    }

    private void attendOneHead(
            KvCache cache,
            int length,
            int keyHead,
            int row,
            int offset,
            ActivationBuffers buffers,
            float[] scores) {
        Rows queries = buffers.queryKeyValue();
        Rows mixed = buffers.mixed();
        int headLength = shape.headLength();
        int query = queries.at(row) + offset;
        for (int from = 0; from < length; from += Kernels.PAGE) {
            KvPage page = cache.page(from / Kernels.PAGE);
            int count = Math.min(Kernels.PAGE, length - from);
            int keys = page.headOffset(layer, keyHead);
            kernels.scores(
                    queries.data(), query, page.keys, keys, headLength, scale, count, scores, from);
        }
        float sum = kernels.exponentiate(scores, length);
        int out = mixed.at(row) + offset;
        Arrays.fill(mixed.data(), out, out + headLength, 0f);
        for (int from = 0; from < length; from += Kernels.PAGE) {
            KvPage page = cache.page(from / Kernels.PAGE);
            int count = Math.min(Kernels.PAGE, length - from);
            int values = page.headOffset(layer, keyHead);
            kernels.mix(scores, from, count, page.values, values, headLength, mixed.data(), out);
        }
        for (int d = out; d < out + headLength; d++) {
            mixed.data()[d] /= sum;
        }
    }
}
