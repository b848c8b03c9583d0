package dev.kaya.engine.tokenizer.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tokenizer.Segment;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Brackets stand around trusted text here, in what goes in and in what comes out. */
class TrustedRangesTest {

    private static List<Segment> segments(String text) {
        List<Segment> segments = new ArrayList<>();
        for (String part : text.split("(?=\\[)|(?<=])", -1)) {
            segments.add(
                    part.startsWith("[")
                            ? Segment.trusted(part.substring(1, part.length() - 1))
                            : Segment.untrusted(part));
        }
        return segments;
    }

    private static String plain(String text) {
        return text.replaceAll("[\\[\\]]", "");
    }

    /** By the end that every character has. */
    private static String shown(String text, TrustedRanges ranges) {
        var shown = new StringBuilder();
        int end = -1;
        for (int i = 0; i < text.length(); i++) {
            if (i == end) {
                shown.append(']');
            }
            if (i >= end && ranges.endAt(i) > i) {
                end = ranges.endAt(i);
                shown.append('[');
            } else if (i < end) {
                assertThat(ranges.endAt(i)).isEqualTo(end);
            }
            shown.append(text.charAt(i));
        }
        return (end == text.length() ? shown.append(']') : shown).toString();
    }

    private static String normalized(String text, TextNormalizer normalizer) {
        String whole = plain(text);
        UnaryOperator<String> rule =
                part -> normalizer.normalize(part, AddedTokenMatcher.Preceding.NOTHING);
        String result = rule.apply(whole);
        return shown(result, TrustedRanges.of(segments(text)).normalized(whole, result, rule));
    }

    @Test
    void tellWhereTrustedTextEnds() {
        for (String text : List.of("ab", "[ab]", "a[bc]d", "[a]b[c]", "a[b]c[d]e[f]")) {
            assertThat(shown(plain(text), TrustedRanges.of(segments(text)))).isEqualTo(text);
        }
        assertThat(shown("abc", TrustedRanges.of(segments("[a][b]c")))).isEqualTo("[ab]c");
    }

    @Test
    void belongToAPartOfTheText() {
        TrustedRanges ranges = TrustedRanges.of(segments("a[bcd]e[fg]"));
        assertThat(shown("cdef", ranges.within(2, 6))).isEqualTo("[cd]e[f]");
        assertThat(shown("cd", ranges.within(2, 4))).isEqualTo("[cd]");
        assertThat(shown("e", ranges.within(4, 5))).isEqualTo("e");
    }

    @Test
    void moveWithNormalizedText() {
        TextNormalizer prefix = TextNormalizer.prepend("__");
        assertThat(normalized("a[b]c", prefix)).isEqualTo("__a[b]c");
        assertThat(normalized("[a]b", prefix)).isEqualTo("[__a]b");
        assertThat(normalized("a[b]", prefix)).isEqualTo("__a[b]");
        assertThat(normalized("[ab]", prefix)).isEqualTo("[__ab]");
        assertThat(normalized("ab", prefix)).isEqualTo("__ab");
        assertThat(normalized("a b[ c] d", TextNormalizer.replace(" ", "_-")))
                .isEqualTo("a_-b[_-c]_-d");
        assertThat(normalized("\u0130[\u0130]\u0130", TextNormalizer.lowercase()))
                .isEqualTo("i\u0307[i\u0307]i\u0307");
        assertThat(normalized("\uE000[ \uE001]", TextNormalizer.replace(" ", "")))
                .as("characters that might have been marks")
                .isEqualTo("\uE000[\uE001]");
    }

    /** What stood between two ranges is gone, but they are still two. */
    @Test
    void stayApartWhereWhatIsBetweenThemVanishes() {
        assertThat(normalized("[a] [b]", TextNormalizer.replace(" ", ""))).isEqualTo("[a][b]");
        assertThat(normalized("a[ ]b", TextNormalizer.replace(" ", ""))).isEqualTo("ab");
    }

    @Test
    void areNoneWhereTheNormalizerWorksAcrossABorder() {
        TextNormalizer composed = TextNormalizer.form(Normalizer.Form.NFC);
        assertThat(normalized("e[\u0301x]", composed)).isEqualTo("\u00E9x");
        assertThat(normalized("e\u0301[x]", composed)).isEqualTo("\u00E9[x]");
        assertThat(normalized("[e\u0301x]", composed)).isEqualTo("[\u00E9x]");
    }
}
