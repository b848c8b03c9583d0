package dev.kaya.scheduler;

import java.time.Duration;

/** A request could not wait: there was no place, or it would not have been its turn in time. */
public final class QueueFullException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean tooSlow;
    private final long capacity;
    private final Duration retryAfter;

    /**
     * @param what waits
     * @param capacity how many of them may
     * @param retryAfter when a place is likely free
     */
    public QueueFullException(String what, long capacity, Duration retryAfter) {
        this("the queue of " + capacity + " " + what + " is full", false, capacity, retryAfter);
    }

    private QueueFullException(
            String message, boolean tooSlow, long capacity, Duration retryAfter) {
        super(message);
        this.tooSlow = tooSlow;
        this.capacity = capacity;
        this.retryAfter = retryAfter;
    }

    /** Its deadline comes before its turn is likely to. */
    static QueueFullException tooSlow(Duration wait) {
        long seconds = AdmissionPace.wholeSeconds(wait).toSeconds();
        return new QueueFullException(
                "the wait in the queue, about " + seconds + " s, is longer than the deadline",
                true,
                seconds,
                AdmissionPace.wholeSeconds(wait));
    }

    /** Whether there was a place, but its turn would have come too late. */
    public boolean isTooSlow() {
        return tooSlow;
    }

    /** How many may wait; of a queue that is too slow the expected wait in seconds. */
    public long capacity() {
        return capacity;
    }

    /** When to try again. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
