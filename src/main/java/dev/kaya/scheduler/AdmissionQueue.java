package dev.kaya.scheduler;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Who may wait: a bound on tasks, one on the tokens of their prompts, and an estimate of how long
 * it will take, from the pace at which tasks were admitted. Thread-safe, except {@link #admitted},
 * which is the loop's.
 */
final class AdmissionQueue {

    private final LoopSettings.Queue bounds;
    private final AdmissionPace pace = new AdmissionPace();
    private final AtomicInteger tasks = new AtomicInteger();
    private final AtomicLong tokens = new AtomicLong();

    AdmissionQueue(LoopSettings.Queue bounds) {
        this.bounds = bounds;
    }

    /**
     * Counts a task in.
     *
     * @throws QueueFullException when there is no place, or it would not be its turn in time
     */
    void join(EngineRequest task, long now) throws QueueFullException {
        int length = task.prompt().length();
        int ahead = tasks.getAndIncrement();
        long tokensAhead = tokens.getAndAdd(length);
        if (ahead == 0) {
            pace.beginsToWait(now);
        }
        Duration wait = pace.expectedWait(ahead, now);
        if (ahead >= bounds.requests()) {
            refuse(
                    task,
                    new QueueFullException("requests", bounds.requests(), pace.untilFree(now)));
        }
        if (ahead > 0 && tokensAhead + length > bounds.tokens()) {
            refuse(
                    task,
                    new QueueFullException("prompt tokens", bounds.tokens(), pace.untilFree(now)));
        }
        long deadline = task.stops().deadlineNanos();
        if (deadline != Long.MAX_VALUE && wait.toNanos() > Math.max(0, deadline - now)) {
            refuse(task, QueueFullException.tooSlow(wait));
        }
    }

    private void refuse(EngineRequest task, QueueFullException refusal) throws QueueFullException {
        leave(task);
        throw refusal;
    }

    /** A task has got a place. */
    void admitted(EngineRequest task, long now) {
        leave(task);
        pace.admitted(now, length() > 0);
    }

    /** A task waits no longer. */
    void leave(EngineRequest task) {
        tasks.decrementAndGet();
        tokens.addAndGet(-task.prompt().length());
    }

    /** Tasks that wait. */
    int length() {
        return tasks.get();
    }
}
