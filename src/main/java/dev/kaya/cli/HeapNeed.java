package dev.kaya.cli;

import dev.kaya.engine.Inspection.Arithmetic;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.registry.Heap;
import dev.kaya.registry.InsufficientMemoryException;
import dev.kaya.registry.MemoryPlan;
import dev.kaya.registry.RequestMemory;
import dev.kaya.scheduler.LoopSettings;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BiFunction;

/**
 * The heap that a server of the usual bounds needs for a model.
 *
 * @param least bytes of the smallest one in which it is served
 * @param full bytes of the one that holds as many full contexts as run at a time
 * @param parts of the smallest one
 * @param roomHere bytes for keys and values in the heap of this process, if it is one that serves
 */
record HeapNeed(long least, long full, List<MemoryPlan.Part> parts, OptionalLong roomHere) {

    HeapNeed {
        parts = List.copyOf(parts);
    }

    /**
     * The heap for a model.
     *
     * @param model its arithmetic
     * @param threads that compute
     * @param cache how keys and values are kept
     */
    static HeapNeed of(Arithmetic model, int threads, KvCacheType cache) {
        LoopSettings settings = settings(threads, cache);
        Heap like = Heap.current();
        long least = bytes(model, settings, like, MemoryPlan::smallestHeap);
        long full = bytes(model, settings, like, MemoryPlan::fullHeap);
        MemoryPlan here = plan(model, settings, like);
        return new HeapNeed(
                least,
                full,
                plan(model, settings, like.ofSize(least)).parts(),
                here.fits(like) ? OptionalLong.of(here.keyValues()) : OptionalLong.empty());
    }

    /**
     * Refuses a model that the heap of this process does not hold.
     *
     * @throws InsufficientMemoryException naming every part and what to do
     */
    static void check(Arithmetic model, int threads, KvCacheType cache)
            throws InsufficientMemoryException {
        LoopSettings settings = settings(threads, cache);
        Heap heap = Heap.current();
        plan(model, settings, heap).check(model.config(), settings, heap);
    }

    private static LoopSettings settings(int threads, KvCacheType cache) {
        return new LoopSettings(
                threads,
                LoopSettings.USUAL_SEQUENCES,
                new LoopSettings.Queue(1, 1),
                LoopSettings.USUAL_STEP_TOKENS,
                new LoopSettings.Memory(LoopSettings.Memory.WHAT_IS_LEFT, cache, Duration.ZERO));
    }

    private static MemoryPlan plan(Arithmetic model, LoopSettings settings, Heap heap) {
        var held =
                new MemoryPlan.Model(
                        model.config(), model.memory().weights(), model.memory().loading());
        var requests = RequestMemory.ofServer(heap.most(), RequestMemory.USUAL_CONNECTIONS);
        return MemoryPlan.of(held, settings, requests, heap);
    }

    /** A heap that is enough for what a server keeps free in a heap of that very size. */
    private static long bytes(
            Arithmetic model,
            LoopSettings settings,
            Heap like,
            BiFunction<MemoryPlan, Heap, Long> needed) {
        long heap = 0;
        long before = -1;
        while (heap > before) {
            before = heap;
            heap = needed.apply(plan(model, settings, like.ofSize(heap)), like);
        }
        return heap;
    }
}
