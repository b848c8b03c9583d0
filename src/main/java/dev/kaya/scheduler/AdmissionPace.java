package dev.kaya.scheduler;

import java.time.Duration;

/**
 * How often a place in the queue becomes free, as a moving average over recent admissions. Written
 * by the loop, read by anyone.
 */
final class AdmissionPace {

    private static final double WEIGHT = 0.2;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private volatile double averageNanos;
    private long lastNanos;
    // An interval tells the pace only if the queue held somebody all the while.
    private boolean othersWaited;

    /** A task left the queue, others waiting behind it or not. */
    void admitted(long now, boolean othersWait) {
        if (othersWaited) {
            double interval = now - lastNanos;
            averageNanos =
                    averageNanos == 0
                            ? interval
                            : averageNanos + WEIGHT * (interval - averageNanos);
        }
        lastNanos = now;
        othersWaited = othersWait;
    }

    /** How long a task is likely to wait behind {@code ahead} others; nothing when none are. */
    Duration expectedWait(int ahead) {
        return Duration.ofNanos((long) (averageNanos * ahead));
    }

    /** Whole seconds until a place is likely free, from one second to five minutes. */
    Duration untilFree() {
        return wholeSeconds(Duration.ofNanos((long) averageNanos));
    }

    /** Rounded up, from one second to five minutes. */
    static Duration wholeSeconds(Duration exact) {
        Duration rounded = Duration.ofSeconds((long) Math.ceil(exact.toNanos() / 1e9));
        if (rounded.compareTo(SHORTEST) < 0) {
            return SHORTEST;
        }
        return rounded.compareTo(LONGEST) > 0 ? LONGEST : rounded;
    }
}
