package dev.kaya.engine.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.folder.CheckpointFolder;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.read.Gpt2Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Which of the files beside a checkpoint, and of what it carries, is its tokenizer. */
class TokenizerLoaderTest {

    private static final int VOCABULARY = 300;

    /** What each file says the text "a" is, the first of them being the first to be asked. */
    private static final List<String> PRECEDENCE =
            List.of("tokenizer.json", "vocab.json", "tokenizer.model", "tokenizer.bin", "meta.pkl");

    @TempDir private Path folder;

    @Test
    void filesAreAskedInTheirOrderAndTheCheckpointItselfLast() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        Files.writeString(folder.resolve("vocab.json"), "[]");
        Files.writeString(folder.resolve("merges.txt"), "");
        Files.writeString(folder.resolve("tokenizer.model"), "?");
        Files.writeString(folder.resolve("tokenizer.bin"), "?");
        Files.writeString(folder.resolve("meta.pkl"), "?");
        for (String name : PRECEDENCE) {
            assertThatThrownBy(() -> load(Map.of("chars", "ab"), 2))
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessageStartingWith(folder.resolve(name) + ": ");
            Files.delete(folder.resolve(name));
        }
        assertThat(load(Map.of("chars", "ab"), 2).encode("b", false)).containsExactly(1);
    }

    @Test
    void mergesAloneAreNoTokenizer() throws IOException {
        Files.writeString(folder.resolve("merges.txt"), "a b");

        assertThatThrownBy(() -> load(Map.of(), 10))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("no tokenizer: put its tokenizer.json");
    }

    @Test
    void tokenizerConfigBelongsToTheFilesThatNeedIt() throws IOException {
        Files.writeString(
                folder.resolve("vocab.json"),
                "{\"a\": 0, \"Ġ\": 1, \"<s>\": 2, \"1\": 3, \"11\": 4}");
        Files.writeString(folder.resolve("merges.txt"), "1 1");
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"tokenizer_class\": \"Qwen2Tokenizer\", \"add_bos_token\": true,"
                        + " \"bos_token\": {\"content\": \"<s>\"},"
                        + " \"added_tokens_decoder\": {\"7\": {\"content\": \"<t>\", \"special\": false}}}");
        Files.writeString(
                folder.resolve("special_tokens_map.json"),
                "{\"additional_special_tokens\": [\"<u>\"], \"pad_token\": \"<none>\"}");
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<u>\": 8, \"<t>\": 7}");
        Tokenizer tokenizer = load(Map.of(), VOCABULARY);

        assertThat(tokenizer.bosTokenId()).hasValue(2);
        assertThat(tokenizer.encode("a<t>11<u><s>", true)).containsExactly(0, 7, 3, 3, 8, 2);
        assertThat(tokenizer.isSpecial(8)).isTrue();
        assertThat(tokenizer.isSpecial(7)).isFalse();
        assertThat(tokenizer.isSpecial(2)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {50_257, 50_288, 50_304})
    void gpt2sVocabularyIsBundled(int vocabulary) throws IOException {
        Tokenizer tokenizer = load(Map.of(), vocabulary);

        assertThat(tokenizer.vocabularySize()).isEqualTo(Gpt2Vocabulary.SIZE);
        assertThat(tokenizer.encode("Hello, world", false)).containsExactly(15496, 11, 995);
        assertThat(tokenizer.isDefined(50_257)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {50_256, 50_305, 32_000})
    void modelsOfOtherSizesNeedTheirs(int vocabulary) {
        assertThatThrownBy(() -> load(Map.of(), vocabulary))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("no tokenizer");
    }

    static Stream<Path> fixtures() throws IOException {
        try (Stream<Path> folders = Files.list(TestDecoder.FIXTURES)) {
            return folders.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void promptsOfAllFixturesGiveTheirIds(Path fixture) throws IOException {
        JsonNode golden = JsonMapper.shared().readTree(fixture.resolve("golden.json"));
        Tokenizer tokenizer = tokenizerOf(fixture, golden);
        String prompt = golden.get("prompt").asString();
        int[] expected =
                golden.get("prompt_token_ids").valueStream().mapToInt(JsonNode::asInt).toArray();
        int[] ids = tokenizer.encode(prompt, false);

        if (tokenizer.addsBos()) {
            int[] withBos = new int[ids.length + 1];
            withBos[0] = tokenizer.bosTokenId().getAsInt();
            System.arraycopy(ids, 0, withBos, 1, ids.length);
            ids = withBos;
        }
        assertThat(ids).isEqualTo(expected);
        assertThat(tokenizer.decode(ids)).isEqualTo(prompt);
    }

    private static Tokenizer tokenizerOf(Path fixture, JsonNode golden) throws IOException {
        int vocabulary = golden.get("last_prompt_position_logits").size();
        boolean manyWeights = Files.exists(fixture.resolve("model-f32.gguf"));
        CheckpointFolder files =
                CheckpointFolder.find(manyWeights ? fixture.resolve("model-f32.gguf") : fixture);
        if (files.tokenizer().tokenizerJson() != null || files.tokenizer().vocabJson() != null) {
            return load(files, Map.of(), vocabulary);
        }
        try (var checkpoint = CheckpointReader.open(files.weights())) {
            return load(files, checkpoint.metadata(), vocabulary);
        }
    }

    private Tokenizer load(Map<String, @Nullable Object> metadata, int vocabulary)
            throws IOException {
        Path weights = Files.write(folder.resolve("model.bin"), new byte[] {0});
        return load(CheckpointFolder.find(weights), metadata, vocabulary);
    }

    private static Tokenizer load(
            CheckpointFolder files, Map<String, @Nullable Object> metadata, int vocabulary)
            throws IOException {
        var values = new ConfigValues(files.weights(), metadata);
        return new TokenizerLoader(files, metadata, values).load(vocabulary);
    }
}
