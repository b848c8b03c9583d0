package dev.kaya.engine.model;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the pages of a {@link KvPool}, ahead of need where it may. Memory that is used for the
 * first time has to be cleared, and on a virtual machine often to be found: for a page of 4.7 MB
 * 0.7 to 10 ms, in which no thread would compute.
 *
 * <p>Belongs to the loop's thread; {@link #made} may be read from any.
 */
final class PageSupply {

    /** The most that are made ahead. */
    static final int MOST_AHEAD = 8;

    private final Supplier<KvPage> maker;
    private final int capacity;
    private final @Nullable Executor executor;
    private final ArrayDeque<CompletableFuture<KvPage>> ahead = new ArrayDeque<>();
    private final AtomicInteger made = new AtomicInteger();

    /**
     * @param maker makes a page
     * @param capacity most pages, at least 1
     * @param executor makes pages ahead; null when each is made where it is needed
     */
    PageSupply(Supplier<KvPage> maker, int capacity, @Nullable Executor executor) {
        this.maker = maker;
        this.capacity = capacity;
        this.executor = executor;
    }

    /** Pages made so far, or being made. */
    int made() {
        return made.get();
    }

    /** A new page, or null when there are as many as there may be. */
    @Nullable KvPage take() {
        CompletableFuture<KvPage> first = ahead.poll();
        if (first == null && made.get() == capacity) {
            return null;
        }
        if (first == null) {
            KvPage page = maker.get();
            made.incrementAndGet();
            return page;
        }
        try {
            return first.join();
        } catch (CompletionException e) {
            made.decrementAndGet();
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    /** Begins to make as many as will soon be taken, up to {@link #MOST_AHEAD}. */
    void expect(int pages) {
        if (executor == null) {
            return;
        }
        while (ahead.size() < Math.min(pages, MOST_AHEAD) && made.get() < capacity) {
            ahead.add(CompletableFuture.supplyAsync(maker, executor));
            made.incrementAndGet();
        }
    }
}
