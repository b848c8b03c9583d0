package dev.kaya.engine.tokenizer.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.UnencodableTextException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vocabularies of characters and of words, as {@code vocab.json} without merges has them. */
class PlainVocabularyTest {

    private static final String CHARACTERS = "{'\\n': 0, '😀': 4, 'a': 1, 'ä': 3}";

    @TempDir private Path folder;

    @Test
    void everyCharacterIsOneToken() throws IOException {
        Tokenizer tokenizer = read(CHARACTERS);

        assertThat(tokenizer.encode("a😀\näa", false)).containsExactly(1, 4, 0, 3, 1);
        assertThat(tokenizer.encode("", false)).isEmpty();
        assertThat(tokenizer.decode(new int[] {1, 4, 0, 3, 1})).isEqualTo("a😀\näa");
        assertThat(tokenizer.addsBos()).isFalse();
        assertThat(tokenizer.bosTokenId()).isEmpty();
    }

    @Test
    void anUnknownCharacterIsNamedWithItsOffsetInCodePoints() throws IOException {
        Tokenizer tokenizer = read(CHARACTERS);

        assertThatThrownBy(() -> tokenizer.encode("😀😀éa", false))
                .isInstanceOfSatisfying(
                        UnencodableTextException.class,
                        e -> {
                            assertThat(e.missing()).isEqualTo("é");
                            assertThat(e.offset()).isEqualTo(2);
                            assertThat(e)
                                    .hasMessageContaining(
                                            "no token for 'é' (U+00E9) at character 2");
                        });
    }

    @Test
    void anUnknownTokenStandsForUnknownCharacters() throws IOException {
        Tokenizer tokenizer = read("{'a': 0, '<unk>': 1, '<pad>': 2}");

        assertThat(tokenizer.encode("aéa", false)).containsExactly(0, 1, 0);
        assertThat(tokenizer.encode("a<pad>", true)).containsExactly(0, 2);
        assertThat(tokenizer.encode("a<pad>", false)).containsExactly(0, 1, 1, 0, 1, 1);
        assertThat(tokenizer.isSpecial(2)).isTrue();
    }

    @Test
    void anUnpairedSurrogateIsTheReplacementCharacter() throws IOException {
        Tokenizer tokenizer = read("{'\\ufffd': 0, 'a': 1}");

        assertThat(tokenizer.encode("a\uD83Da\uDE00", false)).containsExactly(1, 0, 1, 0);
        Tokenizer without = read(CHARACTERS);
        assertThatThrownBy(() -> without.encode("a\uD83D", false))
                .isInstanceOf(UnencodableTextException.class)
                .hasMessageContaining("U+FFFD");
    }

    @Test
    void anIdWithoutCharacterIsAHole() throws IOException {
        Tokenizer tokenizer = read(CHARACTERS);

        assertThat(tokenizer.vocabularySize()).isEqualTo(5);
        assertThat(tokenizer.isDefined(2)).isFalse();
        assertThat(tokenizer.isDefined(1)).isTrue();
        assertThat(tokenizer.isDefined(5)).isFalse();
        assertThat(tokenizer.isDefined(-1)).isFalse();
        assertThat(tokenizer.bytes(2)).isEmpty();
        assertThat(tokenizer.bytes(5)).isEmpty();
        assertThat(tokenizer.bytes(-1)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {'Ġab': 0}           | needs its merges.txt beside it
                    {'ab</w>': 0}        | needs its merges.txt beside it
                    {'': 0}              | the vocabulary is empty
                    {'a': 0, 'b': 0}     | the id 0 has two tokens
                    {'a': 0, 'a': 1}     | has two ids, 0 and 1
                    {'a': -1}            | must be from 0
                    {'a': 2147483648}    | must be from 0
                    {'a': 1.5}           | whole number
                    {'\\ud83d': 1}        | the token of id 1 is not text
                    {}                   | the vocabulary is empty
                    []                   | must be an object
                    """)
    void refusesWhatIsNoVocabulary(String json, String reason) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("vocab.json")
                .hasMessageContaining(reason);
    }

    private Tokenizer read(String json) throws IOException {
        Path file = folder.resolve("vocab.json");
        return PlainVocabulary.read(Files.writeString(file, json.replace("'", "\"")));
    }
}
