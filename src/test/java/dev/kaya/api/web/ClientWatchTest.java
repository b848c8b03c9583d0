package dev.kaya.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.api.web.ClientConnection.Sight;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientWatchTest {

    private static final long MILLI = 1_000_000;

    private final List<Long> looks = new ArrayList<>();
    private final List<Long> probes = new ArrayList<>();
    private Sight sight = Sight.OPEN;
    private boolean reset;
    private long now = 5 * MILLI;
    private final ClientWatch watch = new ClientWatch(this::look, this::probe, () -> now);

    private Sight look() {
        looks.add(now / MILLI - 5);
        return sight;
    }

    private void probe() throws IOException {
        if (reset) {
            throw new IOException("reset");
        }
        probes.add(now / MILLI - 5);
    }

    /**
     * Asks at every millisecond from now on, and tells when it was first said to be gone, or -1.
     */
    private long askFor(int millis) {
        for (int i = 0; i < millis; i++) {
            if (watch.isGone()) {
                return now / MILLI - 5;
            }
            now += MILLI;
        }
        return -1;
    }

    @Test
    void looksEveryFifthOfASecond() {
        assertThat(askFor(1000)).isEqualTo(-1);
        assertThat(looks).containsExactly(200L, 400L, 600L, 800L);
        assertThat(probes).isEmpty();
    }

    @Test
    void seesAConnectionThatIsBrokenOff() {
        assertThat(askFor(300)).isEqualTo(-1);
        sight = Sight.GONE;
        assertThat(askFor(300)).isEqualTo(400);
        assertThat(watch.isGone()).isTrue();
        assertThat(looks).containsExactly(200L, 400L);
    }

    @Test
    void writesToOneThatHasEndedAtDoublingIntervals() {
        sight = Sight.ENDED;
        assertThat(askFor(13_000)).isEqualTo(-1);
        assertThat(probes).containsExactly(200L, 400L, 800L, 1600L, 3200L, 6400L, 12_800L);
    }

    @Test
    void findsOutThatOneThatHasEndedReadsNothingEither() {
        sight = Sight.ENDED;
        assertThat(askFor(201)).isEqualTo(-1);
        reset = true; // the answer to the first probe
        assertThat(askFor(1000)).isEqualTo(400);
        assertThat(watch.isGone()).isTrue();
    }
}
