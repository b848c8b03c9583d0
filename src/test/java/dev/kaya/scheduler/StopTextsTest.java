package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The automaton of stop strings: the same as looking for each of them, at a bounded cost. */
class StopTextsTest {

    private static final int MOST_TEXTS = 16;
    private static final int LONGEST = 1_000;

    /** Ten thousand texts over few letters, of which the strings are often parts. */
    @Test
    void agreesWithAPlainSearchAtEveryBorderOfTokens() {
        var random = new Random(25);
        for (int i = 0; i < 10_000; i++) {
            int letters = 1 + random.nextInt(3);
            String text = letters(random, letters, random.nextInt(60));
            List<String> stops = stops(random, letters, text);
            int least = random.nextInt(4) == 0 ? random.nextInt(6) : 0;
            var plain = new PlainMatcher(stops, least);
            var matcher = new StopMatcher(new StopTexts(stops), least);
            int from = 0;
            for (int token = 0; from < text.length() && !plain.met; token++) {
                int to = Math.min(text.length(), from + random.nextInt(5));
                matcher = random.nextBoolean() ? matcher : matcher.copy();
                String piece = text.substring(from, to);
                assertThat(matcher.feed(piece, token)).isEqualTo(plain.feed(piece, token));
                assertThat(matcher.isMet()).isEqualTo(plain.met);
                from = to;
            }
            String rest = letters(random, letters, random.nextInt(4));
            assertThat(matcher.finish(rest)).isEqualTo(plain.finish(rest));
            assertThat(matcher.isMet()).isEqualTo(plain.met);
        }
    }

    private static List<String> stops(Random random, int letters, String text) {
        List<String> stops = new ArrayList<>();
        for (int s = 1 + random.nextInt(MOST_TEXTS); s > 0; s--) {
            int from = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), from + 1 + random.nextInt(12));
            String part = text.substring(from, to);
            stops.add(part + letters(random, letters, random.nextInt(3) + (to > from ? 0 : 1)));
        }
        return stops;
    }

    private static String letters(Random random, int letters, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(letters)));
        }
        return text.toString();
    }

    /** The definition: all that counts of the text is kept and searched anew each time. */
    private static final class PlainMatcher {
        private final List<String> stops;
        private final int least;
        private final StringBuilder text = new StringBuilder();
        private int handedOut;
        private boolean counts;
        boolean met;

        PlainMatcher(List<String> stops, int least) {
            this.stops = stops;
            this.least = least;
            counts = least == 0;
        }

        String feed(String piece, int before) {
            counts = before + 1 >= least;
            return feed(piece);
        }

        private String feed(String piece) {
            if (!counts) {
                return piece;
            }
            for (int i = 0; i < piece.length(); i++) {
                text.append(piece.charAt(i));
                String longest = "";
                for (String stop : stops) {
                    boolean found = text.toString().endsWith(stop);
                    longest = found && stop.length() > longest.length() ? stop : longest;
                }
                if (!longest.isEmpty()) {
                    met = true;
                    return upTo(text.length() - longest.length());
                }
            }
            int held = 0;
            for (String stop : stops) {
                for (int length = 1; length < stop.length(); length++) {
                    boolean found = text.toString().endsWith(stop.substring(0, length));
                    held = found ? Math.max(held, length) : held;
                }
            }
            return upTo(text.length() - held);
        }

        private String upTo(int end) {
            String out = text.substring(handedOut, end);
            handedOut = end;
            return out;
        }

        String finish(String rest) {
            if (met) {
                return "";
            }
            String out = feed(rest);
            return met || !counts ? out : out + upTo(text.length());
        }
    }

    private static String repeated(String unit, int length) {
        return unit.repeat(length / unit.length() + 1).substring(0, length);
    }

    /** As long and as like their own parts as they may be. */
    private static List<List<String>> worst() {
        List<List<String>> all = new ArrayList<>();
        for (String unit : List.of("a", "ab", " the", "aab")) {
            List<String> deep = new ArrayList<>();
            for (int i = 0; i < MOST_TEXTS; i++) {
                int same = LONGEST - 1 - 31 * i;
                deep.add(repeated(unit, same) + (char) ('k' + i) + repeated("z", 31 * i));
            }
            all.add(deep);
        }
        String fibonacci = "a";
        for (String before = "b"; fibonacci.length() < LONGEST; ) {
            String longer = fibonacci + before;
            before = fibonacci;
            fibonacci = longer;
        }
        List<String> deep = new ArrayList<>();
        for (int i = 0; i < MOST_TEXTS; i++) {
            deep.add(fibonacci.substring(0, LONGEST - 1 - i) + (char) ('k' + i));
        }
        all.add(deep);
        return all;
    }

    /** Fibonacci words are the worst of one string: log of 1,000 to the golden ratio, 14.4. */
    @Test
    void aCharacterTakesFewTriesWhateverTheStrings() {
        for (List<String> stops : worst()) {
            var texts = new StopTexts(stops);
            int most = 0;
            for (int state = 0; state < texts.size(); state++) {
                most = Math.max(most, texts.tries(state));
            }
            assertThat(most)
                    .as(stops.getFirst().substring(0, 10))
                    .isLessThanOrEqualTo(15 + MOST_TEXTS);
        }
    }

    @Test
    void knowsFromItsStateAloneWhatIsHeldBack() {
        for (List<String> stops : worst()) {
            var matcher = new StopMatcher(new StopTexts(stops), 0);
            String text = stops.getFirst().substring(0, 900);

            assertThat(matcher.feed(text, 0)).isEmpty();
            assertThat(matcher.copy().finish("!")).isEqualTo(text + "!");
            assertThat(matcher.feed(stops.getFirst().substring(900), 1)).isEmpty();
            assertThat(matcher.isMet()).isTrue();
        }
    }

    @Test
    void everyCharacterMayBePartOfAString() {
        var all = new StringBuilder();
        for (char c = 0; c < 1_000; c++) {
            all.append(c);
        }
        var matcher = new StopMatcher(new StopTexts(List.of(all.toString(), "\0\uFFFF")), 0);

        assertThat(matcher.feed("\0\0", 0)).isEqualTo("\0");
        assertThat(matcher.feed("\uFFFF", 1)).isEmpty();
        assertThat(matcher.isMet()).isTrue();
    }

    @Test
    void holdsAsManyCharactersAsItsStatesCanBeCounted() {
        String longest = "x".repeat(Character.MAX_VALUE - 1);

        assertThat(new StopTexts(List.of(longest)).size()).isEqualTo(longest.length() + 1);
        assertThat(new StopTexts(Collections.nCopies(2, "xy")).size()).isEqualTo(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StopTexts(List.of(longest, "y")))
                .withMessage("stop strings of 65535 characters");
    }
}
