package dev.kaya.service.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.sampling.TokenLogprobs;
import org.junit.jupiter.api.Test;

class TokenLogTest {

    @Test
    void givesBackWhatWasAdded() {
        var log = new TokenLog(100);
        for (int i = 0; i < 100; i++) {
            log.add(token(i));
        }

        assertThat(log.size()).isEqualTo(100);
        assertThat(log.ids()).hasSize(100);
        for (int i = 0; i < 100; i++) {
            assertThat(log.id(i)).isEqualTo(i);
            assertThat(log.ids().get(i)).isEqualTo(i);
            assertThat(log.logprobs(i)).usingRecursiveComparison().isEqualTo(token(i));
            assertThat(log.logprobs().get(i)).usingRecursiveComparison().isEqualTo(token(i));
        }
    }

    private static TokenLogprobs token(int i) {
        return new TokenLogprobs(i, -i / 8.0, new int[] {i, i + 1}, new double[] {-i, -i - 0.5});
    }

    @Test
    void keepsIdsAlone() {
        var log = new TokenLog(3);
        log.add(5);
        log.add(6);

        assertThat(log.ids()).containsExactly(5, 6);
    }

    @Test
    void takesMoreThanItWasMadeFor() {
        var log = new TokenLog(1);
        log.add(5);
        log.add(6);
        log.add(7);

        assertThat(log.ids()).containsExactly(5, 6, 7);
    }

    @Test
    void countsItsBytes() {
        assertThat(TokenLog.bytes(10, -1)).isEqualTo(40); // an id
        assertThat(TokenLog.bytes(10, 0)).isEqualTo(120); // and a double
        assertThat(TokenLog.bytes(10, 2)).isEqualTo(360); // and an id and a double twice
        assertThat(TokenLog.bytes(1L << 40, 20)).isEqualTo((1L << 40) * 252);
    }
}
