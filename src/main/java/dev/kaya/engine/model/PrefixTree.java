package dev.kaya.engine.model;

import dev.kaya.engine.tensor.kernel.Kernels;
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

        private boolean holds(int[] ids, int from) {
            return Arrays.equals(tokenIds, 0, Kernels.PAGE, ids, from, from + Kernels.PAGE);
        }
    }

    private final Node root = new Node(null, new int[0], null);
    private final Node unused = new Node(null, new int[0], null); // its newer is the oldest
    private final AtomicInteger size = new AtomicInteger();

    /** Pages in the tree; any thread may ask. */
    int size() {
        return size.get();
    }

    /**
     * The whole pages of the first {@code limit} tokens, as far as there are any. Never a part of
     * one: how much of a prompt is known shows to its sender, who could find out the prompts of
     * others token by token.
     */
    List<Node> find(int[] ids, int limit) {
        List<Node> pages = new ArrayList<>();
        Node last = null;
        for (int from = 0; from + Kernels.PAGE <= limit; from += Kernels.PAGE) {
            last = child(last, ids, from);
            if (last == null) {
                break;
            }
            pages.add(last);
        }
        return pages;
    }

    /**
     * The page of these tokens after {@code parent}, null for the first; null when there is none.
     */
    @Nullable Node child(@Nullable Node parent, int[] ids, int from) {
        for (Node child : (parent == null ? root : parent).children) {
            if (child.holds(ids, from)) {
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
