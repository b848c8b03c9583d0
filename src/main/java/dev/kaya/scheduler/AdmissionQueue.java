package dev.kaya.scheduler;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Who may wait: a bound on requests, one on the tokens of their prompts, and an estimate of how
 * long it will take, from the pace at which requests were admitted. Thread-safe, except {@link
 * #admitted}, which is the loop's.
 */
final class AdmissionQueue {

    private final LoopSettings.Queue bounds;
    private final AdmissionPace pace = new AdmissionPace();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong tokens = new AtomicLong();

    AdmissionQueue(LoopSettings.Queue bounds) {
        this.bounds = bounds;
    }

    /**
     * Counts a request in.
     *
     * @throws QueueFullException when there is no place, or it would not be its turn in time
     */
    void join(EngineRequest request, long now) throws QueueFullException {
        int length = request.prompt().length();
        int ahead = requests.getAndIncrement();
        long tokensAhead = tokens.getAndAdd(length);
        if (ahead == 0) {
            pace.beginsToWait(now);
        }
        Duration wait = pace.expectedWait(ahead, now);
        if (ahead >= bounds.requests()) {
            refuse(
                    request,
                    new QueueFullException("requests", bounds.requests(), pace.untilFree(now)));
        }
        if (ahead > 0 && tokensAhead + length > bounds.tokens()) {
            refuse(
                    request,
                    new QueueFullException("prompt tokens", bounds.tokens(), pace.untilFree(now)));
        }
        long deadline = request.stops().deadlineNanos();
        if (deadline != Long.MAX_VALUE && wait.toNanos() > Math.max(0, deadline - now)) {
            refuse(request, QueueFullException.tooSlow(wait));
        }
    }

    private void refuse(EngineRequest request, QueueFullException refusal)
            throws QueueFullException {
        leave(request);
        throw refusal;
    }

    /** A request has got a place. */
    void admitted(EngineRequest request, long now) {
        leave(request);
        pace.admitted(now, length() > 0);
    }

    /** A request waits no longer. */
    void leave(EngineRequest request) {
        requests.decrementAndGet();
        tokens.addAndGet(-request.prompt().length());
    }

    /** Tasks that wait. */
    int length() {
        return requests.get();
    }
}
