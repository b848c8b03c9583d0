package dev.kaya.engine.model;

import dev.kaya.engine.tensor.Kernels;

/**
 * Keys and values of one sequence, in pages taken from a {@link KvPool} as positions are written.
 * Belongs to the loop's thread.
 */
public final class KvCache implements AutoCloseable {

    private final KvPool pool;
    private final KvPage[] pages;
    private int pageCount;
    private boolean closed;

    KvCache(KvPool pool, int reservedPages) {
        this.pool = pool;
        pages = new KvPage[reservedPages];
    }

    /** Positions this cache has room for. */
    public int capacity() {
        return pages.length * Kernels.PAGE;
    }

    /** Makes sure that a position has a page; the page before it must have been there. */
    void prepare(int position) {
        int index = position / Kernels.PAGE;
        assert !closed && index <= pageCount : position;
        if (index == pageCount) {
            pages[pageCount++] = pool.take();
        }
    }

    /** A page that there is. */
    KvPage page(int index) {
        return pages[index];
    }

    /** Returns pages and reservation; closing twice is harmless. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (int i = 0; i < pageCount; i++) {
            pool.giveBack(pages[i]);
        }
        pool.release(pages.length);
    }
}
