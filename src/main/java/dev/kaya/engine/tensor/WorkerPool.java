package dev.kaya.engine.tensor;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that share the parts of one piece of work with their caller.
 *
 * <p>Hand-over costs about a microsecond while workers spin; a worker that has found nothing to do
 * for a while parks. Work of one part runs on the caller and wakes nobody. Which thread runs a part
 * is left to chance, so parts must write to places of their own and results must not depend on it.
 *
 * <p>One thread at a time may call {@link #run}; the engine's loop is that thread.
 */
public final class WorkerPool implements AutoCloseable {

    /** Work that can be done in parts, in any order, at the same time. */
    @FunctionalInterface
    public interface Work {
        /**
         * Does one part.
         *
         * @param part from 0
         * @param thread which of the pool's threads this is, from 0, for scratch memory
         */
        void run(int part, int thread);
    }

    /** The most parts that one piece of work may have. */
    public static final int MAX_PARTS = (1 << 20) - 1;

    // About 50 microseconds: longer than the gap between two products of one step, shorter than
    // what a waiting HTTP thread on the same core would notice.
    private static final int SPINS_BEFORE_PARKING = 2_000;
    private static final int SPINS_BEFORE_SLEEPING = 20_000;

    private final Thread[] workers;
    // epoch (24 bits) | parts (20 bits) | next part (20 bits): claimed by compare-and-set, so that
    // a
    // worker that arrives late can never take a part of newer work under older terms.
    private final AtomicLong ticket = new AtomicLong();
    private final AtomicInteger partsDone = new AtomicInteger();
    private final AtomicInteger sleepers = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private @Nullable Work work;
    private long epoch;
    private volatile boolean closed;

    /**
     * Starts {@code threads − 1} workers; the caller of {@link #run} is the remaining thread.
     *
     * @param threads at least 1
     */
    public WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1; given " + threads);
        }
        workers = new Thread[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            int thread = i + 1;
            workers[i] =
                    Thread.ofPlatform()
                            .name("kaya-worker-" + thread)
                            .daemon(true)
                            .start(() -> serve(thread));
        }
    }

    /** Threads that take part in {@link #run}, the caller included. */
    public int threadCount() {
        return workers.length + 1;
    }

    /**
     * Runs all parts and returns when the last has ended. What the parts wrote is visible then.
     *
     * @param parts from 0 to {@link #MAX_PARTS}
     * @param task what to do for each part
     */
    public void run(int parts, Work task) {
        assert parts >= 0 && parts <= MAX_PARTS : parts;
        if (parts <= 1 || workers.length == 0) {
            for (int part = 0; part < parts; part++) {
                task.run(part, 0);
            }
            return;
        }
        work = task;
        partsDone.set(0);
        epoch = (epoch + 1) & 0xFFFFFF;
        ticket.set(epoch << 40 | (long) parts << 20);
        if (sleepers.get() > 0) {
            wake();
        }
        takeParts(0);
        awaitParts(parts);
        rethrow();
    }

    private void wake() {
        for (Thread worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    private void awaitParts(int parts) {
        for (int spins = 0; partsDone.get() < parts; spins++) {
            if (spins < SPINS_BEFORE_SLEEPING) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(this, 1_000); // a worker lost its core amid a part
            }
        }
    }

    private void rethrow() {
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }

    /** Claims and runs parts until none is left; tells whether there was one. */
    private boolean takeParts(int thread) {
        boolean any = false;
        while (true) {
            long seen = ticket.get();
            int next = (int) (seen & MAX_PARTS);
            if (next >= (int) (seen >>> 20 & MAX_PARTS)) {
                return any;
            }
            if (ticket.compareAndSet(seen, seen + 1)) {
                runPart(next, thread);
                any = true;
            }
        }
    }

    private void runPart(int part, int thread) {
        try {
            Work current = work;
            assert current != null : "a claimed part has work";
            if (current != null) {
                current.run(part, thread);
            }
        } catch (RuntimeException | Error thrown) {
            failure.compareAndSet(null, thrown);
        } finally {
            partsDone.incrementAndGet();
        }
    }

    private void serve(int thread) {
        int idleSpins = 0;
        while (!closed) {
            if (takeParts(thread)) {
                idleSpins = 0;
            } else if (++idleSpins < SPINS_BEFORE_PARKING) {
                Thread.onSpinWait();
            } else {
                park();
                idleSpins = 0;
            }
        }
    }

    private void park() {
        sleepers.incrementAndGet();
        try {
            long seen = ticket.get(); // after the increment: either we see work or run() sees us
            if ((seen & MAX_PARTS) >= (seen >>> 20 & MAX_PARTS) && !closed) {
                LockSupport.park(this);
            }
        } finally {
            sleepers.decrementAndGet();
        }
    }

    /** Ends the workers. Nothing may run afterwards. */
    @Override
    public void close() {
        closed = true;
        wake();
        for (Thread worker : workers) {
            boolean interrupted = false;
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
