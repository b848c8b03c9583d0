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
        assertThat(pace.untilFree()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void isTheMeasuredIntervalRoundedUp() {
        admitAfter(0, true);
        for (int i = 0; i < 50; i++) {
            admitAfter(2_500, true);
        }

        assertThat(pace.untilFree()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void followsAPaceThatChanges() {
        admitAfter(0, true);
        admitAfter(60_000, true);
        for (int i = 0; i < 50; i++) {
            admitAfter(100, true);
        }

        assertThat(pace.untilFree()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void isNeverMoreThanFiveMinutes() {
        admitAfter(0, true);
        admitAfter(3_600_000, true);

        assertThat(pace.untilFree()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void anHourWithoutWorkIsNotAPace() {
        admitAfter(0, false);
        admitAfter(3_600_000, true); // the first of a burst: nobody had waited for it
        admitAfter(0, true);

        assertThat(pace.untilFree()).isEqualTo(Duration.ofSeconds(1));
    }

    private void admitAfter(long millis, boolean othersWait) {
        now += millis * 1_000_000;
        pace.admitted(now, othersWait);
    }
}
