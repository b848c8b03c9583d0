package dev.kaya.engine.model;

import dev.kaya.engine.tensor.kernel.Kernels;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of one sequence, in pages taken from a {@link KvPool} as positions are written,
 * or shared with sequences that begin alike. Belongs to the loop's thread.
 */
public final class KvCache implements AutoCloseable {

    private final KvPool pool;
    private final KvPage[] pages;
    private final PrefixTree.@Nullable Node[] nodes;
    private final boolean shares;
    private int pageCount;
    private int nodeCount;
    private int ownPages;
    private int reused;
    private boolean closed;

    /** Reserves pages that are the sequence's alone. */
    KvCache(KvPool pool, int pages) {
        this(pool, pages, pages, false);
    }

    private KvCache(KvPool pool, int pages, int ownPages, boolean shares) {
        this.pool = pool;
        this.pages = new KvPage[pages];
        this.nodes = new PrefixTree.Node[pages];
        this.ownPages = ownPages;
        this.shares = shares;
        pool.charge(ownPages);
        pool.promise(pages);
    }

    /** Reserves what is not known yet and reads the rest where it is. */
    static KvCache sharing(KvPool pool, int pages, List<PrefixTree.Node> known) {
        var cache = new KvCache(pool, pages, pages - known.size(), true);
        for (PrefixTree.Node node : known) {
            if (node.users() == 0) {
                pool.charge(1);
            }
            pool.tree().use(node);
            cache.append(node);
        }
        cache.reused = known.size() * Kernels.PAGE;
        return cache;
    }

    /** Copies what is known. The pages copied from are kept from being evicted meanwhile. */
    void copy(List<PrefixTree.Node> known) {
        for (PrefixTree.Node node : known) {
            pool.tree().use(node);
        }
        for (PrefixTree.Node node : known) {
            takePage().copyFrom(node.page(), Kernels.PAGE);
        }
        for (int i = known.size() - 1; i >= 0; i--) {
            pool.tree().leave(known.get(i));
        }
        reused = known.size() * Kernels.PAGE;
    }

    private KvPage takePage() {
        KvPage page = pool.take();
        pages[pageCount] = page;
        hold(pageCount + 1);
        pool.makeAhead();
        return page;
    }

    private void append(PrefixTree.Node node) {
        pages[nodeCount] = node.page();
        nodes[nodeCount++] = node;
        hold(nodeCount);
    }

    /** Notes that so many pages are there, if there were fewer. */
    private void hold(int pages) {
        int before = pageCount;
        pageCount = Math.max(before, pages);
        pool.promise(before - pageCount);
    }

    /**
     * Takes over more of a common beginning from another cache, which still holds it.
     *
     * @param other of a sequence with the same tokens
     * @param positions that shall be there afterwards, at most what both have room for
     */
    public void continueFrom(KvCache other, int positions) {
        while (reused < positions) {
            int index = reused / Kernels.PAGE;
            int end = Math.min(positions, (index + 1) * Kernels.PAGE);
            KvPage page = index < pageCount ? pages[index] : takePage();
            page.copyFrom(other.pages[index], end - index * Kernels.PAGE);
            reused = end;
        }
    }

    /**
     * Holds what another cache holds, in place of its own: full pages are shared, the last one is
     * copied. Both must offer their pages to others, and have done so.
     *
     * @param other of a sequence that is as long
     * @param positions computed
     */
    public void follow(KvCache other, int positions) {
        assert shares && other.shares && other.nodeCount == positions / Kernels.PAGE : positions;
        for (int i = other.nodeCount - 1; i >= 0; i--) {
            share(i, other.nodes[i]);
        }
        nodeCount = other.nodeCount;
        hold(nodeCount);
        int rest = positions % Kernels.PAGE;
        if (rest > 0) {
            KvPage page = nodeCount < pageCount ? pages[nodeCount] : takePage();
            page.copyFrom(other.pages[nodeCount], rest);
        }
    }

    /**
     * Reads a page that another sequence pays for, and gives up the room it had for it. What it
     * read there before is charged to the pool if others go on reading it.
     */
    private void share(int index, PrefixTree.@Nullable Node node) {
        PrefixTree.Node shared = Objects.requireNonNull(node);
        PrefixTree.Node before = nodes[index];
        if (before == shared) {
            return;
        }
        if (before == null || before.payer() == this) {
            ownPages--;
            pool.charge(-1);
        }
        pool.tree().use(shared);
        if (before != null) {
            leave(before);
        } else if (index < pageCount) {
            pool.giveBack(pages[index]);
        }
        nodes[index] = shared;
        pages[index] = shared.page();
    }

    /** Positions this cache has room for. */
    public int capacity() {
        return pages.length * Kernels.PAGE;
    }

    /** Positions that were there when it was reserved. */
    public int reused() {
        return reused;
    }

    /** Makes sure that a position has a page; the page before it must have been there. */
    void prepare(int position) {
        int index = position / Kernels.PAGE;
        assert !closed && index <= pageCount : position;
        assert index >= nodeCount : position;
        if (index == pageCount) {
            takePage();
        }
    }

    /** A page that there is. */
    KvPage page(int index) {
        return pages[index];
    }

    /**
     * Offers the pages that have become full to others, unless this cache keeps them to itself. A
     * page that another sequence has offered before takes the place of this one's.
     *
     * @param tokenIds of the sequence, from position 0
     * @param computed positions that have keys and values
     */
    public void offer(int[] tokenIds, int computed) {
        while (shares && (nodeCount + 1) * Kernels.PAGE <= computed) {
            int from = nodeCount * Kernels.PAGE;
            PrefixTree.Node above = nodeCount == 0 ? null : nodes[nodeCount - 1];
            PrefixTree.Node known = pool.tree().child(above, tokenIds, from);
            KvPage own = pages[nodeCount];
            if (known == null) {
                PrefixTree.Node added = pool.tree().add(above, tokenIds, from, own);
                added.chargeTo(this);
                append(added);
            } else {
                adopt(known);
                pool.giveBack(own);
            }
        }
    }

    /**
     * The page is charged to this cache if nobody pays for it, or else needs no charge of its own.
     */
    private void adopt(PrefixTree.Node known) {
        if (known.users() == 0) {
            known.chargeTo(this);
        } else {
            ownPages--;
            pool.charge(-1);
        }
        pool.tree().use(known);
        append(known);
    }

    /** Returns pages and reservation, the last page first; closing twice is harmless. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        pool.charge(-ownPages);
        pool.promise(pageCount - pages.length);
        for (int i = pageCount - 1; i >= 0; i--) {
            PrefixTree.Node node = nodes[i];
            if (node == null) {
                pool.giveBack(pages[i]);
            } else {
                leave(node);
            }
        }
    }

    /** What others still read is charged to the pool from now on. */
    private void leave(PrefixTree.Node node) {
        pool.tree().leave(node);
        if (node.payer() == this) {
            node.chargeTo(null);
            if (node.users() > 0) {
                pool.charge(1);
            }
        } else if (node.users() == 0) {
            pool.charge(-1);
        }
    }
}
