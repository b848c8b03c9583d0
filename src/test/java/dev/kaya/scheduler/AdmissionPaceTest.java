package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdmissionPaceTest {

    private static final long SECOND = 1_000_000_000L;

    private final AdmissionPace pace = new AdmissionPace();
    private long now = 100 * SECOND;

    @Test
    void isASecondWhenNothingIsKnown() {
        assertThat(pace.untilFree(now)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void isTheMeasuredIntervalRoundedUp() {
        admitAfter(0, true);
        for (int i = 0; i < 50; i++) {
            admitAfter(2_500, true);
        }

        assertThat(pace.untilFree(now)).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void followsAPaceThatChanges() {
        admitAfter(0, true);
        admitAfter(60_000, true);
        for (int i = 0; i < 50; i++) {
            admitAfter(100, true);
        }

        assertThat(pace.untilFree(now)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void isNeverMoreThanFiveMinutes() {
        admitAfter(0, true);
        admitAfter(3_600_000, true);

        assertThat(pace.untilFree(now)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void anHourWithoutWorkIsNotAPace() {
        admitAfter(0, false);
        now += 3_600_000L * 1_000_000;
        pace.beginsToWait(now);
        admitAfter(0, true); // the first of a burst: nobody had waited for it
        admitAfter(0, true);

        assertThat(pace.untilFree(now)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void whatWasMeasuredLongAgoCountsForLittle() {
        admitAfter(0, true);
        for (int i = 0; i < 10; i++) {
            admitAfter(8_000, true);
        }
        assertThat(pace.expectedWait(4, now)).isEqualTo(Duration.ofSeconds(32));
        admitAfter(8_000, false);
        now += 10 * SECOND;
        pace.beginsToWait(now);
        assertThat(pace.expectedWait(4, now)).isEqualTo(Duration.ofSeconds(16));
        admitAfter(0, false);
        now += 50 * SECOND;
        pace.beginsToWait(now);
        assertThat(pace.expectedWait(4, now)).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void whileNobodyIsAdmittedTheWaitGrows() {
        pace.beginsToWait(now);
        assertThat(pace.expectedWait(3, now)).isZero();
        now += 7 * SECOND;
        assertThat(pace.expectedWait(3, now)).isEqualTo(Duration.ofSeconds(7));
        assertThat(pace.expectedWait(0, now)).isZero();
        assertThat(pace.untilFree(now)).isEqualTo(Duration.ofSeconds(7));
        admitAfter(0, true);
        admitAfter(1_000, true);
        assertThat(pace.expectedWait(3, now)).isEqualTo(Duration.ofSeconds(3));
        now += 5 * SECOND; // four more than usual
        assertThat(pace.expectedWait(3, now)).isEqualTo(Duration.ofSeconds(4 + 3));
    }

    /** Twelve seconds in which the whole process stood still say little of the next admissions. */
    @Test
    void aPauseOfTheProcessIsNotAPace() {
        admitAfter(0, true);
        for (int i = 0; i < 10; i++) {
            admitAfter(100, true);
        }
        admitAfter(12_000, true);

        assertThat(pace.expectedWait(10, now)).isEqualTo(Duration.ofMillis(2_400));
    }

    private void admitAfter(long millis, boolean othersWait) {
        now += millis * 1_000_000;
        pace.admitted(now, othersWait);
    }
}
