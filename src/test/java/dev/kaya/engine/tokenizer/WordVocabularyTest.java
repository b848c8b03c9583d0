package dev.kaya.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.tokenizer.pipeline.BookSplitter;
import dev.kaya.engine.tokenizer.read.CarriedVocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Vocabularies of words, split and joined as the book "Build a Large Language Model (From Scratch)"
 * does: by {@code re.split(r'([,.:;?_!"()\']|--|\s)', text)}, and with spaces between all but some
 * marks.
 */
class WordVocabularyTest {

    /** The book's split, with Python's white space. */
    private static final Pattern BOOK =
            Pattern.compile(
                    "[,.:;?_!\"()']|--|[\\s\\x1c-\\x1f\\x85]", Pattern.UNICODE_CHARACTER_CLASS);

    private static Tokenizer of(String... words) throws IOException {
        Map<String, Object> ids = new LinkedHashMap<>();
        for (String word : words) {
            ids.put(word, (long) ids.size());
        }
        return Objects.requireNonNull(
                CarriedVocabulary.find(Path.of("ckpt.pt"), Map.of("str_to_int", ids), 100));
    }

    @Test
    void wordsAndMarksAreTokens() throws IOException {
        // The book's own example, with its vocabulary cut down.
        Tokenizer tokenizer =
                of("\"", "'", ",", ".", "It", "Mrs", "Gisburn", "s", "--", "last", "he", "painted");

        int[] ids = tokenizer.encode("\"It' s  the".replace("the", "last") + "--he,\nMrs. ", false);
        assertThat(ids).containsExactly(0, 4, 1, 7, 9, 8, 10, 2, 5, 3);
        assertThat(tokenizer.decode(ids)).isEqualTo("\" It' s last -- he, Mrs.");
    }

    @Test
    void unknownWordsAreTheUnknownToken() throws IOException {
        Tokenizer tokenizer = of("Hello", ",", "you", "<|endoftext|>", "<|unk|>");

        assertThat(tokenizer.encode("Hello, do you <|endoftext|> you", true))
                .containsExactly(0, 1, 4, 2, 3, 2);
        assertThat(tokenizer.encode("<|endoftext|>", false)).containsExactly(4);
        assertThat(tokenizer.isSpecial(3)).isTrue();
        assertThat(tokenizer.decode(new int[] {0, 4, 3})).isEqualTo("Hello <|unk|> <|endoftext|>");
    }

    @Test
    void withoutOneTheyAreRefusedWithTheirPlace() throws IOException {
        Tokenizer tokenizer = of("one", "two", "t");

        assertThatThrownBy(
                        () -> tokenizer.encode("😀 one".replace("😀 ", "one ") + " wo two", false))
                .isInstanceOfSatisfying(
                        UnencodableTextException.class,
                        e -> {
                            assertThat(e.missing()).isEqualTo("wo");
                            assertThat(e.offset()).isEqualTo(8);
                            assertThat(e).hasMessageContaining("the word 'wo' at character 8");
                        });
    }

    @Test
    void aWordContinuesAnAnswerWithItsSpace() throws IOException {
        Tokenizer tokenizer = of("go", "on", ".");

        assertThat(tokenizer.decoder(false).feed(1)).isEqualTo(" on");
        assertThat(tokenizer.decoder(false).feed(2)).isEqualTo(".");
        assertThat(tokenizer.decoder(true).feed(1)).isEqualTo("on");
    }

    @Test
    void entriesThatAreNoWordsToTheBookMeanWordsBetweenSpaces() throws IOException {
        Tokenizer tokenizer = of("the", "end.", "(or");

        assertThat(tokenizer.encode("the\t (or  end.", false)).containsExactly(0, 2, 1);
        assertThat(tokenizer.decode(new int[] {0, 2, 1})).isEqualTo("the (or end.");
    }

    @Test
    void splitsAsTheBooksPatternDoes() {
        var splitter = new BookSplitter();
        var texts = new UglyTexts(95);
        for (int i = 0; i < 5_000; i++) {
            String text = texts.next(20) + "--- a_b-c".substring(i % 9);
            assertThat(words(splitter, text)).as(text).isEqualTo(book(text));
        }
    }

    private static List<String> words(BookSplitter splitter, String text) {
        var words = new java.util.ArrayList<String>();
        for (int at = 0; at < text.length(); ) {
            int end = splitter.wordEnd(text, at, text.length());
            if (splitter.keeps(text, at, text.length())) {
                words.add(text.substring(at, end));
            }
            at = end;
        }
        return words;
    }

    private static List<String> book(String text) {
        var words = new java.util.ArrayList<String>();
        var matcher = BOOK.matcher(text);
        int from = 0;
        while (matcher.find()) {
            words.add(text.substring(from, matcher.start()));
            words.add(matcher.group());
            from = matcher.end();
        }
        words.add(text.substring(from));
        // Python strips each piece, and drops those that are empty then.
        words.removeIf(word -> word.codePoints().allMatch(BookSplitter::isSpace));
        return words;
    }
}
