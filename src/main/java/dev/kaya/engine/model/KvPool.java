package dev.kaya.engine.model;

import dev.kaya.engine.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The bounded store of KV pages. Room is reserved before a sequence begins, so that none is ever
 * stopped half-way for want of memory; pages are made when first used and kept for the next one.
 *
 * <p>Belongs to the loop's thread; the gauges may be read from any.
 */
public final class KvPool {

    private final TransformerConfig config;
    private final KvCacheType type;
    private final int capacity;
    private final List<KvPage> free = new ArrayList<>();
    private final AtomicInteger reserved = new AtomicInteger();
    private final AtomicInteger created = new AtomicInteger();

    /**
     * @param config whose keys and values are kept
     * @param type how they are kept
     * @param capacity most pages, at least 1
     */
    public KvPool(TransformerConfig config, KvCacheType type, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("KV pages must be at least 1; given " + capacity);
        }
        this.config = config;
        this.type = type;
        this.capacity = capacity;
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
     * Reserves room for a sequence.
     *
     * @param positions most positions it will hold at a time, at least 1
     * @return an empty cache with that room, or null when the pool is too full now
     * @throws IllegalArgumentException when the whole pool could not hold it
     */
    public @Nullable KvCache reserve(int positions) {
        int pages = pagesFor(positions);
        if (pages > capacity) {
            throw new IllegalArgumentException(
                    positions + " positions need " + pages + " KV pages of " + capacity);
        }
        if (pages > capacity - reserved.get()) {
            return null;
        }
        reserved.addAndGet(pages);
        return new KvCache(this, pages);
    }

    KvPage take() {
        if (free.isEmpty()) {
            created.incrementAndGet();
            return new KvPage(config, type);
        }
        return free.remove(free.size() - 1);
    }

    void giveBack(KvPage page) {
        free.add(page);
    }

    void release(int pages) {
        int left = reserved.addAndGet(-pages);
        assert left >= 0 : left;
    }

    /** How keys and values are kept. */
    public KvCacheType type() {
        return type;
    }

    /** Pages there can be. */
    public int capacity() {
        return capacity;
    }

    /** Pages promised to sequences. */
    public int reserved() {
        return reserved.get();
    }

    /** Bytes of the pages made so far, in use or kept. */
    public long bytes() {
        return created.get() * pageBytes(config, type);
    }

    /** Bytes of all pages there can be. */
    public long capacityBytes() {
        return capacity * pageBytes(config, type);
    }
}
