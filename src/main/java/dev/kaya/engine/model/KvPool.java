package dev.kaya.engine.model;

import dev.kaya.engine.tensor.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The bounded store of KV pages. Room is reserved before a sequence begins, so that none is ever
 * stopped half-way for want of memory; pages are made when they are first needed, or shortly
 * before, and kept for the next one.
 *
 * <p>Full pages stay findable by their tokens when their sequence has ended, until the room is
 * needed: a sequence that begins alike takes them over. Its results are the same bits as if it had
 * computed them, because a page's content depends on its tokens alone.
 *
 * <p>Every page in use is charged once: to the reservation of the sequence that brought it, or,
 * once that has ended while others still read it, to the pool.
 *
 * <p>Belongs to the loop's thread; the gauges may be read from any.
 */
public final class KvPool {

    private final TransformerConfig config;
    private final KvCacheType type;
    private final int capacity;
    private final PrefixSharing sharing;
    private final PrefixTree tree = new PrefixTree();
    private final List<KvPage> free = new ArrayList<>();
    private final AtomicInteger charged = new AtomicInteger();
    private final PageSupply supply;
    private int promised;

    /**
     * A pool that makes each page where it is needed.
     *
     * @param config whose keys and values are kept
     * @param type how they are kept
     * @param capacity most pages, at least 1
     */
    public KvPool(TransformerConfig config, KvCacheType type, int capacity) {
        this(config, type, capacity, PrefixSharing.SHARED, null);
    }

    /**
     * A pool that has pages made ahead, as long as sequences are promised more than they hold.
     *
     * @param config whose keys and values are kept
     * @param type how they are kept
     * @param capacity most pages, at least 1
     * @param sharing whether a sequence takes over what others have computed
     * @param executor makes pages ahead, one after the other; null for none
     */
    public KvPool(
            TransformerConfig config,
            KvCacheType type,
            int capacity,
            PrefixSharing sharing,
            @Nullable Executor executor) {
        if (capacity < 1) {
            throw new IllegalArgumentException("KV pages must be at least 1; given " + capacity);
        }
        this.config = config;
        this.type = type;
        this.capacity = capacity;
        this.sharing = sharing;
        supply = new PageSupply(() -> new KvPage(config, type), capacity, executor);
    }

    /** Pages that hold {@code positions} positions. */
    public static int pagesFor(int positions) {
        return (positions + Kernels.PAGE - 1) / Kernels.PAGE;
    }

    /** Bytes of one page. */
    public static long pageBytes(TransformerConfig config, KvCacheType type) {
        return config.keyValueBytesPerToken(type) * Kernels.PAGE;
    }

    /**
     * Reserves room for a sequence that begins with nothing and keeps its pages to itself.
     *
     * @param positions most positions it will hold at a time, at least 1
     * @return an empty cache with that room, or null when the pool is too full now
     * @throws IllegalArgumentException when the whole pool could not hold it
     */
    public @Nullable KvCache reserve(int positions) {
        int pages = checkedPages(positions);
        return hasRoom(pages) ? begun(new KvCache(this, pages)) : null;
    }

    private KvCache begun(KvCache cache) {
        makeAhead();
        return cache;
    }

    /**
     * Reserves room for a sequence and fills it with the whole pages that are known of its
     * beginning, its last token never among them; {@link KvCache#reused} tells how much.
     *
     * @param positions most positions it will hold at a time, at least 1
     * @param tokenIds its tokens so far, at least 1
     * @param shares whether it reads pages where they are and offers its own to others; if not, it
     *     copies them, as a sequence must that may write to its first pages again
     * @return null when the pool is too full now
     * @throws IllegalArgumentException when the whole pool could not hold it
     */
    public @Nullable KvCache reserve(int positions, int[] tokenIds, boolean shares) {
        int pages = checkedPages(positions);
        List<PrefixTree.Node> known =
                sharing == PrefixSharing.OFF ? List.of() : tree.find(tokenIds, tokenIds.length - 1);
        int unused = unused(known);
        if (shares) {
            return hasRoom(pages - known.size() + unused)
                    ? begun(KvCache.sharing(this, pages, known))
                    : null;
        }
        if (!hasRoom(pages)) {
            return null;
        }
        var cache = new KvCache(this, pages);
        if (hasRoom(unused)) {
            cache.copy(known);
        }
        return begun(cache);
    }

    private static int unused(List<PrefixTree.Node> nodes) {
        int count = 0;
        for (PrefixTree.Node node : nodes) {
            count += node.users() == 0 ? 1 : 0;
        }
        return count;
    }

    private int checkedPages(int positions) {
        int pages = pagesFor(positions);
        if (pages > capacity) {
            throw new IllegalArgumentException(
                    positions + " positions need " + pages + " KV pages of " + capacity);
        }
        return pages;
    }

    private boolean hasRoom(int pages) {
        return pages <= capacity - charged.get();
    }

    /** Charges pages to a reservation or to the pool, or takes them off with a negative number. */
    void charge(int pages) {
        int now = charged.addAndGet(pages);
        assert now >= 0 && now <= capacity : now;
    }

    /** Notes how many pages more, or fewer, sequences may still take. */
    void promise(int pages) {
        promised += pages;
        assert promised >= 0 : promised;
    }

    /** Begins to make pages that sequences are promised and that are not there yet. */
    void makeAhead() {
        supply.expect(promised - free.size());
    }

    /** A page that nobody uses; one that is charged for is always there. */
    KvPage take() {
        if (!free.isEmpty()) {
            return free.removeLast();
        }
        KvPage made = supply.take();
        return made == null ? tree.evict() : made;
    }

    void giveBack(KvPage page) {
        free.add(page);
    }

    PrefixTree tree() {
        return tree;
    }

    /** How keys and values are kept. */
    public KvCacheType type() {
        return type;
    }

    /** Pages there can be. */
    public int capacity() {
        return capacity;
    }

    /** Pages promised to sequences or read by them. */
    public int reserved() {
        return charged.get();
    }

    /** Pages that can be found by their tokens, used or not. */
    public int known() {
        return tree.size();
    }

    /** Bytes of the pages made so far: in use, kept, or about to be used. */
    public long bytes() {
        return supply.made() * pageBytes(config, type);
    }

    /** Bytes of all pages there can be. */
    public long capacityBytes() {
        return capacity * pageBytes(config, type);
    }
}
