package dev.kaya.engine.tokenizer.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WordMergerTest {

    private static final int MEGABYTE = 1 << 20;

    @Test
    void bothWaysMergeAsTheDefinitionSays() {
        var random = new Random(40);
        for (int i = 0; i < 3_000; i++) {
            MergeTable merges = randomMerges(random);
            int[] word = randomWord(1 + random.nextInt(200), 4, random);

            int[] expected = naive(merges, word);
            assertThat(byScan(merges, word)).containsExactly(expected);
            assertThat(byQueue(merges, word)).containsExactly(expected);
            assertThat(merge(new WordMerger(merges), word)).containsExactly(expected);
        }
    }

    @Test
    void theMemoryOfALongWordServesShortOnesAfterIt() {
        MergeTable merges = randomMerges(new Random(41));
        var merger = new WordMerger(merges);
        var random = new Random(42);
        for (int length : new int[] {500, 3, 200, 40, 1, 700, 97, 96, 2}) {
            int[] word = randomWord(length, 4, random);
            assertThat(merge(merger, word)).containsExactly(naive(merges, word));
        }
    }

    @Test
    void aMegabyteOfOneLetterTakesAFewQueueEntriesForEachLetter() {
        // 0 is the letter, k is 2^k letters.
        var merges = new MergeTable();
        for (int k = 0; k < 12; k++) {
            merges.add(k, k, k + 1);
        }
        var merger = new WordMerger(merges);

        int[] result = merge(merger, new int[MEGABYTE]);

        var expected = new int[MEGABYTE >> 12];
        Arrays.fill(expected, 12);
        assertThat(result).containsExactly(expected);
        assertThat(merger.queueEntriesTaken()).isLessThan(3L * MEGABYTE);
    }

    @Test
    void aMegabyteOfRandomLettersTakesAFewQueueEntriesForEachLetter() {
        var random = new Random(43);
        var merger = new WordMerger(randomMerges(random));

        merge(merger, randomWord(MEGABYTE, 4, random));

        assertThat(merger.queueEntriesTaken()).isPositive().isLessThan(3L * MEGABYTE);
    }

    /** Merges over the letters 0–3, each of which makes a new token of two known ones. */
    private static MergeTable randomMerges(Random random) {
        var merges = new MergeTable();
        int known = 4;
        for (int i = 0; i < 60; i++) {
            int left = random.nextInt(known);
            int right = random.nextInt(known);
            if (merges.rank(left, right) == MergeTable.NO_MERGE) {
                merges.add(left, right, known++);
            }
        }
        return merges;
    }

    private static int[] randomWord(int length, int letters, Random random) {
        var word = new int[length];
        for (int i = 0; i < length; i++) {
            word[i] = random.nextInt(letters);
        }
        return word;
    }

    /** The definition: merge the leftmost pair of the lowest rank until there is none. */
    private static int[] naive(MergeTable merges, int[] word) {
        List<Integer> tokens = new ArrayList<>();
        for (int token : word) {
            tokens.add(token);
        }
        while (true) {
            int best = -1;
            int bestRank = MergeTable.NO_MERGE;
            for (int i = 0; i + 1 < tokens.size(); i++) {
                int rank = merges.rank(tokens.get(i), tokens.get(i + 1));
                if (rank < bestRank) {
                    best = i;
                    bestRank = rank;
                }
            }
            if (best < 0) {
                return tokens.stream().mapToInt(Integer::intValue).toArray();
            }
            tokens.set(best, merges.merged(tokens.get(best), tokens.get(best + 1)));
            tokens.remove(/* index */ best + 1);
        }
    }

    private static int[] merge(WordMerger merger, int[] word) {
        System.arraycopy(word, 0, merger.tokens(word.length), 0, word.length);
        return merger.copy(merger.merge(word.length));
    }

    private static int[] byScan(MergeTable merges, int[] word) {
        var merger = new WordMerger(merges);
        System.arraycopy(word, 0, merger.tokens(word.length), 0, word.length);
        return merger.copy(merger.mergeByScan(word.length));
    }

    private static int[] byQueue(MergeTable merges, int[] word) {
        var merger = new WordMerger(merges);
        System.arraycopy(word, 0, merger.tokens(word.length), 0, word.length);
        return merger.copy(merger.mergeByQueue(word.length));
    }
}
