package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.Rows;
import java.util.Arrays;

/**
 * One thread's walk through a KV cache with queries that share a key head: one head of neighbouring
 * rows of a sequence, or several heads of one row.
 *
 * <p>Each query reads the positions of its own range and none beside it, so what it computes does
 * not depend on its companions. A range may begin anywhere; its sums are laid out as if it began at
 * the last multiple of {@value Kernels#LANES} before, with nothing between.
 */
final class PagedAttention {

    private final AttentionShape shape;
    private final int stride;
    private final float[] scores; // (queries, stride)
    // (queries, headLength), and not in the result yet: it grows page by page, and shares cache
    // lines with the next heads, which other threads compute.
    private final float[] mixed;
    private final float[] sums = new float[QueryBlocks.MOST];
    private final int[] starts = new int[QueryBlocks.MOST];
    private final int[] lengths = new int[QueryBlocks.MOST];
    private final float[] widened;
    private float[] values = {};
    private int valuesAt;
    private int count;
    private float[] q = {};
    private int qAt;
    private int qStride;
    private float[] out = {};
    private int outAt;
    private int outStride;

    /**
     * @param shape of the heads
     * @param context most positions that a query sees
     */
    PagedAttention(AttentionShape shape, int context) {
        this.shape = shape;
        stride = KvPool.pagesFor(context) * Kernels.PAGE;
        mixed = new float[QueryBlocks.MOST * shape.headLength()];
        widened = new float[KvPage.headElements(shape.headLength())];
        scores = new float[Math.multiplyExact(QueryBlocks.MOST, stride)];
    }

    /** Forgets the queries of the last walk. */
    void clear() {
        count = 0;
    }

    /**
     * Adds a query that reads positions {@code start … length − 1}; neither is less than that of
     * the query before.
     */
    void add(int start, int length) {
        starts[count] = start;
        lengths[count++] = length;
    }

    /** The first query stands at {@code offset} of a row, the others in its heads or its rows. */
    void from(Rows queries, int row, int offset, boolean acrossHeads) {
        q = queries.data();
        qAt = queries.at(row) + offset;
        qStride = acrossHeads ? shape.headLength() : queries.stride();
    }

    /** Results go to the same places of other rows. */
    void to(Rows mixed, int row, int offset, boolean acrossHeads) {
        out = mixed.data();
        outAt = mixed.at(row) + offset;
        outStride = acrossHeads ? shape.headLength() : mixed.stride();
    }

    /**
     * Walks.
     *
     * @param kernels which edition computes
     * @param cache of the sequence
     * @param layer whose keys and values
     * @param keyHead which of its key heads
     */
    void attend(Kernels kernels, KvCache cache, int layer, int keyHead) {
        score(kernels, cache, layer, keyHead);
        int length = shape.headLength();
        Arrays.fill(mixed, 0, count * length, 0f);
        for (int query = 0; query < count; query++) {
            sums[query] = exponentiate(kernels, query);
        }
        mix(kernels, cache, layer, keyHead);
        for (int query = 0; query < count; query++) {
            int to = outAt + query * outStride;
            kernels.divide(mixed, query * length, sums[query], out, to, length);
        }
    }

    private float exponentiate(Kernels kernels, int query) {
        int row = query * stride;
        int aligned = starts[query] & -Kernels.LANES;
        Arrays.fill(scores, row + aligned, row + starts[query], Float.NEGATIVE_INFINITY);
        return kernels.exponentiate(scores, row + aligned, lengths[query] - aligned, shape.scale());
    }

    /** The first position of the page where the first range begins. */
    private int firstPage() {
        return starts[0] & -Kernels.PAGE;
    }

    private void score(Kernels kernels, KvCache cache, int layer, int keyHead) {
        for (int from = firstPage(); from < lengths[count - 1]; from += Kernels.PAGE) {
            KvPage page = cache.page(from / Kernels.PAGE);
            int keys = page.headOffset(layer, keyHead);
            int query = firstReaching(from);
            kernels.scores(
                    q,
                    qAt + query * qStride,
                    qStride,
                    count - query,
                    page.keys(kernels, keys, widened),
                    page.start(keys),
                    shape.headLength(),
                    scores,
                    query * stride + from,
                    stride);
        }
    }

    /** The first query that reads so far; those after it do, too. */
    private int firstReaching(int position) {
        int query = 0;
        while (lengths[query] <= position) {
            query++;
        }
        return query;
    }

    private void mix(Kernels kernels, KvCache cache, int layer, int keyHead) {
        int last = count - 1;
        for (int from = firstPage(); from < lengths[last]; from += Kernels.PAGE) {
            KvPage page = cache.page(from / Kernels.PAGE);
            int offset = page.headOffset(layer, keyHead);
            values = page.values(kernels, offset, widened);
            valuesAt = page.start(offset);
            boolean alike = first(0, from) == first(last, from) && end(0, from) == end(last, from);
            int together = alike ? count : Kernels.TILE;
            for (int query = 0; query < count; query += together) {
                mixTogether(kernels, from, query, Math.min(together, count - query));
            }
        }
    }

    /**
     * Neighbouring queries over a page: slots that all of them read together, those before and
     * after one query at a time.
     */
    private void mixTogether(Kernels kernels, int from, int query, int queries) {
        int start = first(query + queries - 1, from);
        int end = Math.max(start, end(query, from));
        for (int i = query; i < query + queries; i++) {
            mixSlots(kernels, from, i, 1, first(i, from), Math.min(start, end(i, from)));
        }
        mixSlots(kernels, from, query, queries, start, end);
        for (int i = query; i < query + queries; i++) {
            mixSlots(kernels, from, i, 1, end, end(i, from));
        }
    }

    /** The first slot of a page that a query reads. */
    private int first(int query, int from) {
        return Math.max(0, starts[query] - from);
    }

    /** One past the last slot of a page that a query reads. */
    private int end(int query, int from) {
        return Math.min(Kernels.PAGE, lengths[query] - from);
    }

    /** Does nothing where the range is empty. */
    private void mixSlots(Kernels kernels, int from, int query, int queries, int slot, int end) {
        if (slot >= end) {
            return;
        }
        kernels.mix(
                scores,
                query * stride + from + slot,
                stride,
                queries,
                end - slot,
                values,
                valuesAt + slot * shape.headLength(),
                shape.headLength(),
                mixed,
                query * shape.headLength(),
                shape.headLength());
    }
}
