package dev.kaya.service.bound;

import dev.kaya.service.fault.GenerationException.Overloaded;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds how many requests are parsed and tokenized at a time, which takes memory many times their
 * size and a processor each. Those that come meanwhile wait in line for a short time. Thread-safe.
 */
public final class WorkPermits {

    private final Semaphore permits;
    private final int mostWaiting;
    private final Duration patience;
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * @param count how many work at a time
     * @param mostWaiting how many may wait
     * @param patience how long each of them waits
     */
    public WorkPermits(int count, int mostWaiting, Duration patience) {
        permits = new Semaphore(count, true);
        this.mostWaiting = mostWaiting;
        this.patience = patience;
    }

    /** Leave to work; one thread's. */
    public final class Permit implements AutoCloseable {
        private final AtomicBoolean held = new AtomicBoolean(true);

        /** Lets the next one work; harmless when done twice. */
        @Override
        public void close() {
            if (held.getAndSet(false)) {
                permits.release();
            }
        }
    }

    /**
     * Waits for its turn.
     *
     * @throws Overloaded when too many wait, or it did not come in time
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public Permit take() throws InterruptedException {
        if (waiting.incrementAndGet() > mostWaiting && permits.availablePermits() == 0) {
            waiting.decrementAndGet();
            throw Overloaded.tooBusy(
                    "more than " + mostWaiting + " requests wait to be read", mostWaiting);
        }
        try {
            if (!permits.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                long millis = patience.toMillis();
                throw Overloaded.tooBusy(
                        "the request has waited " + millis + " ms to be read", millis);
            }
        } finally {
            waiting.decrementAndGet();
        }
        return new Permit();
    }

    /** How many wait now. */
    public int waiting() {
        return waiting.get();
    }
}
