package dev.kaya.engine.tokenizer.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.TokenizerFixtures;
import dev.kaya.engine.tokenizer.model.TokenIdList;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher;
import dev.kaya.engine.tokenizer.pipeline.PreTokenizer;
import dev.kaya.engine.tokenizer.pipeline.TextNormalizer;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The tokenizer inside a GGUF file, from its key-values. */
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
    void putsNoEosBehindATextThatIsToGoOn() throws IOException {
        values.put("tokenizer.ggml.add_eos_token", true);
        assertThat(read().encode("ab", false)).containsExactly(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "default"})
    void splitsAsGpt2Does(String splitting) throws IOException {
        values.put("tokenizer.ggml.pre", splitting);
        assertThat(read().encode("ab", false)).containsExactly(2);
        values.remove("tokenizer.ggml.pre");
        assertThat(read().encode("ab", false)).containsExactly(2);
    }

    /** Names of llama.cpp, and what its models make of a text with digits and a contraction. */
    @ParameterizedTest
    @CsvSource({
        "gpt-2,         it|'|S|!a| 1234",
        "default,       it|'|S|!a| 1234",
        "smollm,        it|'|S|!a| |1|2|3|4",
        "starcoder,     it|'|S|!a| |1|2|3|4",
        "llama-bpe,     it|'S|!a| |123|4",
        "llama3,        it|'S|!a| |123|4",
        "dbrx,          it|'S|!a| |123|4",
        "qwen2,         it|'S|!a| |1|2|3|4",
        "deepseek-r1-qwen, it|'S|!a| |1|2|3|4",
        "tekken,        it|'S|!a| |1|2|3|4",
        "gpt-4o,        it'S|!a| |123|4",
        "deepseek-v3,   it|'S|!a| |123|4",
        "deepseek-coder, it|'|S|!|a| |1|2|3|4"
    })
    void splitsByTheNameInTheFile(String name, String words) {
        String[] expected =
                "gpt-2 default smollm starcoder".contains(name)
                        ? words.replace("!a", "!|a").split("[|]")
                        : words.split("[|]");
        var splitting = java.util.Objects.requireNonNull(GgufSplitting.of(name));
        var found = new ArrayList<String>();
        new PreTokenizer(TextNormalizer.NONE, splitting.splitters())
                .encode(
                        "it'S!a 1234",
                        AddedTokenMatcher.Preceding.NOTHING,
                        (text, start, end, ids) -> found.add(text.substring(start, end)),
                        new TokenIdList());

        assertThat(found).containsExactly(expected);
    }

    @Test
    void llama3TakesWholeWordsAndPutsABosInFront() throws IOException {
        values.put("tokenizer.ggml.tokens", List.of("a", "b", "ab", "<|x|>", "aba", "pad", "?"));
        values.put("tokenizer.ggml.token_type", List.of(1L, 1L, 1L, 3L, 1L, 5L, 2L));
        values.put("tokenizer.ggml.bos_token_id", 3L);
        assertThat(read().encode("aba", false)).containsExactly(2, 0);
        assertThat(read().addsBos()).isFalse();

        values.put("tokenizer.ggml.pre", "llama-bpe");
        assertThat(read().encode("aba", false)).containsExactly(4);
        assertThat(read().bosTokenId()).hasValue(3);
        values.put("tokenizer.ggml.add_bos_token", false);
        assertThat(read().addsBos()).isFalse();
    }

    @Test
    void qwen2ComposesItsText() throws IOException {
        values.put("tokenizer.ggml.tokens", List.of("Ã", "¡", "Ã¡", "<|x|>", "e", "f", "?"));
        values.put("tokenizer.ggml.token_type", List.of(1L, 1L, 1L, 3L, 1L, 5L, 2L));
        values.put("tokenizer.ggml.merges", List.of("Ã ¡"));
        values.put("tokenizer.ggml.pre", "qwen2");

        assertThat(read().encode("a\u0301", false)).containsExactly(2);
    }

    @Test
    void refusesOtherSplittingByName() {
        values.put("tokenizer.ggml.pre", "own-bpe");
        assertThatThrownBy(this::read)
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith(
                        "model.gguf: tokenizer.ggml.pre is own-bpe, which is not known; known are")
                .hasMessageContaining("gpt-2")
                .hasMessageContaining("llama-bpe");
    }

    @Test
    void readsSentencePieceWithItsDefaults() throws IOException {
        sentencePiece();
        Tokenizer tokenizer = read();

        assertThat(tokenizer.encode("ab ab", false)).containsExactly(6, 6);
        assertThat(tokenizer.encode("ab<u>ab", false)).containsExactly(6, 7, 6);
        assertThat(tokenizer.encode("aéé", false)).containsExactly(3, 0);
        assertThat(tokenizer.decode(new int[] {6, 6})).isEqualTo("ab ab");
        assertThat(tokenizer.bosTokenId()).hasValue(1);
        values.put("tokenizer.ggml.add_bos_token", false);
        values.put("tokenizer.ggml.add_space_prefix", false);
        Tokenizer plain = read();
        assertThat(plain.addsBos()).isFalse();
        assertThat(plain.encode("ab ab", false)).containsExactly(4, 5, 6);
        assertThat(plain.decode(new int[] {6})).isEqualTo(" ab");
    }

    @Test
    void readsSentencePieceWithoutTypesAndScores() throws IOException {
        sentencePiece();
        values.remove("tokenizer.ggml.token_type");
        values.remove("tokenizer.ggml.scores");
        Tokenizer tokenizer = read();

        assertThat(tokenizer.isSpecial(0)).isTrue();
        assertThat(tokenizer.isSpecial(1)).isTrue();
        assertThat(tokenizer.isSpecial(6)).isFalse();
        assertThat(tokenizer.encode("ab", false)).containsExactly(6);
    }

    @Test
    void refusesBrokenSentencePieces() {
        sentencePiece();
        values.put("tokenizer.ggml.scores", List.of(0.0));
        assertRefused("tokenizer.ggml.tokens has 8 elements, but tokenizer.ggml.scores has 1");
        values.put("tokenizer.ggml.scores", Collections.nCopies(8, "0"));
        assertRefused("tokenizer.ggml.scores must be an array of numbers");
        values.put("tokenizer.ggml.scores", Collections.nCopies(8, Double.NaN));
        assertRefused("the score of piece 0 is not a number");
        sentencePiece();
        values.put("tokenizer.ggml.token_type", List.of(2L, 3L, 1L, 1L, 1L, 1L, 5L, 4L));
        assertRefused("the piece '▁ab' is unused, but others merge to it; that is not supported");
        values.put("tokenizer.ggml.token_type", List.of(2L, 3L, 1L, 6L, 1L, 1L, 1L, 4L));
        assertRefused("piece 3, '▁a', is not a byte");
    }

    /** Pieces whose scores put "▁a" before "ab" before "▁ab". */
    private void sentencePiece() {
        values.put("tokenizer.ggml.model", "llama");
        values.put(
                "tokenizer.ggml.tokens",
                List.of("<unk>", "<s>", "▁", "▁a", "a", "b", "▁ab", "<u>"));
        values.put("tokenizer.ggml.scores", List.of(0.0, 0.0, -9.0, -1.0, -8.0, -7.0, -3.0, 0.0));
        values.put("tokenizer.ggml.token_type", List.of(2L, 3L, 1L, 1L, 1L, 1L, 1L, 4L));
        values.remove("tokenizer.ggml.merges");
    }

    @Test
    void refusesOtherTokenizersByName() {
        values.put("tokenizer.ggml.model", "bert");
        assertRefused("tokenizer.ggml.model must be gpt2 or llama; given bert");
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
        values.put("tokenizer.ggml.token_type", List.of(1L, 1L, 7L, 1L, 1L, 1L, 1L));
        assertRefused("tokenizer.ggml.token_type of token 2 must be from 1 to 6; given 7");
        values.put("tokenizer.ggml.token_type", List.of(1L, 1L, 6L, 1L, 1L, 1L, 1L));
        assertRefused("token 2 is a byte, which a byte-level BPE does not have");
    }

    @Test
    void aControlTokenWithoutTextOnlyPadsTheVocabulary() throws IOException {
        values.put("tokenizer.ggml.tokens", List.of("a", "b", "ab", "", "c", "d", "?"));
        assertThat(read().isDefined(3)).isFalse();
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
