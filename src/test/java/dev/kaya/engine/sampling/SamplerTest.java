package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {

    private static TokenHistory history = new TokenHistory(new int[1]);

    private static final float NEGATIVE_INFINITY = Float.NEGATIVE_INFINITY;
    private static final int DRAWS = 100_000;

    // Chi-square at 0.001 by degrees of freedom: NIST/SEMATECH e-Handbook of Statistical Methods,
    // table 1.3.6.7.4.
    private static final double[] CRITICAL = {
        0, 10.828, 13.816, 16.266, 18.467, 20.515, 22.458, 24.322, 26.125, 27.877
    };

    @Test
    void greedyTakesTheHighestLogitAndOfEqualOnesTheLowestId() {
        assertThat(greedy(1f, 3f, 2f, 3f, 3f)).isEqualTo(1);
        assertThat(greedy(-0f, 0f)).isZero();
        assertThat(greedy(NEGATIVE_INFINITY, -5f)).isEqualTo(1);
    }

    @Test
    void readsTheLogitsFromTheirOffsetAndLeavesThemAlone() {
        float[] logits = {99f, 99f, 0f, 1f, 2f, 99f};
        float[] before = logits.clone();
        var sampler = new Sampler(all(3));

        assertThat(pick(sampler, logits, 2, params(0, 0, 1, 0), 0, 0)).isEqualTo(2);
        assertThat(pick(sampler, logits, 2, params(0.5f, 1, 1, 0), 0, 0)).isEqualTo(2);
        assertThat(logits).isEqualTo(before);
    }

    @Test
    void anIdThatIsNotAllowedIsNeverDrawn() {
        boolean[] allowed = {true, false, true};
        var sampler = new Sampler(allowed);
        float[] logits = {0f, 50f, 0f};

        assertThat(pick(sampler, logits, 0, params(0, 0, 1, 0), 0, 0)).isZero();
        for (int position = 0; position < 1_000; position++) {
            assertThat(pick(sampler, logits, 0, params(5, 0, 1, 3), 0, position)).isNotEqualTo(1);
            assertThat(pick(sampler, logits, 0, params(5, 1, 0.1, 3), 0, position)).isNotEqualTo(1);
        }
    }

    /** Of several blocks, some with ids that are not allowed, against all of them in one row. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 5, 40, 300, 2_000})
    void aLargeVocabularyIsSampledAsIfEveryTokenWereLookedAt(int k) {
        var random = new Random(k);
        for (int size : new int[] {127, 128, 129, 256, 500, 1_000}) {
            boolean[] allowed = new boolean[size];
            float[] logits = new float[size + 2];
            for (int run = 0; run < 40; run++) {
                for (int id = 0; id < size; id++) {
                    allowed[id] = id < size / 2 ? random.nextInt(9) > 0 : id / 128 % 2 == 0;
                    // The higher half of the runs has many ties.
                    double logit = random.nextGaussian() * 3;
                    logits[id + 1] = run < 20 ? (float) logit : Math.round(logit);
                }
                var sampler = new Sampler(allowed);
                sampler.use(run % 2 == 0 ? KernelProvider.best() : KernelProvider.scalar());
                for (int position = 0; position < 20; position++) {
                    assertThat(pick(sampler, logits, 1, params(0.8f, k, 1, 5), 2, position))
                            .isEqualTo(drawn(logits, 1, allowed, k, position));
                }
                assertThat(pick(sampler, logits, 1, params(0, k, 1, 5), 2, 0))
                        .isEqualTo(likeliest(logits, 1, allowed));
            }
        }
    }

    private static int drawn(float[] logits, int offset, boolean[] allowed, int k, int position) {
        int[] ids = IntStream.range(0, allowed.length).filter(id -> allowed[id]).toArray();
        double[] scores = IntStream.of(ids).mapToDouble(id -> logits[offset + id] / 0.8f).toArray();
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        double least = k == 0 || k > ids.length ? sorted[0] : sorted[ids.length - k];
        double sum = DoubleStream.of(scores).filter(s -> s >= least).map(Math::exp).sum();
        double threshold = Randomness.uniform(5, 2, position) * sum;
        double reached = 0;
        for (int i = 0; i < ids.length; i++) {
            reached += scores[i] >= least ? Math.exp(scores[i]) : 0;
            if (reached > threshold) {
                return ids[i];
            }
        }
        throw new AssertionError("nothing drawn of " + ids.length);
    }

    private static int likeliest(float[] logits, int offset, boolean[] allowed) {
        int best = -1;
        for (int id = 0; id < allowed.length; id++) {
            if (allowed[id] && (best < 0 || logits[offset + id] > logits[offset + best])) {
                best = id;
            }
        }
        return best;
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, 1f})
    void aFaultIsFoundInEveryBlockOfALargeVocabulary(float temperature) {
        boolean[] allowed = all(300);
        allowed[70] = false;
        allowed[299] = false;
        var sampler = new Sampler(allowed);
        for (Kernels kernels : List.of(KernelProvider.best(), KernelProvider.scalar())) {
            sampler.use(kernels);
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                for (int id = 0; id < 300; id++) {
                    float[] logits = new float[300];
                    logits[id] = bad;
                    assertThat(pick(sampler, logits, 0, params(temperature, 9, 1, 0), 0, 0))
                            .as("%s at %d", bad, id)
                            .isEqualTo(Sampler.FAULT);
                }
            }
        }
    }

    @Test
    void aLogitOfNegativeInfinityIsNeverDrawn() {
        float[] logits = {NEGATIVE_INFINITY, 1f, NEGATIVE_INFINITY, 1f, NEGATIVE_INFINITY};
        var sampler = new Sampler(all(5));
        for (int position = 0; position < 1_000; position++) {
            assertThat(pick(sampler, logits, 0, params(100, 0, 1, 3), 0, position)).isIn(1, 3);
            assertThat(pick(sampler, logits, 0, params(100, 4, 0.999, 3), 0, position)).isIn(1, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, 1f})
    void aLogitThatIsNoNumberOrEndlessIsAFaultWhereverItStands(float temperature) {
        var sampler = new Sampler(new boolean[] {true, true, false});
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            for (int id = 0; id < 3; id++) {
                float[] logits = {0f, 0f, 0f};
                logits[id] = bad;
                assertThat(pick(sampler, logits, 0, params(temperature, 0, 1, 0), 0, 0))
                        .as("%s at %d", bad, id)
                        .isEqualTo(Sampler.FAULT);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, 1f})
    void noFiniteLogitIsAFault(float temperature) {
        float[] logits = {NEGATIVE_INFINITY, NEGATIVE_INFINITY};

        assertThat(pick(new Sampler(all(2)), logits, 0, params(temperature, 0, 1, 0), 0, 0))
                .isEqualTo(Sampler.FAULT);
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, 0.5f, 100f})
    void aVocabularyOfOneTokenGivesThatToken(float temperature) {
        var sampler = new Sampler(all(1));

        assertThat(pick(sampler, new float[] {-3e38f}, 0, params(temperature, 5, 0.1, 9), 0, 0))
                .isZero();
    }

    /** Logits near the end of the range of floats, and a temperature that leads out of it. */
    @Test
    void aSmallTemperatureTakesTheLikeliestEvenWhereDivisionOverflows() {
        float[] high = {1e35f, 3e35f, 2e35f};
        float[] low = {-2e35f, -3e35f, -1e35f};
        var sampler = new Sampler(all(3));
        for (int position = 0; position < 100; position++) {
            assertThat(pick(sampler, high, 0, params(1e-4f, 0, 1, 3), 0, position)).isEqualTo(1);
            assertThat(pick(sampler, low, 0, params(1e-4f, 0, 1, 3), 0, position)).isEqualTo(2);
        }
    }

    /**
     * One after the other: dividing by 0.5 sharpens 0.1, 0.2, 0.3, 0.4 to 1/30, 4/30, 9/30, 16/30;
     * three stay; of those, 16/29 alone is short of 0.6 and with 9/29 reaches it. In any other
     * order three tokens would stay: unsharpened, or weighed against the fourth, 0.6 is reached
     * later or 0.55 is not.
     */
    @Test
    void filtersInTheOrderTemperatureTopKTopP() {
        float[] logits = {log(0.1), log(0.2), log(0.3), log(0.4)};

        assertThat(drawn(logits, params(0.5f, 3, 0.6, 1))).containsExactly(2, 3);
        // 16/29 = 0.5517 reaches 0.54, which 16/30 = 0.5333 does not: top_k came before top_p.
        assertThat(drawn(logits, params(0.5f, 3, 0.54, 1))).containsExactly(3);
        assertThat(drawn(logits, params(0.5f, 0, 0.54, 1))).containsExactly(2, 3);
        // 0.4/0.9 = 0.4444 does not reach 0.54: the temperature came before top_p.
        assertThat(drawn(logits, params(1f, 3, 0.54, 1))).containsExactly(2, 3);
    }

    /** The temperature joins two neighbours to a tie; top_k after it must keep both. */
    @Test
    void topKSeesWhatTheTemperatureLeft() {
        float temperature = 1.5f;
        float lower = 1.7500002f;
        float higher = Math.nextUp(lower);
        assertThat(higher / temperature).isEqualTo(lower / temperature);

        assertThat(drawn(new float[] {lower, higher, -9f}, params(temperature, 1, 1, 1)))
                .containsExactly(0, 1);
    }

    /** Four of five reach 0.8, which in single precision is a little more than four fifths. */
    @Test
    void topPIsTakenAsItWasWritten() {
        assertThat(drawn(new float[5], params(1, 0, 0.8, 1))).containsExactly(0, 1, 2, 3);
    }

    /** Parameters, and the exact probabilities that they make of the logits 0, 1, …, 9 thirds. */
    record Distribution(SamplingParams params, double[] probabilities) {}

    static Stream<Distribution> distributions() {
        return Stream.of(
                new Distribution(params(1, 0, 1, 11), exact(1, 0)),
                new Distribution(params(0.7f, 0, 1, 12), exact(0.7, 0)),
                new Distribution(params(2.5f, 0, 1, 13), exact(2.5, 0)),
                new Distribution(params(0.8f, 4, 1, 14), exact(0.8, 6)),
                // e^-1/3 = 0.717: the highest of ten has 0.294, four 0.764, five 0.842.
                new Distribution(params(1, 0, 0.8, 15), exact(1, 5)),
                // The least that stays has e^-1 = 0.368 of the highest, the next e^-4/3 = 0.264.
                new Distribution(filtered(new Filters(0, 1, 0.3, 1), 16), exact(1, 6)),
                // The entropy is 1.944, the information of id 9 1.225 and a third more for each
                // below.
                // Nearest are 7 (0.151), 6 (0.108) and 8 (0.211): together 0.470.
                new Distribution(filtered(new Filters(0, 1, 0, 0.45), 17), exact(1, 6, 8)),
                // The highest five sum to 0.842; the next four keep 0.906 of that, so top_p and
                // min_p take nothing. Their entropy is 1.503; nearest are 8 (0.250), 7 (0.179) and
                // 9 (0.349).
                new Distribution(filtered(new Filters(5, 0.95, 0.1, 0.45), 18), exact(1, 7)));
    }

    private static SamplingParams filtered(Filters filters, long seed) {
        return SamplingParams.of(1, filters, seed);
    }

    @ParameterizedTest
    @MethodSource("distributions")
    void drawsByTheExactDistribution(Distribution expected) {
        assertFits(counts(thirds(), expected.params()), expected.probabilities());
    }

    private static void assertFits(int[] counts, double[] probabilities) {
        double chiSquare = 0;
        int classes = 0;
        for (int id = 0; id < counts.length; id++) {
            double mean = probabilities[id] * DRAWS;
            if (mean == 0) {
                assertThat(counts[id]).isZero();
            } else {
                chiSquare += (counts[id] - mean) * (counts[id] - mean) / mean;
                classes++;
            }
        }

        assertThat(chiSquare).isLessThan(CRITICAL[classes - 1]);
    }

    @Test
    void drawsByTheExactDistributionOfPenalizedLogits() {
        var penalties =
                new Penalties(
                        1.5, 0, 0.5, 0.25, 0, new LogitBias(new int[] {1, 9}, new float[] {1, -2}));
        var params =
                new SamplingParams(0.9f, Filters.NONE, penalties, SamplingParams.Ends.ANY_TIME, 19);
        var text = new TokenHistory(new int[] {8, 8});
        text.append(6);
        text.append(6);
        text.append(3);
        var sampler = new Sampler(all(10));
        int[] counts = new int[10];
        for (int sample = 0; sample < DRAWS; sample++) {
            counts[sampler.sample(thirds(), 0, params, text, sample)]++;
        }

        double[] logits = new double[10];
        for (int id = 0; id < 10; id++) {
            logits[id] = id / 3.0;
        }
        logits[8] /= 1.5;
        logits[6] = logits[6] / 1.5 - 2 * 0.5 - 0.25;
        logits[3] = logits[3] / 1.5 - 0.5 - 0.25;
        logits[1] += 1;
        logits[9] -= 2;
        double[] weights = Arrays.stream(logits).map(logit -> Math.exp(logit / 0.9)).toArray();
        assertFits(counts, normalized(weights));
    }

    @Test
    void samplesOfOneRequestDiffer() {
        var sampler = new Sampler(all(10));
        int same = 0;
        for (int position = 0; position < 1_000; position++) {
            int first = pick(sampler, new float[10], 0, params(1, 0, 1, 7), 0, position);
            int second = pick(sampler, new float[10], 0, params(1, 0, 1, 7), 1, position);
            same += first == second ? 1 : 0;
        }

        assertThat(same).isBetween(60, 140); // one in ten, give or take four standard deviations
    }

    @Test
    void impossibleParametersAreRefused() {
        assertThatThrownBy(() -> params(-1, 0, 1, 0)).hasMessage("temperature -1.0");
        assertThatThrownBy(() -> params(Float.NaN, 0, 1, 0)).hasMessage("temperature NaN");
        assertThatThrownBy(() -> params(1, -1, 1, 0)).hasMessage("top_k -1");
        assertThatThrownBy(() -> params(1, 0, 0, 0)).hasMessage("top_p 0.0");
        assertThatThrownBy(() -> params(1, 0, 1.5, 0)).hasMessage("top_p 1.5");
    }

    private static int greedy(float... logits) {
        return pick(new Sampler(all(logits.length)), logits, 0, params(0, 0, 1, 0), 0, 0);
    }

    /** The ids that 2,000 draws find. */
    private static int[] drawn(float[] logits, SamplingParams params) {
        var sampler = new Sampler(all(logits.length));
        boolean[] seen = new boolean[logits.length];
        for (int position = 0; position < 2_000; position++) {
            seen[pick(sampler, logits, 0, params, 0, position)] = true;
        }
        int[] ids = new int[logits.length];
        int count = 0;
        for (int id = 0; id < seen.length; id++) {
            if (seen[id]) {
                ids[count++] = id;
            }
        }
        return Arrays.copyOf(ids, count);
    }

    private static int[] counts(float[] logits, SamplingParams params) {
        var sampler = new Sampler(all(logits.length));
        int[] counts = new int[logits.length];
        for (int position = 0; position < DRAWS; position++) {
            counts[pick(sampler, logits, 0, params, 0, position)]++;
        }
        return counts;
    }

    private static float[] thirds() {
        float[] logits = new float[10];
        for (int id = 0; id < logits.length; id++) {
            logits[id] = id / 3f;
        }
        return logits;
    }

    /** Softmax of the thirds by {@link Math#exp}, without the ids below the given one. */
    private static double[] exact(double temperature, int firstId) {
        return exact(temperature, firstId, 9);
    }

    /** The same without the ids above the second one too. */
    private static double[] exact(double temperature, int firstId, int lastId) {
        double[] probabilities = new double[10];
        for (int id = firstId; id <= lastId; id++) {
            probabilities[id] = Math.exp(id / 3.0 / temperature);
        }
        return normalized(probabilities);
    }

    private static double[] normalized(double[] weights) {
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(weight -> weight / sum).toArray();
    }

    private static float log(double probability) {
        return (float) Math.log(probability);
    }

    private static boolean[] all(int vocabulary) {
        boolean[] allowed = new boolean[vocabulary];
        Arrays.fill(allowed, true);
        return allowed;
    }

    private static SamplingParams params(float temperature, int topK, double topP, long seed) {
        return SamplingParams.of(temperature, Filters.of(topK, topP), seed);
    }

    /** The draw of a position of a text whose tokens do not matter. */
    private static int pick(
            Sampler sampler,
            float[] logits,
            int offset,
            SamplingParams params,
            int sample,
            int position) {
        if (history.generated() > position) {
            history = new TokenHistory(new int[1]);
        }
        while (history.generated() < position) {
            history.append(0);
        }
        return sampler.sample(logits, offset, params, history, sample);
    }
}
