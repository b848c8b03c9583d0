package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TypicalPTest {

    /**
     * Probabilities 1/2, 1/4, 1/8, 1/8 have 1, 2, 3, 3 bits and an entropy of 1.75: the second is a
     * quarter of a bit away, the first three quarters, the others one and a quarter.
     */
    private static final float[] HALVES = {(float) Math.log(4), (float) Math.log(2), 0f, 0f};

    @Test
    void keepsWhatIsClosestToTheEntropyUntilPIsReached() {
        assertThat(kept(0.2, HALVES)).containsExactly(1);
        assertThat(kept(0.3, HALVES)).containsExactly(0, 1);
        assertThat(kept(0.7, HALVES)).containsExactly(0, 1);
    }

    /** As in Hugging Face, where the threshold is the distance of the last one that counts. */
    @Test
    void keepsThoseAsCloseAsTheLast() {
        assertThat(kept(0.8, HALVES)).containsExactly(0, 1, 2, 3);
        assertThat(kept(0.01, 5f, 5f, 5f)).containsExactly(0, 1, 2);
    }

    @Test
    void oneKeepsAllAndOneTokenAlwaysStays() {
        assertThat(kept(1, 0f, -200f, 3f)).containsExactly(0, 1, 2);
        assertThat(kept(Double.MIN_VALUE, 0f, 9f)).hasSize(1);
        assertThat(kept(0.5, -7f)).containsExactly(0);
    }

    /** Against the definition by a full sort in double. */
    @Test
    void agreesWithTheDefinition() {
        var random = new Random(5);
        for (int i = 0; i < 300; i++) {
            float[] scores = new float[1 + random.nextInt(200)];
            for (int id = 0; id < scores.length; id++) {
                scores[id] = (float) (4 * random.nextGaussian());
            }
            double p = 0.05 + 0.9 * random.nextDouble();

            assertThat(kept(p, scores)).isEqualTo(byDefinition(p, scores));
        }
    }

    private static int[] byDefinition(double p, float[] scores) {
        double sum = IntStream.range(0, scores.length).mapToDouble(i -> Math.exp(scores[i])).sum();
        double[] probabilities =
                IntStream.range(0, scores.length)
                        .mapToDouble(i -> Math.exp(scores[i]) / sum)
                        .toArray();
        double entropy = Arrays.stream(probabilities).map(q -> -q * Math.log(q)).sum();
        Comparator<Integer> closest =
                Comparator.comparingDouble(i -> Math.abs(-Math.log(probabilities[i]) - entropy));
        int[] order =
                IntStream.range(0, scores.length)
                        .boxed()
                        .sorted(closest)
                        .mapToInt(i -> i)
                        .toArray();
        double reached = 0;
        int count = 0;
        while (count < order.length && reached < p) {
            reached += probabilities[order[count++]];
        }
        return Arrays.stream(order, 0, count).sorted().toArray();
    }

    private static int[] kept(double p, float... scores) {
        Candidates candidates = CandidatesOf.scores(scores);
        new TypicalP(scores.length).apply(candidates, p);
        return CandidatesOf.ids(candidates);
    }
}
