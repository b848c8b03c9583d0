package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.sampling.SamplingParams.Ends;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.ScalarMath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Logits that are NaN, infinite, minus infinity, at the ends of what floats hold, or tied, through
 * every filter and combination, against filters that sort everything.
 */
class SpecialLogitsTest {

    private static final float NEVER = Float.NEGATIVE_INFINITY;
    private static final float[] SPECIALS = {
        NEVER,
        NEVER,
        NEVER,
        -Float.MAX_VALUE,
        Float.MAX_VALUE,
        Float.MAX_VALUE / 3,
        -0f,
        Float.MIN_VALUE,
        -100,
        1e30f
    };
    private static final float[] FAULTS = {Float.NaN, Float.POSITIVE_INFINITY};
    private static final float[] TEMPERATURES = {0, 1e-7f, 1e-5f, 0.1f, 0.8f, 1, 100};
    private static final int[] TOP_K = {0, 1, 2, 7, 100, 5_000};
    private static final double[] TOP_P = {1, 0.95, 0.5, 1e-9};
    private static final double[] MIN_P = {0, 0.05, 1, 1e-300};
    private static final double[] TYPICAL_P = {1, 0.95, 0.2, 1e-9};

    private final Random random = new Random(3);

    private float[] logits(int size, double specials) {
        float[] logits = new float[size];
        for (int id = 0; id < size; id++) {
            boolean special = random.nextDouble() < specials;
            float logit = Math.round(random.nextGaussian() * 20) / 4f; // with ties
            logits[id] = special ? SPECIALS[random.nextInt(SPECIALS.length)] : logit;
        }
        return logits;
    }

    private boolean[] allowed(int size) {
        boolean[] allowed = new boolean[size];
        for (int id = 0; id < size; id++) {
            allowed[id] = random.nextInt(5) > 0;
        }
        allowed[random.nextInt(size)] = true;
        return allowed;
    }

    private Filters filters() {
        return new Filters(
                TOP_K[random.nextInt(TOP_K.length)],
                TOP_P[random.nextInt(TOP_P.length)],
                MIN_P[random.nextInt(MIN_P.length)],
                TYPICAL_P[random.nextInt(TYPICAL_P.length)]);
    }

    @Test
    void everyFilterKeepsWhatItsDefinitionKeeps() {
        for (int run = 0; run < 4_000; run++) {
            int size = 1 + random.nextInt(run % 10 == 0 ? 400 : 12);
            float[] logits = logits(size, random.nextInt(3) * 0.4);
            boolean[] allowed = allowed(size);
            float temperature = TEMPERATURES[random.nextInt(TEMPERATURES.length)];
            Filters filters = filters();
            SamplingParams params = SamplingParams.of(temperature, filters, run);
            var sampler = new Sampler(allowed);
            sampler.use(run % 2 == 0 ? KernelProvider.best() : KernelProvider.scalar());

            int picked = sampler.sample(logits, 0, params, new TokenHistory(new int[1]), 0);

            assertThat(picked)
                    .as(() -> filters + " at " + temperature + " of " + Arrays.toString(logits))
                    .isEqualTo(expected(logits, allowed, temperature, filters, run));
        }
    }

    private static int expected(
            float[] logits, boolean[] allowed, float temperature, Filters filters, long seed) {
        List<Integer> ids = new ArrayList<>();
        for (int id = 0; id < logits.length; id++) {
            if (allowed[id] && logits[id] > NEVER) {
                ids.add(id);
            }
        }
        if (ids.isEmpty()) {
            return Sampler.FAULT;
        }
        if (temperature < 1e-6f) {
            return ids.stream().max(Comparator.comparingDouble(id -> logits[id] + 0.0)).get();
        }
        var left = new Plain(logits, ids, temperature);
        left.topK(filters.topK());
        left.topP(filters.topP());
        left.minP(filters.minP());
        left.typicalP(filters.typicalP());
        return left.draw(Randomness.uniform(seed, 0, 0));
    }

    /** Filters by the book. */
    private static final class Plain {
        private final float[] scores;
        private List<Integer> ids;

        Plain(float[] logits, List<Integer> ids, float temperature) {
            this.ids = ids;
            scores = new float[logits.length];
            float highest = ids.stream().map(id -> logits[id]).max(Float::compare).get();
            float shift = Float.isInfinite(highest / temperature) ? highest : 0;
            ids.forEach(id -> scores[id] = (logits[id] - shift) / temperature);
        }

        private double[] weights() {
            float highest = ids.stream().map(id -> scores[id]).max(Float::compare).get();
            double[] weights = new double[scores.length];
            ids.forEach(id -> weights[id] = ScalarMath.exp(scores[id] - highest));
            return weights;
        }

        private double[] values() {
            return IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).toArray();
        }

        private double sum(double[] weights) {
            double sum = 0;
            for (int id : ids) {
                sum += weights[id];
            }
            return sum;
        }

        private List<Integer> sorted(double[] falling) {
            List<Integer> sorted = new ArrayList<>(ids);
            sorted.sort(Comparator.comparingDouble((Integer id) -> 0.0 - falling[id]));
            return sorted;
        }

        void topK(int k) {
            if (k > 0 && k < ids.size()) {
                double[] values = values();
                double least = values[sorted(values).get(k - 1)];
                ids = ids.stream().filter(id -> values[id] >= least).toList();
            }
        }

        void topP(double p) {
            if (p < 1) {
                double[] weights = weights();
                double[] values = values();
                double target = p * sum(weights);
                List<Integer> kept = new ArrayList<>();
                double reached = 0;
                for (int id : sorted(values)) {
                    if (kept.isEmpty() || reached < target) {
                        kept.add(id);
                        reached += weights[id];
                    }
                }
                ids = kept.stream().sorted().toList();
            }
        }

        void minP(double p) {
            double[] weights = weights();
            ids = p == 0 ? ids : ids.stream().filter(id -> weights[id] >= p).toList();
        }

        void typicalP(double p) {
            if (p >= 1) {
                return;
            }
            double[] weights = weights();
            double sum = sum(weights);
            double logSum = StrictMath.log(sum);
            float highest = ids.stream().map(id -> scores[id]).max(Float::compare).get();
            double entropy = 0;
            for (int id : ids) {
                double information = logSum - ((double) scores[id] - highest);
                entropy += weights[id] == 0 ? 0 : weights[id] / sum * information;
            }
            double[] closeness = new double[scores.length];
            for (int id : ids) {
                double information = logSum - ((double) scores[id] - highest);
                closeness[id] = (float) -Math.abs(information - entropy);
            }
            double reached = 0;
            double least = Double.NEGATIVE_INFINITY;
            for (int id : sorted(closeness)) {
                if (reached >= p * sum) {
                    break;
                }
                reached += weights[id];
                least = closeness[id];
            }
            double last = least;
            ids = ids.stream().filter(id -> closeness[id] >= last).toList();
        }

        int draw(double uniform) {
            double[] weights = weights();
            double threshold = uniform * sum(weights);
            double reached = 0;
            for (int id : ids) {
                reached += weights[id];
                if (reached > threshold) {
                    return id;
                }
            }
            return ids.stream().filter(id -> weights[id] > 0).reduce((first, last) -> last).get();
        }
    }

    /** Whatever is asked for, and wherever it stands, also where it cannot be sampled. */
    @Test
    void nanAndInfinityAreAFault() {
        for (int run = 0; run < 2_000; run++) {
            int size = 1 + random.nextInt(300);
            float[] logits = logits(size, 0.3);
            logits[random.nextInt(size)] = FAULTS[run % 2];
            boolean[] allowed = allowed(size);
            var bias = new LogitBias(new int[] {random.nextInt(size)}, new float[] {100});
            Penalties penalties =
                    run % 3 == 0 ? Penalties.NONE : new Penalties(1.3, 0, 1, 1, 2, bias);
            float temperature = TEMPERATURES[random.nextInt(TEMPERATURES.length)];
            var params = new SamplingParams(temperature, filters(), penalties, Ends.ANY_TIME, run);
            var history = new TokenHistory(new int[1]);
            var sampler = new Sampler(allowed);
            sampler.use(run % 4 < 2 ? KernelProvider.best() : KernelProvider.scalar());

            assertThat(sampler.sample(logits, 0, params, history, 0)).isEqualTo(Sampler.FAULT);
            assertThat(sampler.logProbabilities(logits, 0, params, history)).isNull();
            assertThat(sampler.scores(logits, 0, 5)).isNull();
            assertThat(sampler.score(logits, 0, 0, 0)).isNull();
        }
    }

    @Test
    void nothingLeftIsAFault() {
        float[] none = {NEVER, NEVER, NEVER};
        float[] others = {NEVER, 1, NEVER};
        boolean[] allowed = {true, false, true};
        var history = new TokenHistory(new int[1]);
        for (float temperature : TEMPERATURES) {
            for (int run = 0; run < 50; run++) {
                SamplingParams params = SamplingParams.of(temperature, filters(), run);

                var sampler = new Sampler(allowed);
                assertThat(sampler.sample(none, 0, params, history, 0)).isEqualTo(Sampler.FAULT);
                assertThat(sampler.sample(others, 0, params, history, 0)).isEqualTo(Sampler.FAULT);
                assertThat(sampler.logProbabilities(none, 0, params, history)).isNull();
                assertThat(sampler.logProbabilities(others, 0, params, history)).isNull();
                assertThat(sampler.scores(none, 0, 2)).isNull();
                assertThat(sampler.scores(others, 0, 2)).isNotNull();
            }
        }
    }

    /** What lifts or lowers tokens does not bring back those that cannot come, or make NaN. */
    @Test
    void editingKeepsWhatCannotComeAndMakesNoFault() {
        for (int run = 0; run < 2_000; run++) {
            int size = 2 + random.nextInt(20);
            float[] logits = logits(size, 0.6);
            boolean[] allowed = allowed(size);
            var history = new TokenHistory(new int[] {random.nextInt(size)});
            for (int i = random.nextInt(5); i > 0; i--) {
                history.append(random.nextInt(size));
            }
            double repetition = new double[] {1, 1e-300, 1e300, 1.2}[run % 4];
            var bias = new LogitBias(new int[] {random.nextInt(size)}, new float[] {-100});
            var penalties = new Penalties(repetition, 0, 2, -2, run % 3, bias);
            float temperature = TEMPERATURES[random.nextInt(TEMPERATURES.length)];
            var params = new SamplingParams(temperature, filters(), penalties, Ends.ANY_TIME, run);
            var sampler = new Sampler(allowed);

            int picked = sampler.sample(logits, 0, params, history, 0);

            boolean any = false;
            for (int id = 0; id < size; id++) {
                any |= allowed[id] && logits[id] > NEVER && logits[id] > -Float.MAX_VALUE;
            }
            if (picked == Sampler.FAULT) {
                // A penalty may have taken the lowest there is below the range of floats.
                assertThat(any && repetition != 1e300).isFalse();
            } else {
                assertThat(allowed[picked] && logits[picked] > NEVER).isTrue();
            }
        }
    }
}
