package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TopKTest {

    private static final float NEGATIVE_INFINITY = Float.NEGATIVE_INFINITY;

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

    @Test
    void theBoundIsBelowTheKthHighestAndJustBelowThatOfBlocksOrOfAll() {
        var random = new Random(18);
        var topK = new TopK();
        for (int run = 0; run < 2_000; run++) {
            int size = 1 + random.nextInt(run % 10 == 0 ? 600 : 60);
            float[] logits = new float[size + 1];
            boolean[] allowed = new boolean[size];
            float[] sorted = new float[size];
            int count = 0;
            for (int id = 0; id < size; id++) {
                float value = run % 2 == 0 ? random.nextInt(7) - 3 : random.nextFloat() - 0.5f;
                logits[id + 1] = value;
                allowed[id] = random.nextInt(5) > 0;
                if (allowed[id]) {
                    sorted[count++] = value;
                }
            }
            Arrays.sort(sorted, 0, count);
            LogitBlocks blocks = blocks(allowed, logits, 1);
            float[] highest = new float[(size + LogitBlocks.SIZE - 1) / LogitBlocks.SIZE];
            Arrays.fill(highest, NEGATIVE_INFINITY);
            for (int id = 0; id < size; id++) {
                int block = id / LogitBlocks.SIZE;
                float logit = allowed[id] ? logits[id + 1] : NEGATIVE_INFINITY;
                highest[block] = Math.max(highest[block], logit);
            }
            Arrays.sort(highest);
            for (int k = 1; k <= count; k++) {
                float kth = sorted[count - k];
                float bound = topK.bound(blocks, k);
                assertThat(bound).isLessThan(kth);
                float near = k <= highest.length ? highest[highest.length - k] : kth;
                // A step of twenty bits, which is sixteen units in the last place at least.
                assertThat(bound).isBetween(near - 2e-6f * 4, Math.nextDown(near));
            }
            assertThat(topK.bound(blocks, count + 1)).isEqualTo(NEGATIVE_INFINITY);
            assertThat(topK.bound(blocks, 0)).isEqualTo(NEGATIVE_INFINITY);
        }
    }

    @Test
    void theBoundLeavesOutNothingThatADivisionTies() {
        var random = new Random(19);
        boolean[] allowed = new boolean[400];
        Arrays.fill(allowed, true);
        for (int run = 0; run < 500; run++) {
            // Neighbours in the last place, which temperatures round together.
            float[] logits = new float[400];
            for (int id = 0; id < 400; id++) {
                logits[id] = Float.intBitsToFloat(0x41200000 + random.nextInt(30));
            }
            var params =
                    SamplingParams.of(
                            1 + random.nextFloat(), Filters.of(1 + random.nextInt(8), 1), run);
            Candidates candidates = CandidatesOf.scores(logits);
            Sampler.divide(candidates, params.temperature());
            new TopK().apply(candidates, params.filters().topK());
            int[] kept = CandidatesOf.ids(candidates);
            var sampler = new Sampler(allowed);
            var history = new TokenHistory(new int[1]);
            for (int sample = 0; sample < 20; sample++) {
                assertThat(kept).contains(sampler.sample(logits, 0, params, history, sample));
            }
            LogitBlocks blocks = blocks(allowed, logits, 0);
            int k = params.filters().topK();
            float bound = new TopK().bound(blocks, k);
            for (int id : kept) {
                assertThat(logits[id]).isGreaterThan(bound);
            }
        }
    }

    private static LogitBlocks blocks(boolean[] allowed, float[] logits, int offset) {
        var blocks = new LogitBlocks(allowed);
        assertThat(blocks.read(logits, offset)).isTrue();
        return blocks;
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
