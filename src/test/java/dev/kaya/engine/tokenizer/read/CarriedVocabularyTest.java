package dev.kaya.engine.tokenizer.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.UnencodableTextException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Vocabularies in the metadata of checkpoints, in all the forms that courses leave them in. */
class CarriedVocabularyTest {

    private static final Path FILE = Path.of("ckpt.pt");
    private static final Map<String, Object> STOI = Map.of("\n", 0L, "a", 1L, "é", 2L);
    private static final Map<String, Object> ITOS = Map.of("0", "\n", "1", "a", "2", "é");
    private static final List<String> CHARS = List.of("\n", "a", "é");

    static Stream<Arguments> forms() {
        return Stream.of(
                form("nanoGPT's meta.pkl", Map.of("vocab_size", 3L, "itos", ITOS, "stoi", STOI)),
                form("stoi alone", Map.of("stoi", STOI)),
                form("itos alone", Map.of("itos", ITOS)),
                form("itos as a list", Map.of("itos", CHARS)),
                form("chars as a list", Map.of("chars", CHARS)),
                form("chars as a text", Map.of("chars", "\naé")),
                form("characters", Map.of("characters", CHARS)),
                form("vocab as a list", Map.of("vocab", CHARS)),
                form("vocab by token", Map.of("vocab", STOI)),
                form("vocab by id", Map.of("vocab", ITOS)),
                form("a tokenizer object", Map.of("tokenizer", Map.of("stoi", STOI, "n", 3L))),
                form("in the config", Map.of("config", Map.of("chars", "\naé", "n_embd", 8L))),
                form("in meta", Map.of("step", 5L, "meta", Map.of("itos", ITOS))),
                form("other names", Map.of("char_to_idx", STOI, "idx_to_char", ITOS)),
                form("a vocab object", Map.of("vocab", Map.of("stoi", STOI, "itos", ITOS))));
    }

    private static Arguments form(String name, Map<String, Object> metadata) {
        return Arguments.of(name, metadata);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forms")
    void charactersAreFoundInEveryForm(String name, Map<String, Object> metadata)
            throws IOException {
        Tokenizer tokenizer = Objects.requireNonNull(find(metadata));

        assertThat(tokenizer.encode("aé\na", false)).containsExactly(1, 2, 0, 1);
        assertThat(tokenizer.decode(new int[] {1, 2, 0})).isEqualTo("aé\n");
        assertThat(tokenizer.vocabularySize()).isEqualTo(3);
    }

    @Test
    void whatIsNoVocabularyIsPassedOver() throws IOException {
        assertThat(find(Map.of())).isNull();
        assertThat(find(Map.of("vocab", "data/vocab.txt", "chars", 65L))).isNull();
        assertThat(find(Map.of("vocab", Map.of("size", "big"), "stoi", "none"))).isNull();
        assertThat(find(Map.of("chars", List.of("a", "b", "c", "d")))).isNull();
        assertThat(find(Map.of("chars", Arrays.asList("a", null)))).isNull();
        assertThat(find(Map.of("deep", Map.of("deeper", Map.of("stoi", STOI))))).isNull();
    }

    static Stream<Arguments> contradictions() {
        return Stream.of(
                Arguments.of(
                        Map.of("stoi", Map.of("a", 0L), "itos", Map.of("0", "b")),
                        "the id 0 has two tokens, 'a' and 'b'"),
                Arguments.of(
                        Map.of("stoi", Map.of("a", 0L), "itos", Map.of("1", "a")),
                        "the token 'a' has two ids, 0 and 1"),
                Arguments.of(Map.of("stoi", Map.of("a", "0")), "stoi has '0' for 'a'"),
                Arguments.of(Map.of("itos", Map.of("x", "a")), "itos has 'a' for 'x'"),
                Arguments.of(Map.of("itos", Map.of("-1", "a")), "itos has 'a' for '-1'"),
                Arguments.of(Map.of("itos", Map.of("0", 7L)), "itos has '7' for '0'"),
                Arguments.of(Map.of("itos", List.of("a", 7L)), "itos holds '7'"),
                Arguments.of(Map.of("stoi", Map.of("a", 1L << 40)), "ids must be from 0"));
    }

    @ParameterizedTest
    @MethodSource("contradictions")
    void refusesAVocabularyThatContradictsItself(Map<String, Object> metadata, String reason) {
        assertThatThrownBy(() -> find(metadata))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith("ckpt.pt: ")
                .hasMessageContaining(reason);
    }

    @Test
    void microgptsBosComesAfterTheCharactersAndHasNoText() throws IOException {
        Tokenizer microgpt = CarriedVocabulary.microgpt(FILE, List.of("a", "b"), null, 3);

        assertThat(microgpt.vocabularySize()).isEqualTo(3);
        assertThat(microgpt.addsBos()).isTrue();
        assertThat(microgpt.bosTokenId()).hasValue(2);
        assertThat(microgpt.isSpecial(2)).isTrue();
        assertThat(microgpt.isDefined(2)).isTrue();
        assertThat(microgpt.bytes(2)).isEmpty();
        assertThat(microgpt.encode("ab", true)).containsExactly(0, 1);
        assertThat(microgpt.decode(new int[] {2, 0, 1, 2})).isEqualTo("ab");
    }

    @Test
    void microgptsBosMayComeFirst() throws IOException {
        Tokenizer earliest = CarriedVocabulary.microgpt(FILE, List.of("", "", "a", "b"), 0L, 4);

        assertThat(earliest.encode("ba", false)).containsExactly(3, 2);
        assertThat(earliest.bosTokenId()).hasValue(0);
        assertThat(earliest.isSpecial(2)).isFalse();
        assertThat(earliest.isDefined(1)).isFalse();
    }

    /** As the earliest version has them in its list of characters. */
    @Test
    void microgptsBosAndEosMayStandAmongItsCharacters() throws IOException {
        Tokenizer earliest =
                CarriedVocabulary.microgpt(FILE, List.of("<BOS>", "<EOS>", "a", "b"), 0L, 4);

        assertThat(earliest.vocabularySize()).isEqualTo(4);
        assertThat(earliest.bosTokenId()).hasValue(0);
        assertThat(earliest.addsBos()).isTrue();
        assertThat(earliest.isSpecial(0)).isTrue();
        assertThat(earliest.isSpecial(1)).isTrue();
        assertThat(earliest.encode("ba", true)).containsExactly(3, 2);
        assertThat(earliest.encode("b<EOS>", true)).containsExactly(3, 1);
        assertThat(earliest.decode(new int[] {2, 3})).isEqualTo("ab");
        assertThatThrownBy(() -> earliest.encode("<BOS>", false))
                .isInstanceOf(UnencodableTextException.class);
    }

    @Test
    void refusesABosThatIsACharacterOrNoId() {
        for (long bos : new long[] {0, -1, 1L << 33}) {
            assertThatThrownBy(() -> CarriedVocabulary.microgpt(FILE, List.of("a"), bos, 2))
                    .isInstanceOf(MalformedCheckpointException.class);
        }
    }

    private static @Nullable Tokenizer find(Map<String, Object> metadata) throws IOException {
        return CarriedVocabulary.find(FILE, metadata, 3);
    }
}
