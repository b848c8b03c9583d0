package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TopKTest {

    @Test
    void keepsTheHighestInTheOrderOfTheirIds() {
        assertThat(kept(2, 1f, 5f, -2f, 3f)).containsExactly(1, 3);
    }

    @Test
    void keepsAllThatAreTiedWithTheKth() {
        assertThat(kept(2, 3f, 1f, 3f, 5f, 3f)).containsExactly(0, 2, 3, 4);
        assertThat(kept(1, 0f, -0f, -1f)).containsExactly(0, 1);
    }

    @Test
    void zeroKeepsAll() {
        assertThat(kept(0, 1f, 2f, 3f)).containsExactly(0, 1, 2);
    }

    @Test
    void asManyAsThereAreOrMoreKeepsAll() {
        assertThat(kept(3, 1f, 2f, 3f)).containsExactly(0, 1, 2);
        assertThat(kept(Integer.MAX_VALUE, 1f, 2f, 3f)).containsExactly(0, 1, 2);
    }

    @Test
    void selectionFindsWhatASortFinds() {
        var random = new Random(17);
        for (int run = 0; run < 2_000; run++) {
            int size = 1 + random.nextInt(60);
            int values = 1 + random.nextInt(12); // few values: many ties
            float[] x = new float[size];
            for (int i = 0; i < size; i++) {
                x[i] = random.nextInt(values) - values / 2f;
            }
            assertEveryRankFound(x);
        }
    }

    @Test
    void selectionFindsWhatASortFindsInSortedAndConstantArrays() {
        float[] rising = new float[257];
        for (int i = 0; i < rising.length; i++) {
            rising[i] = i;
        }
        float[] falling = rising.clone();
        for (int i = 0; i < falling.length; i++) {
            falling[i] = -i;
        }
        assertEveryRankFound(rising);
        assertEveryRankFound(falling);
        assertEveryRankFound(new float[257]);
    }

    private static void assertEveryRankFound(float[] x) {
        float[] sorted = x.clone();
        Arrays.sort(sorted);
        for (int k = 1; k <= x.length; k++) {
            assertThat(TopK.kthHighest(x.clone(), x.length, k)).isEqualTo(sorted[x.length - k]);
        }
    }

    private static int[] kept(int k, float... scores) {
        Candidates candidates = CandidatesOf.scores(scores);
        new TopK().apply(candidates, k);
        return CandidatesOf.ids(candidates);
    }
}
