package dev.kaya.engine.tokenizer.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VocabularyFilesTest {

    private static final String VOCABULARY =
            "{\"a\": 0, \"b\": 1, \"#\": 2, \"ab\": 3, \"##\": 4, \"<|end|>\": 7}";

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#version: 0.2\na b\n# #\n",
                "a b\n# #",
                "#version: 0.2\r\na b\r\n\r\n# #\r\n"
            })
    void readsMergesWithAndWithoutAVersionLine(String merges) throws IOException {
        Tokenizer tokenizer = read(VOCABULARY, merges);

        assertThat(tokenizer.encode("ab##", false)).containsExactly(3, 4);
        assertThat(tokenizer.isDefined(5)).isFalse();
        assertThat(tokenizer.vocabularySize()).isEqualTo(8);
    }

    @Test
    void aLastEntryOfTheFormOfEndOfTextIsSpecial() throws IOException {
        Tokenizer tokenizer = read(VOCABULARY, "a b");

        assertThat(tokenizer.isSpecial(7)).isTrue();
        assertThat(tokenizer.encode("ab<|end|>", true)).containsExactly(3, 7);
    }

    @Test
    void endOfTextIsSpecialWhereverItStands() throws IOException {
        Tokenizer tokenizer = read("{\"<|endoftext|>\": 0, \"a\": 1, \"<x>\": 2}", "");

        assertThat(tokenizer.isSpecial(0)).isTrue();
        assertThat(tokenizer.isSpecial(1)).isFalse();
        assertThat(tokenizer.isSpecial(2)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    a c      | merge 1, 'a c': 'c' is not in the vocabulary
                    a        | two tokens with one space
                    a  b     | two tokens with one space
                    ä b      | 'ä' is not in the vocabulary
                    \u4E2D b | outside GPT-2's byte alphabet
                    b a      | 'ba' is not in the vocabulary
                    """)
    void refusesBrokenMergesAndNamesTheirFile(String merges, String reason) {
        assertThatThrownBy(() -> read(VOCABULARY, merges))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("merges.txt")
                .hasMessageContaining(reason);
    }

    @Test
    void refusesAVocabularyThatIsNoObject() {
        assertThatThrownBy(() -> read("[1]", "a b"))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("vocab.json")
                .hasMessageContaining("must be an object");
    }

    private Tokenizer read(String vocabulary, String merges) throws IOException {
        return VocabularyFiles.readByteLevelBpe(
                Files.writeString(folder.resolve("vocab.json"), vocabulary),
                Files.writeString(folder.resolve("merges.txt"), merges),
                TokenizerConfig.none());
    }
}
