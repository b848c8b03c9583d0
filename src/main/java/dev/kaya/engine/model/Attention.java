package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.SlidingWindow;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.Kernels;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Causal attention over the KV cache (Vaswani et al. 2017, section 3.2.1; grouped heads: Ainslie et
 * al. 2023), shared among the workers.
 *
 * <p>A query walks the pages of its sequence from position 0, or from where its window begins, to
 * its own. Pages begin at fixed positions and sums are canonical, so the result depends on the
 * tokens alone: not on how a prompt was chunked, nor on the rest of the batch. Queries that walk
 * together share what is read: the neighbours of a prompt, or the heads that share a key head.
 */
final class Attention implements WorkerPool.Work {

    // Multiply-adds below which the other threads are left alone; see ParallelProduct.
    private static final long SMALL = 100_000;

    private final AttentionShape shape;
    private final SlidingWindow window;
    private Kernels kernels;
    private final WorkerPool workers;
    private final QueryBlocks blocks;
    private final PagedAttention[] walks;
    private @Nullable StepBatch batch;
    private @Nullable ActivationBuffers buffers;
    private int layer;

    /**
     * @param config whose attention this is
     * @param kernels which edition computes
     * @param workers who helps
     * @param maxRows most tokens in a step
     */
    Attention(TransformerConfig config, Kernels kernels, WorkerPool workers, int maxRows) {
        shape = config.attention();
        window = config.window();
        this.kernels = kernels;
        this.workers = workers;
        blocks = new QueryBlocks(maxRows);
        walks = new PagedAttention[workers.threadCount()];
        for (int i = 0; i < walks.length; i++) {
            walks[i] = new PagedAttention(shape, config.dimensions().context());
        }
    }

    void use(Kernels edition) {
        kernels = edition;
    }

    /** Takes the rows of a step; once before its layers. */
    void begin(StepBatch batch, ActivationBuffers buffers) {
        this.batch = batch;
        this.buffers = buffers;
        blocks.cut(batch);
    }

    /** Lets only rows whose logits are wanted attend from now on. */
    void takeOutputs() {
        blocks.cutOutputs(Objects.requireNonNull(batch));
    }

    /**
     * Reads {@code queryKeyValue}, whose keys and values are in the cache already; fills mixed in
     * the rows that attend.
     */
    void attend(int layer) {
        this.layer = layer;
        int parts = blocks.count() * shape.keyValueHeads();
        if (blocks.positions() * shape.queryLength() * 2 < SMALL) {
            for (int part = 0; part < parts; part++) {
                run(part, 0);
            }
        } else {
            workers.run(parts, this);
        }
    }

    /** One part is one block of rows and one key head with the query heads that share it. */
    @Override
    public void run(int part, int thread) {
        int block = part / shape.keyValueHeads();
        int keyHead = part % shape.keyValueHeads();
        if (blocks.rows(block) == 1) {
            acrossHeads(blocks.firstRow(block), keyHead, walks[thread]);
        } else {
            acrossRows(blocks.firstRow(block), blocks.rows(block), keyHead, walks[thread]);
        }
    }

    private void acrossHeads(int row, int keyHead, PagedAttention walk) {
        int position = Objects.requireNonNull(batch).position(row);
        int first = keyHead * shape.group();
        for (int head = 0; head < shape.group(); head += QueryBlocks.MOST) {
            int heads = Math.min(QueryBlocks.MOST, shape.group() - head);
            walk.clear();
            for (int i = 0; i < heads; i++) {
                walk.add(window.start(layer, position), position + 1);
            }
            attend(walk, row, first + head, true);
        }
    }

    private void acrossRows(int firstRow, int rows, int keyHead, PagedAttention walk) {
        StepBatch step = Objects.requireNonNull(batch);
        walk.clear();
        for (int i = 0; i < rows; i++) {
            int position = step.position(firstRow + i);
            walk.add(window.start(layer, position), position + 1);
        }
        for (int i = 0; i < shape.group(); i++) {
            attend(walk, firstRow, keyHead * shape.group() + i, false);
        }
    }

    private void attend(PagedAttention walk, int row, int head, boolean acrossHeads) {
        ActivationBuffers memory = Objects.requireNonNull(buffers);
        int offset = head * shape.headLength();
        walk.from(memory.queryKeyValue(), row, offset, acrossHeads);
        walk.to(memory.mixed(), row, offset, acrossHeads);
        KvCache cache = Objects.requireNonNull(batch).cache(row);
        walk.attend(kernels, cache, layer, head / shape.group());
    }
}
