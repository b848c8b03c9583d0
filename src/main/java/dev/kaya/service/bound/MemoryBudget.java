package dev.kaya.service.bound;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of memory that many requests share. Nobody gets more than a quarter of what is free: the
 * more is taken, the smaller are those that still get in, and a few large requests never shut out
 * the many small ones. Thread-safe; nobody waits.
 */
public final class MemoryBudget {

    private static final int SHARES = 4;

    private final long capacity;
    private final AtomicLong taken = new AtomicLong();

    /**
     * @param bytes to share
     */
    public MemoryBudget(long bytes) {
        if (bytes < SHARES) {
            throw new IllegalArgumentException("a budget of " + bytes + " bytes");
        }
        capacity = bytes;
    }

    /** Most bytes that anybody can get, when all are free. */
    public long mostForOne() {
        return capacity / SHARES;
    }

    /** Bytes taken now. */
    public long taken() {
        return taken.get();
    }

    /**
     * Takes bytes until the reservation is closed.
     *
     * @return null when too few are free
     */
    public @Nullable Reservation reserve(long bytes) {
        return take(bytes) ? new Reservation(bytes) : null;
    }

    private boolean take(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(bytes + " bytes");
        }
        long before = taken.get();
        while (bytes <= (capacity - before) / SHARES) {
            long seen = taken.compareAndExchange(before, before + bytes);
            if (seen == before) {
                return true;
            }
            before = seen;
        }
        return false;
    }

    /** Bytes of one request, given back at once. One thread's. */
    public final class Reservation implements AutoCloseable {
        private long bytes;

        private Reservation(long bytes) {
            this.bytes = bytes;
        }

        /**
         * Takes more.
         *
         * @return whether enough were free; if not, nothing has changed
         */
        public boolean grow(long more) {
            if (!take(more)) {
                return false;
            }
            bytes += more;
            return true;
        }

        /** Gives all of them back; harmless when done twice. */
        @Override
        public void close() {
            taken.addAndGet(-bytes);
            bytes = 0;
        }
    }
}
