package dev.kaya.engine.tokenizer.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tokenizer.UglyTexts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Gpt2WordSplitterTest {

    /** GPT-2's pattern with {@code \s} as White_Space, which Java's own {@code \s} is not. */
    private static final Pattern REFERENCE =
            Pattern.compile(
                    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+"
                            + "| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+"
                            + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+");

    private final WordSplitter splitter = new Gpt2WordSplitter();

    @Test
    void splitsAsThePatternSays() {
        assertThat(words("Hello  world's 1st 'test'\n\n ok "))
                .containsExactly(
                        "Hello", " ", " world", "'s", " 1", "st", " '", "test", "'", "\n\n", " ok",
                        " ");
        assertThat(words("we'll'x can'T")).containsExactly("we", "'ll", "'", "x", " can", "'", "T");
    }

    @Test
    void everyCodePointIsOfTheKindThatThePatternGivesIt() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            // A letter and a digit take their neighbour of the same kind, white space neither.
            String text = "a" + Character.toString(codePoint) + "7";
            assertThat(words(text)).as("U+%04X", codePoint).isEqualTo(reference(text));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x09, 0x0B, 0x0C, 0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2007, 0x2028, 0x3000})
    void whiteSpaceIsWhatUnicodeSaysItIs(int codePoint) {
        assertThat(CharacterKind.of(codePoint)).isEqualTo(CharacterKind.SPACE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x1C, 0x1D, 0x1E, 0x1F, 0x180E, 0x200B, 0x2060, 0xFEFF})
    void whatOnlyJavaOrNobodyCallsWhiteSpaceIsNot(int codePoint) {
        assertThat(CharacterKind.of(codePoint)).isEqualTo(CharacterKind.OTHER);
    }

    @Test
    void agreesWithTheRegularExpressionOnUglyTexts() {
        var texts = new UglyTexts(20);
        for (int i = 0; i < 20_000; i++) {
            String text = texts.next(24);
            assertThat(words(text)).isEqualTo(reference(text));
        }
    }

    @Test
    void agreesWithTheRegularExpressionOnAnyChars() {
        var random = new Random(21);
        for (int i = 0; i < 20_000; i++) {
            var text = new StringBuilder();
            for (int j = random.nextInt(12); j >= 0; j--) {
                // Unpaired surrogates included.
                text.append((char) (0xD7F0 + random.nextInt(0x830)));
                text.append(random.nextBoolean() ? " " : "");
            }
            assertThat(words(text.toString())).isEqualTo(reference(text.toString()));
        }
    }

    @Test
    void looksNoFurtherThanTheLimit() {
        assertThat(splitter.wordEnd("a  b", 1, 3)).isEqualTo(3);
        assertThat(splitter.wordEnd("it'll", 2, 4)).isEqualTo(3);
        assertThat(splitter.wordEnd(" x", 0, 1)).isEqualTo(1);
    }

    private List<String> words(String text) {
        var words = new ArrayList<String>();
        for (int at = 0; at < text.length(); ) {
            int end = splitter.wordEnd(text, at, text.length());
            words.add(text.substring(at, end));
            at = end;
        }
        return words;
    }

    private static List<String> reference(String text) {
        var words = new ArrayList<String>();
        var matcher = REFERENCE.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }
}
