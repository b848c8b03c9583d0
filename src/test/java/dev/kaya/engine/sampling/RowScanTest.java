package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.kernel.ScalarMath;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowScanTest {

    private static final int LARGE = 150_000;

    private static RowScan read(float[] logits, int vocabulary, Kernels kernels) {
        var row = new RowScan(vocabulary);
        row.use(kernels);
        assertThat(row.read(logits, 1)).isTrue();
        return row;
    }

    /** The sum in the order of ids, in double, of the engine's own exponentials: the same bits. */
    @Test
    void sumsExponentialsInTheOrderOfIds() {
        var random = new Random(1);
        for (int size : new int[] {1, 2, 15, 16, 127, 1_023, 1_024, 1_025, 2_049, 50_257}) {
            float[] logits = new float[size + 1];
            for (int i = 0; i < logits.length; i++) {
                logits[i] =
                        i % 7 == 3 ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian() * 9;
            }
            logits[0] = 1e9f; // not of the row
            logits[1] = -3;
            float highest = ScalarMath.highest(logits, 1, size + 1);
            double sum = 0;
            for (int id = 0; id < size; id++) {
                sum += ScalarMath.exp(logits[1 + id] - highest);
            }
            double expected = highest + StrictMath.log(sum);

            assertThat(read(logits, size, KernelProvider.scalar()).normalizer())
                    .isEqualTo(expected);
            assertThat(read(logits, size, KernelProvider.best()).normalizer()).isEqualTo(expected);
        }
    }

    @Test
    void findsTheLikeliestAsASortWould() {
        var random = new Random(2);
        for (int run = 0; run < 2_000; run++) {
            int size = 1 + random.nextInt(run % 10 == 0 ? 4_000 : 300);
            float[] logits = new float[size + 1];
            for (int i = 0; i < logits.length; i++) {
                double logit = random.nextGaussian() * 5;
                logits[i] = run % 2 == 0 ? Math.round(logit) : (float) logit;
                logits[i] = random.nextInt(5) == 0 ? Float.NEGATIVE_INFINITY : logits[i];
            }
            logits[1] = 0;
            int top = random.nextInt(21);

            int[] likeliest = read(logits, size, KernelProvider.best()).likeliest(top);

            assertThat(likeliest)
                    .containsExactly(
                            IntStream.range(0, size)
                                    .boxed()
                                    .sorted(Comparator.comparingDouble(id -> -logits[1 + id]))
                                    .limit(top)
                                    .mapToInt(id -> id)
                                    .toArray());
        }
    }

    /** In whatever order they stand: those of twenty blocks, and the twenty places for each. */
    @Test
    void theLikeliestOfALargeVocabularyTakeFewComparisons() {
        for (int order = -1; order <= 1; order++) {
            float[] logits = new float[LARGE + 1];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (float) order * i;
            }
            RowScan row = read(logits, LARGE, KernelProvider.best());

            assertThat(row.likeliest(20)).hasSize(20).doesNotHaveDuplicates();
            // All alike, every one is compared with the last of twenty, and never moved.
            int most = order == 0 ? LARGE : 20 * LogitBlocks.SIZE * (1 + 20);
            assertThat(row.compared()).isLessThanOrEqualTo(most);
        }
    }
}
