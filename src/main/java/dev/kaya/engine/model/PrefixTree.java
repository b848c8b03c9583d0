package dev.kaya.engine.model;

import dev.kaya.engine.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Full KV pages by content: a node stands for a page of tokens after the pages of its ancestors, so
 * that sequences which begin alike find the same pages (Kwon et al. 2023; Zheng et al. 2023).
 *
 * <p>Pages that nobody uses stand in a list, the least recently used first. A sequence that uses a
 * node uses its ancestors, and returns pages from its last to its first, so the head of the list
 * never has descendants.
 *
 * <p>Belongs to the loop's thread.
 */
final class PrefixTree {

    /** A page and the tokens it was computed from. */
    static final class Node {
        private final @Nullable Node parent;
        private final int[] tokenIds;
        private final @Nullable KvPage page;
        private final List<Node> children = new ArrayList<>();
        private int users;
        private @Nullable KvCache payer;
        private Node older = this;
        private Node newer = this;

        private Node(@Nullable Node parent, int[] tokenIds, @Nullable KvPage page) {
            this.parent = parent;
            this.tokenIds = tokenIds;
            this.page = page;
        }

        KvPage page() {
            return Objects.requireNonNull(page);
        }

        /** Sequences that read the page. */
        int users() {
            return users;
        }

        /** Whose reservation the page belongs to; null when it is charged to the pool. */
        @Nullable KvCache payer() {
            return payer;
        }

        void chargeTo(@Nullable KvCache cache) {
            payer = cache;
        }

        private int commonLength(int[] ids, int from, int limit) {
            int most = Math.min(tokenIds.length, limit - from);
            int length = 0;
            while (length < most && tokenIds[length] == ids[from + length]) {
                length++;
            }
            return length;
        }
    }

    /**
     * What the tree knows of a beginning.
     *
     * @param pages whole pages, from the first on
     * @param next the page whose beginning goes on with it; null when there is none
     * @param nextLength how many positions of that page
     */
    record Known(List<Node> pages, @Nullable Node next, int nextLength) {

        /** Positions that need not be computed. */
        int positions() {
            return pages.size() * Kernels.PAGE + nextLength;
        }

        /** The same without the page that fits in part. */
        Known wholePages() {
            return new Known(pages, null, 0);
        }
    }

    private final Node root = new Node(null, new int[0], null);
    private final Node unused = new Node(null, new int[0], null); // its newer is the oldest
    private final AtomicInteger size = new AtomicInteger();

    /** Pages in the tree; any thread may ask. */
    int size() {
        return size.get();
    }

    /** The pages that hold the first {@code limit} tokens, as far as there are any. */
    Known find(int[] ids, int limit) {
        List<Node> pages = new ArrayList<>();
        Node last = root;
        for (int from = 0; ; from += Kernels.PAGE) {
            Node best = null;
            int length = 0;
            for (Node child : last.children) {
                int common = child.commonLength(ids, from, limit);
                if (common > length) {
                    best = child;
                    length = common;
                }
            }
            if (best == null || length < Kernels.PAGE) {
                return new Known(pages, best, length);
            }
            pages.add(best);
            last = best;
        }
    }

    /**
     * The page of these tokens after {@code parent}, null for the first; null when there is none.
     */
    @Nullable Node child(@Nullable Node parent, int[] ids, int from) {
        for (Node child : (parent == null ? root : parent).children) {
            if (child.commonLength(ids, from, from + Kernels.PAGE) == Kernels.PAGE) {
                return child;
            }
        }
        return null;
    }

    /** Adds a page that one sequence uses; there must be no page of the same tokens. */
    Node add(@Nullable Node parent, int[] ids, int from, KvPage page) {
        Node above = parent == null ? root : parent;
        var node = new Node(above, Arrays.copyOfRange(ids, from, from + Kernels.PAGE), page);
        node.users = 1;
        above.children.add(node);
        size.incrementAndGet();
        return node;
    }

    /** Counts one more user. */
    void use(Node node) {
        if (node.users++ == 0) {
            unlink(node);
        }
    }

    /** Counts one user less; the last one makes the page the most recently used of the unused. */
    void leave(Node node) {
        node.users--;
        assert node.users >= 0 : node.users;
        if (node.users == 0) {
            link(node);
        }
    }

    /** Takes the least recently used page that nobody uses out of the tree. */
    KvPage evict() {
        Node node = unused.newer;
        if (node == unused) {
            throw new IllegalStateException("every page of the tree is in use");
        }
        assert node.children.isEmpty() : node.children.size();
        unlink(node);
        size.decrementAndGet();
        Objects.requireNonNull(node.parent).children.remove(node);
        return node.page();
    }

    private void link(Node node) {
        node.older = unused.older;
        node.newer = unused;
        node.older.newer = node;
        unused.older = node;
    }

    private static void unlink(Node node) {
        node.older.newer = node.newer;
        node.newer.older = node.older;
        node.older = node;
        node.newer = node;
    }
}
