package dev.kaya.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The byte-level BPE inside a GGUF file, from its key-values. */
class GgufVocabularyTest {

    private static final Path FILE = Path.of("model.gguf");

    private final Map<String, Object> values = new HashMap<>();

    GgufVocabularyTest() {
        values.put("tokenizer.ggml.model", "gpt2");
        values.put("tokenizer.ggml.pre", "gpt-2");
        values.put(
                "tokenizer.ggml.tokens", List.of("a", "b", "ab", "<|x|>", "two words", "pad", "?"));
        values.put("tokenizer.ggml.token_type", List.of(1L, 1L, 1L, 3L, 4L, 5L, 2L));
        values.put("tokenizer.ggml.merges", List.of("a b"));
    }

    @Test
    void givesTheIdsOfTheSameVocabularyInFiles() throws IOException {
        Path gpt2 = TokenizerFixtures.folder("gpt2");
        JsonNode vocabulary = JsonMapper.shared().readTree(gpt2.resolve("vocab.json"));
        List<String> tokens = new ArrayList<>(Collections.nCopies(vocabulary.size(), ""));
        vocabulary.properties().forEach(e -> tokens.set(e.getValue().asInt(), e.getKey()));
        List<String> merges = Files.readAllLines(gpt2.resolve("merges.txt"));
        values.put("tokenizer.ggml.tokens", tokens);
        values.put("tokenizer.ggml.merges", merges.subList(1, merges.size()));
        values.remove("tokenizer.ggml.token_type");
        Tokenizer tokenizer = read();
        Tokenizer expected = TokenizerFixtures.tokenizer("gpt2");

        assertThat(tokenizer.vocabularySize()).isEqualTo(50_257);
        assertThat(tokenizer.isSpecial(50_256)).isTrue();
        String text = "It's 10,000 naïve  tests\n\n\t日本語 😀<|endoftext|>";
        for (boolean special : new boolean[] {false, true}) {
            assertThat(tokenizer.encode(text, special)).isEqualTo(expected.encode(text, special));
        }
        assertThat(tokenizer.decode(tokenizer.encode(text, false))).isEqualTo(text);
    }

    @Test
    void tokenTypesSayWhatIsSpecialCutOutOrMissing() throws IOException {
        Tokenizer tokenizer = read();

        assertThat(tokenizer.vocabularySize()).isEqualTo(7);
        assertThat(tokenizer.encode("abtwo wordsa<|x|>", true)).containsExactly(2, 4, 0, 3);
        assertThat(tokenizer.encode("abtwo words", false)).containsExactly(2, 4);
        assertThat(tokenizer.isSpecial(3)).isTrue();
        assertThat(tokenizer.isSpecial(4)).isFalse();
        assertThat(tokenizer.isDefined(5)).isFalse();
        assertThat(tokenizer.isSpecial(6)).isTrue();
        assertThat(tokenizer.addsBos()).isFalse();
    }

    @Test
    void withoutTypesTheEndOfTextIsSpecial() throws IOException {
        values.remove("tokenizer.ggml.token_type");
        values.put("tokenizer.ggml.tokens", List.of("a", "<|endoftext|>", "b", "ab"));
        Tokenizer tokenizer = read();

        assertThat(tokenizer.encode("ab<|endoftext|>", true)).containsExactly(3, 1);
        assertThat(tokenizer.isSpecial(1)).isTrue();
    }

    @Test
    void putsABosInFrontOnlyWhenToldTo() throws IOException {
        values.put("tokenizer.ggml.bos_token_id", 3L);
        values.put("tokenizer.ggml.add_bos_token", false);
        assertThat(read().bosTokenId()).isEmpty();
        values.put("tokenizer.ggml.add_bos_token", true);
        assertThat(read().bosTokenId()).isEqualTo(OptionalInt.of(3));
    }

    @Test
    void refusesABosThatIsNoToken() {
        values.put("tokenizer.ggml.add_bos_token", true);
        assertRefused(
                "tokenizer.ggml.add_bos_token is true, so tokenizer.ggml.bos_token_id must be the id"
                        + " of a token; given null");
        for (long id : new long[] {5, 7, -1, 1L << 32}) {
            values.put("tokenizer.ggml.bos_token_id", id);
            assertRefused(
                    "tokenizer.ggml.add_bos_token is true, so tokenizer.ggml.bos_token_id must be"
                            + " the id of a token; given "
                            + id);
        }
    }

    @Test
    void refusesFlagsThatAreNone() {
        values.put("tokenizer.ggml.add_bos_token", 1L);
        assertRefused("tokenizer.ggml.add_bos_token must be true or false; given 1");
    }

    @Test
    void refusesToPutAnEosBehindTexts() {
        values.put("tokenizer.ggml.add_eos_token", true);
        assertRefused("tokenizer.ggml.add_eos_token must be absent or false; given true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "default"})
    void splitsAsGpt2Does(String splitting) throws IOException {
        values.put("tokenizer.ggml.pre", splitting);
        assertThat(read().encode("ab", false)).containsExactly(2);
        values.remove("tokenizer.ggml.pre");
        assertThat(read().encode("ab", false)).containsExactly(2);
    }

    @Test
    void refusesOtherSplittingByName() {
        values.put("tokenizer.ggml.pre", "llama-bpe");
        assertRefused("tokenizer.ggml.pre must be gpt-2, default or absent; given llama-bpe");
    }

    @Test
    void refusesSentencePieceByName() {
        values.put("tokenizer.ggml.model", "llama");
        assertRefused(
                "its tokenizer is SentencePiece's (tokenizer.ggml.model is llama), which is not"
                        + " supported yet");
    }

    @Test
    void refusesOtherTokenizersByName() {
        values.put("tokenizer.ggml.model", "bert");
        assertRefused("tokenizer.ggml.model must be gpt2; given bert");
    }

    @Test
    void refusesMissingLists() {
        values.remove("tokenizer.ggml.merges");
        assertRefused("tokenizer.ggml.merges must be an array; the file has none");
        values.put("tokenizer.ggml.tokens", "a");
        assertRefused("tokenizer.ggml.tokens must be an array; the file has none");
    }

    @Test
    void refusesListsOfOtherThings() {
        values.put("tokenizer.ggml.merges", List.of(1L));
        assertRefused("tokenizer.ggml.merges must be an array of strings; it holds 1");
        values.put("tokenizer.ggml.tokens", List.of("a", "b", 3L, "d", "e", "f", "g"));
        assertRefused("tokenizer.ggml.tokens must be an array of strings; it holds 3");
    }

    @Test
    void refusesTypesThatDoNotFitTheTokens() {
        values.put("tokenizer.ggml.token_type", List.of(1L));
        assertRefused("tokenizer.ggml.tokens has 7 elements, but tokenizer.ggml.token_type has 1");
        values.put("tokenizer.ggml.token_type", List.of(1L, 1L, 6L, 1L, 1L, 1L, 1L));
        assertRefused("tokenizer.ggml.token_type of token 2 must be from 1 to 5; given 6");
    }

    @Test
    void refusesAnEmptyControlToken() {
        values.put("tokenizer.ggml.tokens", List.of("a", "b", "ab", "", "c", "d", "?"));
        assertRefused("token 3: the content must have 1 to 512 characters; given 0");
    }

    @Test
    void refusesMergesOfWhatIsNoToken() {
        values.put("tokenizer.ggml.merges", List.of("a b", "b a"));
        assertRefused("merge 2, 'b a': 'ba' is not in the vocabulary");
    }

    private Tokenizer read() throws MalformedCheckpointException {
        return GgufVocabulary.read(FILE, values::get);
    }

    private void assertRefused(String reason) {
        assertThatThrownBy(this::read)
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage("model.gguf: " + reason);
    }
}
