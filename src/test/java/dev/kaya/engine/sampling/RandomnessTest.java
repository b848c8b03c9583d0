package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RandomnessTest {

    /**
     * Computed in Python with whole numbers modulo 2^64: {@code mix} is the finaliser of SplitMix64
     * and g = 0x9E3779B97F4A7C15, so that {@code mix(g) = 0xE220A8397B1DCDAF}, the first output of
     * SplitMix64 for the seed 0. Then a = mix(seed + g), b = mix(a + g·(sample + 1)), c = mix(b +
     * g·(position + 1)), and the number is ⌊c / 2^11⌋ / 2^53; the column holds ⌊c / 2^11⌋.
     */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 1249383295688599",
        "0, 0, 1, 8746909956485189",
        "0, 1, 0, 1655881628553949",
        "7, 0, 0, 5488937907533707",
        "7, 3, 41, 7076914256773861",
        "9007199254740991, 63, 4095, 6708836543679694",
        "-1, 0, 0, 8867032479744132",
        "-9223372036854775808, 2, 7, 1954429418316884",
    })
    void givesTheNumbersOfTheFormula(long seed, int sample, int position, long expected) {
        assertThat(Randomness.uniform(seed, sample, position)).isEqualTo(expected * 0x1.0p-53);
    }

    @Test
    void doesNotDependOnWhatWasDrawnBefore() {
        double first = Randomness.uniform(3, 2, 1);
        for (int position = 0; position < 100; position++) {
            Randomness.uniform(position, position, position);
        }

        assertThat(Randomness.uniform(3, 2, 1)).isEqualTo(first);
    }

    /**
     * 99,999 degrees of freedom at 0.001: 101,388 by Wilson and Hilferty's approximation, d·(1 −
     * 2/(9d) + 3.0902·√(2/(9d)))³.
     */
    @Test
    void isUniformOverAHundredThousandBuckets() {
        int buckets = 100_000;
        int draws = 2_000_000;
        int[] counts = new int[buckets];
        for (int position = 0; position < draws; position++) {
            counts[(int) (Randomness.uniform(20_240_607, 0, position) * buckets)]++;
        }

        assertThat(chiSquareOfUniform(counts, draws)).isBetween(98_600.0, 101_388.0);
    }

    /**
     * Pairs of neighbours in a 10 × 10 grid: 99 degrees of freedom, 148.2 at 0.001 (NIST/SEMATECH
     * e-Handbook of Statistical Methods, table 1.3.6.7.4).
     */
    @Test
    void neighboursOfPositionSampleAndSeedLookIndependent() {
        int draws = 100_000;
        int[] positions = new int[100];
        int[] samples = new int[100];
        int[] seeds = new int[100];
        for (int i = 0; i < draws; i++) {
            positions[cell(Randomness.uniform(5, 0, i), Randomness.uniform(5, 0, i + 1))]++;
            samples[cell(Randomness.uniform(5, 0, i), Randomness.uniform(5, 1, i))]++;
            seeds[cell(Randomness.uniform(i, 0, 0), Randomness.uniform(i + 1L, 0, 0))]++;
        }

        assertThat(chiSquareOfUniform(positions, draws)).isLessThan(148.2);
        assertThat(chiSquareOfUniform(samples, draws)).isLessThan(148.2);
        assertThat(chiSquareOfUniform(seeds, draws)).isLessThan(148.2);
    }

    private static int cell(double x, double y) {
        return 10 * (int) (x * 10) + (int) (y * 10);
    }

    private static double chiSquareOfUniform(int[] counts, int draws) {
        double expected = (double) draws / counts.length;
        double sum = 0;
        for (int count : counts) {
            sum += (count - expected) * (count - expected) / expected;
        }
        return sum;
    }
}
