package dev.kaya.scheduler;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a caller holds of its request: a bounded buffer of events that the loop fills and one thread
 * drains. Only {@link #cancel} travels the other way.
 */
public final class GenerationStream {

    /** Events kept for a slow reader before its sequences pause. */
    public static final int CAPACITY = 256;

    /** Events that are left when they go on: a place in steps is worth taking for some more. */
    static final int CAUGHT_UP = CAPACITY / 2;

    /**
     * Beyond a full buffer a sample may add the tokens of one step, text held back, and its end.
     */
    public static final int LAST_EVENTS = 1 + Speculation.MOST + 2;

    private final ArrayBlockingQueue<GenerationEvent> events;
    private final Runnable wakeLoop;
    private volatile boolean cancelled;
    private volatile boolean behind;
    private final LongSupplier clock;
    private volatile long lastReadNanos;
    private long fullSinceNanos; // the loop's alone

    /**
     * @param samples that write to it
     * @param wakeLoop called when the loop may have something to do again
     * @param clock in nanoseconds
     */
    public GenerationStream(int samples, Runnable wakeLoop, LongSupplier clock) {
        events = new ArrayBlockingQueue<>(CAPACITY + LAST_EVENTS * samples + 1);
        this.wakeLoop = wakeLoop;
        this.clock = clock;
        lastReadNanos = clock.getAsLong();
    }

    /**
     * The next event, waiting for it.
     *
     * @return null when none came within {@code patience}
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public @Nullable GenerationEvent next(Duration patience) throws InterruptedException {
        GenerationEvent event = events.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        if (event != null) {
            lastReadNanos = clock.getAsLong();
        }
        if (behind && events.size() <= CAUGHT_UP) {
            behind = false;
            wakeLoop.run();
        }
        return event;
    }

    /** Says that nobody waits for more; the loop ends the sequence at its next turn. */
    public void cancel() {
        cancelled = true;
        wakeLoop.run();
    }

    boolean isCancelled() {
        return cancelled;
    }

    /**
     * Whether the reader is so far behind that no more tokens should be made for it: from a full
     * buffer on until it is half empty.
     */
    boolean isFull() {
        return behind;
    }

    /** Whether it is full, and nobody has read for longer than this since. */
    boolean isAbandoned(long now, long patienceNanos) {
        return isFull()
                && now - lastReadNanos > patienceNanos
                && now - fullSinceNanos > patienceNanos;
    }

    /** Adds an event; there is always room, because a full stream's sequence makes none. */
    public void add(GenerationEvent event) {
        events.add(event);
        if (!behind && events.size() >= CAPACITY) {
            fullSinceNanos = clock.getAsLong();
            behind = true;
            if (events.size() <= CAUGHT_UP) {
                behind = false; // read meanwhile, by one who saw no reason to say so
            }
        }
    }
}
