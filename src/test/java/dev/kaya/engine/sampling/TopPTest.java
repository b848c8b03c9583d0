package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tensor.kernel.ScalarMath;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TopPTest {

    // Probabilities 1/15, 8/15, 2/15, 4/15 up to the rounding of the exponential.
    private static final float[] POWERS_OF_TWO = {
        0f, (float) Math.log(8), (float) Math.log(2), (float) Math.log(4)
    };

    @Test
    void keepsTheSmallestSetByFallingProbabilityWhoseSumReachesP() {
        assertThat(kept(0.53, POWERS_OF_TWO)).containsExactly(1);
        assertThat(kept(0.54, POWERS_OF_TWO)).containsExactly(1, 3);
        assertThat(kept(0.79, POWERS_OF_TWO)).containsExactly(1, 3);
        assertThat(kept(0.81, POWERS_OF_TWO)).containsExactly(1, 2, 3);
        assertThat(kept(0.92, POWERS_OF_TWO)).containsExactly(1, 2, 3);
        assertThat(kept(0.94, POWERS_OF_TWO)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void keepsAtLeastOne() {
        assertThat(kept(Double.MIN_VALUE, POWERS_OF_TWO)).containsExactly(1);
        assertThat(kept(0.5, 9f)).containsExactly(0);
    }

    @Test
    void oneKeepsAll() {
        assertThat(kept(1, 0f, -200f, 3f)).containsExactly(0, 1, 2);
    }

    @Test
    void stopsWhereTheBoundaryIsReachedExactlyAndCountsTheLowerOfTiedIdsFirst() {
        float[] four = {7f, 7f, 7f, 7f};

        assertThat(kept(0.25, four)).containsExactly(0);
        assertThat(kept(0.5, four)).containsExactly(0, 1);
        assertThat(kept(Math.nextUp(0.5), four)).containsExactly(0, 1, 2);
        assertThat(kept(0.5, 1f, 2f, 2f)).containsExactly(1, 2);
        assertThat(kept(0.4, 1f, 2f, 2f)).containsExactly(1);
    }

    @Test
    void theHigherScoreCountsFirstEvenWhereProbabilitiesRoundToTheSame() {
        float lower = -0.3f;
        while (ScalarMath.exp(lower) != ScalarMath.exp(Math.nextUp(lower))) {
            lower = Math.nextUp(lower);
        }

        assertThat(kept(0.6, lower, Math.nextUp(lower), 0f)).containsExactly(1, 2);
    }

    @Test
    void agreesWithASortOnRandomScores() {
        var random = new Random(23);
        for (int run = 0; run < 500; run++) {
            float[] scores = new float[1 + random.nextInt(80)];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = random.nextInt(20) / 4f;
            }
            double p = random.nextDouble();
            if (p > 0) {
                assertThat(kept(p, scores)).isEqualTo(sortedOut(p, scores));
            }
        }
    }

    @Test
    void canBeAppliedAgainAndAgain() {
        var topP = new TopP(4);
        for (int run = 0; run < 3; run++) {
            Candidates candidates = CandidatesOf.scores(POWERS_OF_TWO);
            topP.apply(candidates, 0.6);
            assertThat(CandidatesOf.ids(candidates)).containsExactly(1, 3);
        }
    }

    private static int[] sortedOut(double p, float[] scores) {
        Candidates all = CandidatesOf.scores(scores);
        double target = p * Softmax.weigh(all);
        int[] order =
                IntStream.range(0, scores.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        double reached = 0;
        int count = 0;
        while (count < order.length && (count == 0 || reached < target)) {
            reached += all.weights()[order[count++]];
        }
        int[] kept = Arrays.copyOf(order, count);
        Arrays.sort(kept);
        return kept;
    }

    private static int[] kept(double p, float... scores) {
        Candidates candidates = CandidatesOf.scores(scores);
        new TopP(scores.length).apply(candidates, p);
        return CandidatesOf.ids(candidates);
    }
}
