package dev.kaya.scheduler;

import java.time.Duration;

/**
 * How often a place in the queue becomes free, as a moving average over recent admissions. Written
 * by the loop, {@link #beginsToWait} by whoever joins an empty queue; read by anyone.
 *
 * <p>An estimate that nothing confirms changes: while others wait and nobody is admitted, the wait
 * grows with the time that this lasts; while nobody waits, what was measured before counts half as
 * much every ten seconds.
 */
final class AdmissionPace {

    private static final double WEIGHT = 0.2;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final double HALF_LIFE_NANOS = 10e9;

    /** An interval counts for at most so many times the average: the process may have slept. */
    private static final double LONGEST_INTERVAL = 8;

    private volatile double averageNanos;
    private volatile long lastNanos;
    private volatile long waitingSinceNanos;
    private volatile boolean someoneWaits;
    // An interval tells the pace only if the queue held somebody all the while.
    private volatile boolean othersWait;

    /** A request left the queue, others waiting behind it or not. */
    void admitted(long now, boolean othersWaitNow) {
        double average = averageNanos;
        if (othersWait) {
            double interval = now - lastNanos;
            averageNanos =
                    average == 0
                            ? interval
                            : average
                                    + WEIGHT
                                            * (Math.min(interval, LONGEST_INTERVAL * average)
                                                    - average);
        } else {
            averageNanos = aged(average, waitingSinceNanos - lastNanos);
        }
        lastNanos = now;
        othersWait = othersWaitNow;
        someoneWaits = othersWaitNow;
    }

    /** A request joined the queue, which was empty. */
    void beginsToWait(long now) {
        waitingSinceNanos = now;
        someoneWaits = true;
    }

    private static double aged(double average, long nanos) {
        return average * Math.pow(0.5, Math.max(0, nanos) / HALF_LIFE_NANOS);
    }

    /** How long a request is likely to wait behind {@code ahead} others; nothing when none are. */
    Duration expectedWait(int ahead, long now) {
        return ahead == 0
                ? Duration.ZERO
                : Duration.ofNanos((long) (stalledNanos(now) + average() * ahead));
    }

    private double average() {
        return othersWait ? averageNanos : aged(averageNanos, waitingSinceNanos - lastNanos);
    }

    /** How much longer than usual nobody has been admitted, though somebody waits. */
    private double stalledNanos(long now) {
        if (!someoneWaits) {
            return 0;
        }
        long last = lastNanos;
        long since = othersWait ? last : Math.max(last, waitingSinceNanos);
        return Math.max(0, now - since - average());
    }

    /** Whole seconds until a place is likely free, from one second to five minutes. */
    Duration untilFree(long now) {
        return wholeSeconds(Duration.ofNanos((long) (stalledNanos(now) + average())));
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
