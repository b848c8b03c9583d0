package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MinPTest {

    // Probabilities 1/15, 8/15, 2/15, 4/15: an eighth, all, a quarter, half of the likeliest.
    private static final float[] POWERS_OF_TWO = {
        0f, (float) Math.log(8), (float) Math.log(2), (float) Math.log(4)
    };

    @Test
    void keepsWhatHasAShareOfTheLikeliest() {
        assertThat(kept(0.1, POWERS_OF_TWO)).containsExactly(0, 1, 2, 3);
        assertThat(kept(0.2, POWERS_OF_TWO)).containsExactly(1, 2, 3);
        assertThat(kept(0.3, POWERS_OF_TWO)).containsExactly(1, 3);
        assertThat(kept(0.6, POWERS_OF_TWO)).containsExactly(1);
    }

    @Test
    void zeroKeepsAllAndOneTheLikeliestWithItsTies() {
        assertThat(kept(0, 0f, -300f, 3f)).containsExactly(0, 1, 2);
        assertThat(kept(1, 3f, 1f, 3f)).containsExactly(0, 2);
        assertThat(kept(1, -5f)).containsExactly(0);
    }

    private static int[] kept(double p, float... scores) {
        Candidates candidates = CandidatesOf.scores(scores);
        MinP.apply(candidates, p);
        return CandidatesOf.ids(candidates);
    }
}
