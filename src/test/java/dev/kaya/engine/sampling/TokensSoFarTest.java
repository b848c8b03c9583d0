package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is kept of the tokens so far is what a look at all of them would find. */
class TokensSoFarTest {

    private static Set<Integer> followers(TokenHistory history, int size) {
        Set<Integer> found = new HashSet<>();
        NgramIndex ngrams = history.ngrams(size);
        for (int f = ngrams.firstFollower(); f >= 0; f = ngrams.nextFollower(f)) {
            assertThat(found.add(ngrams.tokenId(f))).isTrue();
        }
        return found;
    }

    private static Set<Integer> expectedFollowers(TokenHistory history, int size) {
        int run = size - 1;
        int length = history.length();
        int[] ids = history.tokenIds();
        Set<Integer> found = new HashSet<>();
        for (int next = run; next < length; next++) {
            if (Arrays.equals(ids, next - run, next, ids, length - run, length)) {
                found.add(ids[next]);
            }
        }
        return found;
    }

    private static Map<Integer, Integer> counts(TokenTally tally) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int i = 0; i < tally.size(); i++) {
            assertThat(counts.put(tally.tokenId(i), tally.count(i))).isNull();
        }
        return counts;
    }

    private static Map<Integer, Integer> expectedCounts(TokenHistory history, int from) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int i = from; i < history.length(); i++) {
            counts.merge(history.tokenIds()[i], 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void isWhatALookAtAllOfThemFinds() {
        var random = new Random(5);
        for (int run = 0; run < 300; run++) {
            int vocabulary = run % 3 == 0 ? 2_000 : 1 + random.nextInt(4);
            int size = 1 + random.nextInt(5);
            int window = random.nextInt(3) * random.nextInt(20);
            int[] prompt = random.ints(1 + random.nextInt(30), 0, vocabulary).toArray();
            var history = new TokenHistory(prompt);
            for (int i = 0; i < 200; i++) {
                if (random.nextInt(20) == 0) {
                    // A beam that forks, perhaps over one that went on elsewhere.
                    var fork = new TokenHistory(prompt);
                    fork.append(0);
                    fork.ngrams(size);
                    fork.copyFrom(history);
                    history.append(random.nextInt(vocabulary));
                    history.ngrams(size);
                    history.seen(window);
                    history = fork;
                }
                history.append(random.nextInt(vocabulary));
                if (random.nextInt(3) > 0) {
                    continue; // not asked at every token
                }
                int from = window == 0 ? 0 : Math.max(0, history.length() - window);
                assertThat(followers(history, size)).isEqualTo(expectedFollowers(history, size));
                assertThat(counts(history.seen(window))).isEqualTo(expectedCounts(history, from));
                assertThat(counts(history.written()))
                        .isEqualTo(expectedCounts(history, prompt.length));
            }
        }
    }

    /** Long runs that are almost the same, of which comparing each place cost their product. */
    @Test
    void aTokenMoreCostsTheSameHoweverTheTextRepeatsItself() {
        for (List<Integer> unit : List.of(List.of(7), List.of(7, 8), List.of(7, 7, 8))) {
            var history = new TokenHistory(new int[] {1});
            int size = 1_000;
            int tokens = 10_000;
            for (int i = 0; i < tokens; i++) {
                history.append(unit.get(i % unit.size()));
                NgramIndex ngrams = history.ngrams(size);
                // One run for each phase of the unit is found again, and compared, once.
                assertThat(ngrams.compared()).isLessThanOrEqualTo((long) size * unit.size());
            }
            assertThat(followers(history, size)).hasSize(1);
        }
    }

    /** Words of Thue and Morse and their opposites share a hash of any base modulo 2^64. */
    @Test
    void textsMadeToShareHashesAreToldApart() {
        var history = new TokenHistory(new int[] {9});
        int size = 1_025;
        for (int block = 0; block < 8; block++) {
            for (int i = 0; i < 1_024; i++) {
                history.append((Integer.bitCount(i) + block / 2) & 1);
            }
        }
        assertThat(followers(history, size)).isEqualTo(expectedFollowers(history, size));
        assertThat(history.ngrams(size).compared()).isLessThanOrEqualTo(16L * size);
    }

    /** The largest size would take seconds each time if its powers were made one by one. */
    @Test
    void aSizeFarBeyondTheTextCostsNothing() {
        var history = new TokenHistory(new int[] {1, 2, 1, 2, 1, 2});
        for (int i = 0; i < 10_000; i++) {
            assertThat(history.ngrams(Integer.MAX_VALUE - i).firstFollower()).isEqualTo(-1);
        }
        assertThat(history.ngrams(3).firstFollower()).isNotEqualTo(-1);
    }
}
