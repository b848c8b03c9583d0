package dev.kaya.engine.tokenizer.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The patterns of Llama 3 (three digits) and Qwen2 (one digit), by hand. */
class Llama3WordSplitterTest {

    /** The pattern with {@code \s} as White_Space and the long s an s, for Java. */
    private static final String REFERENCE =
            "'[sSſ]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]"
                    + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,%d}"
                    + "| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\p{IsWhite_Space}*[\\r\\n]+"
                    + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+";

    @Test
    void splitsAsThePatternSays() {
        assertThat(words(3, "We'LL see 12345 \n\n tests!!\n (ok)\t\tend  "))
                .containsExactly(
                        "We", "'LL", " see", " ", "123", "45", " \n\n", " tests", "!!\n", " (",
                        "ok", ")", "\t", "\tend", "  ");
        assertThat(words(1, "a 12")).containsExactly("a", " ", "1", "2");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void everyCodePointIsSplitFromItsNeighboursAsThePatternSays(int digits) {
        Pattern reference = Pattern.compile(REFERENCE.formatted(digits));
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            String it = Character.toString(codePoint);
            String text = "a" + it + "7" + it + "!'" + it + it + "x" + it + "\n" + it;
            assertThat(words(digits, text))
                    .as("U+%04X", codePoint)
                    .isEqualTo(words(reference, text));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void agreesWithTheRegularExpressionOnShortTextsOfAllKinds(int digits) {
        Pattern reference = Pattern.compile(REFERENCE.formatted(digits));
        var random = new Random(75);
        String kinds = "a1 \n\r\t!'sſLlRe\u00A0\u3000é";
        for (int i = 0; i < 50_000; i++) {
            var text = new StringBuilder();
            for (int j = random.nextInt(9); j >= 0; j--) {
                text.append(kinds.charAt(random.nextInt(kinds.length())));
            }
            assertThat(words(digits, text.toString())).isEqualTo(words(reference, text.toString()));
        }
    }

    @Test
    void looksNoFurtherThanTheLimit() {
        var splitter = new Llama3WordSplitter(3);

        assertThat(splitter.wordEnd("a  b", 1, 3)).isEqualTo(3);
        assertThat(splitter.wordEnd("it'll", 2, 4)).isEqualTo(4);
        assertThat(splitter.wordEnd("it'll", 2, 3)).isEqualTo(3);
        assertThat(splitter.wordEnd(" x", 0, 1)).isEqualTo(1);
        assertThat(splitter.wordEnd("1234", 0, 2)).isEqualTo(2);
        assertThat(splitter.wordEnd("!\n\n", 0, 2)).isEqualTo(2);
        assertThat(splitter.wordEnd(" \n", 0, 1)).isEqualTo(1);
    }

    private static List<String> words(int digits, String text) {
        var splitter = new Llama3WordSplitter(digits);
        var words = new ArrayList<String>();
        for (int at = 0; at < text.length(); ) {
            int end = splitter.wordEnd(text, at, text.length());
            words.add(text.substring(at, end));
            at = end;
        }
        return words;
    }

    private static List<String> words(Pattern pattern, String text) {
        var words = new ArrayList<String>();
        var matcher = pattern.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }
}
