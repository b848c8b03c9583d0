package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopMatcherTest {

    /** What is handed out after each piece, and at the end. */
    private static List<String> handedOut(List<String> stops, String... pieces) {
        var matcher = new StopMatcher(new StopTexts(stops), 0);
        List<String> out = new ArrayList<>();
        for (int i = 0; i < pieces.length && !matcher.isMet(); i++) {
            out.add(matcher.feed(pieces[i], i));
        }
        out.add(matcher.finish(""));
        return out;
    }

    @Test
    void endsBeforeAStringWithinOneToken() {
        assertThat(handedOut(List.of("END"), "one ", "two END three", "four"))
                .containsExactly("one ", "two ", "");
    }

    @Test
    void neverLeaksAStringThatSpansTokens() {
        assertThat(handedOut(List.of("\n\nQ:"), "A", "\n", "\nQ", ": why"))
                .containsExactly("A", "", "", "", "");
    }

    @Test
    void givesOutWhatOnlyLookedLikeOne() {
        assertThat(handedOut(List.of("\n\nQ:"), "A\n", "\nB", "\n"))
                .containsExactly("A", "\n\nB", "", "\n");
    }

    @Test
    void theStringThatIsCompleteFirstEndsTheText() {
        assertThat(handedOut(List.of("cd", "bcx", "b"), "abcde")).containsExactly("a", "");
        assertThat(handedOut(List.of("bcde", "cd"), "abc", "dx")).containsExactly("a", "b", "");
        assertThat(handedOut(List.of("bcde", "cd"), "abcde")).containsExactly("ab", "");
        assertThat(handedOut(List.of("d", "bcd", "cd"), "abcde")).containsExactly("a", "");
    }

    @Test
    void aBeginningWithinABeginningIsFound() {
        assertThat(handedOut(List.of("aab"), "a", "a", "a", "b"))
                .containsExactly("", "", "a", "", "");
        assertThat(handedOut(List.of("ababc"), "ab", "ab", "ab", "c"))
                .containsExactly("", "", "ab", "", "");
    }

    @Test
    void charactersOfTwoUnitsCount() {
        assertThat(handedOut(List.of("😀!"), "a😀", "😀", "!b")).containsExactly("a", "😀", "", "");
    }

    @Test
    void doesNotCountBeforeTheLeastNumberOfTokens() {
        var matcher = new StopMatcher(new StopTexts(List.of("x")), 3);

        assertThat(matcher.feed("x", 0)).isEqualTo("x");
        assertThat(matcher.feed("x", 1)).isEqualTo("x");
        assertThat(matcher.isMet()).isFalse();
        assertThat(matcher.feed("ax", 2)).isEqualTo("a");
        assertThat(matcher.isMet()).isTrue();
    }

    @Test
    void theVeryLastCharactersMayCompleteOne() {
        var matcher = new StopMatcher(new StopTexts(List.of("ab")), 0);

        assertThat(matcher.feed("xa", 0)).isEqualTo("x");
        assertThat(matcher.finish("b")).isEmpty();
        assertThat(matcher.isMet()).isTrue();
    }

    @Test
    void nothingIsHeldBackWithoutStrings() {
        assertThat(handedOut(List.of(), "a", "b")).containsExactly("a", "b", "");
    }

    /** Two thousand random texts over two letters, cut at random, against a plain search. */
    @Test
    void agreesWithASearchOfTheWholeText() {
        var random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            List<String> stops = new ArrayList<>();
            for (int s = 0; s < 1 + random.nextInt(3); s++) {
                stops.add(letters(random, 2 + random.nextInt(5)));
            }
            String text = letters(random, random.nextInt(40));
            int end = end(text, stops);
            var matcher = new StopMatcher(new StopTexts(stops), 0);
            var out = new StringBuilder();
            int from = 0;
            while (from < text.length() && !matcher.isMet()) {
                int to = Math.min(text.length(), from + 1 + random.nextInt(4));
                out.append(matcher.feed(text.substring(from, to), from));
                assertThat(out.length()).isLessThanOrEqualTo(end);
                from = to;
            }
            out.append(matcher.finish(""));

            assertThat(out.toString()).isEqualTo(text.substring(0, end));
        }
    }

    private static int end(String text, List<String> stops) {
        for (int length = 1; length <= text.length(); length++) {
            int start = length;
            for (String stop : stops) {
                if (text.substring(0, length).endsWith(stop)) {
                    start = Math.min(start, length - stop.length());
                }
            }
            if (start < length) {
                return start;
            }
        }
        return text.length();
    }

    private static String letters(Random random, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(random.nextInt(3) == 0 ? 'b' : 'a');
        }
        return text.toString();
    }
}
