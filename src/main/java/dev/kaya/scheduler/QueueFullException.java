package dev.kaya.scheduler;

import java.time.Duration;

/** The queue is full; later there may be room. */
public final class QueueFullException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int capacity;
    private final Duration retryAfter;

    QueueFullException(int capacity, Duration retryAfter) {
        super("the queue of " + capacity + " requests is full");
        this.capacity = capacity;
        this.retryAfter = retryAfter;
    }

    /** Tasks that may wait. */
    public int capacity() {
        return capacity;
    }

    /** When a place is likely to be free, by the measured pace. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
