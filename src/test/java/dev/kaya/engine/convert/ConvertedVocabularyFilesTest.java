package dev.kaya.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.convert.CheckpointConverter.Container;
import dev.kaya.engine.convert.CheckpointConverter.Weights;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.UglyTexts;
import dev.kaya.engine.tokenizer.read.Gpt2Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * A byte-level BPE in {@code vocab.json} and {@code merges.txt} becomes one in GGUF with all that
 * the files beside it say, or is refused.
 */
class ConvertedVocabularyFilesTest {

    private static final int MERGES = 2_000;
    private static final int SPECIAL = 256 + MERGES;
    private static final int TOOL = SPECIAL + 1;
    private static final int END = SPECIAL + 2;

    @TempDir private Path folder;

    /** GPT-2's first merges, and behind their tokens three that only other files declare. */
    private TinyCheckpoint bpe() {
        Map<String, Object> vocabulary = new LinkedHashMap<>(Gpt2Vocabulary.ids());
        vocabulary.values().removeIf(id -> (long) id >= SPECIAL);
        TinyCheckpoint tiny = TinyCheckpoint.llama();
        tiny.add("model.embed_tokens.weight", END + 1, 16);
        tiny.add("lm_head.weight", END + 1, 16);
        List<String> merges = Gpt2Vocabulary.merges().subList(0, MERGES);
        return tiny.file("vocab.json", JsonMapper.shared().writeValueAsString(vocabulary))
                .file("merges.txt", "#version: 0.2\n" + String.join("\n", merges) + "\n");
    }

    /** The file beside them, with one more flag for the token that is not special. */
    private static String config(String more, String flag) {
        return """
               {%s "add_bos_token": true, "bos_token": "<s>",
                "added_tokens_decoder": {
                 "%d": {"content": "<s>", "special": true},
                 "%d": {"content": "<tool>", "special": false, "normalized": false%s},
                 "%d": {"content": "</s>", "special": true}}}
               """
                .formatted(more, SPECIAL, TOOL, flag, END);
    }

    private Path convert(TinyCheckpoint tiny) throws IOException {
        Path target = folder.resolve("model.gguf");
        CheckpointConverter.convert(
                tiny.write(Files.createDirectories(folder.resolve("first"))),
                target,
                Container.GGUF,
                Weights.AUTO);
        return target;
    }

    @ParameterizedTest
    @CsvSource({"Qwen2Tokenizer, qwen2", "GPT2Tokenizer, gpt-2"})
    void whatTheFilesBesideThemSayIsKept(String kind, String splitting) throws IOException {
        String config = config("\"tokenizer_class\": \"" + kind + "\",", "");
        Path target = convert(bpe().file("tokenizer_config.json", config));
        LoadedModel before = ModelLoader.load(folder.resolve("first"));
        LoadedModel after = ModelLoader.load(target);

        try (Checkpoint checkpoint = CheckpointReader.open(target)) {
            assertThat(checkpoint.metadata()).containsEntry("tokenizer.ggml.pre", splitting);
        }
        assertThat(before.specialTokens().addBos()).isTrue();
        assertThat(after.specialTokens()).isEqualTo(before.specialTokens());
        assertThat(after.tokenizer().encode("<tool></s>", true)).containsExactly(TOOL, END);
        assertThat(after.tokenizer().encode("<tool></s>", false))
                .startsWith(TOOL)
                .hasSizeGreaterThan(2);
        assertSame(before.tokenizer(), after.tokenizer());
    }

    private static void assertSame(Tokenizer before, Tokenizer after) {
        var texts = new UglyTexts(111);
        var random = new Random(112);
        for (int i = 0; i < 500; i++) {
            String text = "12345 don't DON'T e\u0301 <tool> " + texts.next(20) + "</s><s> x";
            ConvertedTokenizerTest.assertSameTokens(before, after, text, random);
        }
    }

    @Test
    void alsoWithoutAFileBesideThem() throws IOException {
        Path target = convert(bpe());
        assertSame(
                ModelLoader.load(folder.resolve("first")).tokenizer(),
                ModelLoader.load(target).tokenizer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstrip", "rstrip", "single_word"})
    void aFlagOfATokenThatGgufHasNoPlaceForIsRefused(String flag) {
        TinyCheckpoint tiny =
                bpe().file("tokenizer_config.json", config("", ", \"" + flag + "\": true"));
        assertRefused(tiny, "the tokenizer looks for '<tool>' by " + flag);
    }

    private void assertRefused(TinyCheckpoint tiny, String message) {
        assertThatThrownBy(() -> convert(tiny))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("; convert to safetensors instead");
    }

    @Test
    void aSpaceInFrontOfTextsIsRefused() {
        assertRefused(
                bpe().file("tokenizer_config.json", "{\"add_prefix_space\": true}"),
                "puts a space in front of texts, by add_prefix_space");
    }

    /** GPT-2's own end of text has that flag, and it makes no difference there. */
    @Test
    void aTokenOfNormalizedTextIsKeptWhereTextsAreNotNormalized() throws IOException {
        Path target = convert(bpe().file("tokenizer.json", json("null", "[tool]", true)));
        LoadedModel before = ModelLoader.load(folder.resolve("first"));
        LoadedModel after = ModelLoader.load(target);
        assertThat(after.tokenizer().encode("a[tool]", false)).endsWith(TOOL);
        assertSame(before.tokenizer(), after.tokenizer());
    }

    @Test
    void aTokenOfNormalizedTextIsRefusedWhereTextsAreNormalized() {
        String json = json("{\"type\": \"NFC\"}", "[tool]", true);
        String qwen =
                json.replace(
                        "\"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true}",
                        "\"Sequence\", \"pretokenizers\": ["
                                + "{\"type\": \"Split\", \"behavior\": \"Isolated\", \"invert\": false,"
                                + " \"pattern\": {\"Regex\": "
                                + JsonMapper.shared().writeValueAsString(QWEN_2)
                                + "}}, {\"type\": \"ByteLevel\", \"add_prefix_space\": false,"
                                + " \"use_regex\": false}]}");
        assertThat(qwen).isNotEqualTo(json);
        assertRefused(bpe().file("tokenizer.json", qwen), "looks for '[tool]' by normalized");
    }

    /** "&lt;s&gt;" is cut out of the text before "x&lt;s" is looked for. */
    @Test
    void aTokenOfNormalizedTextIsRefusedWhereItOverlapsAnother() {
        assertRefused(
                bpe().file("tokenizer.json", json("null", "x<s", true)),
                "looks for 'x<s' by normalized");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstrip", "rstrip", "single_word"})
    void aFlagInTokenizerJsonIsRefusedToo(String flag) {
        String json =
                json("null", "<mask>", false)
                        .replace("\"" + flag + "\": false", "\"" + flag + "\": true");
        assertRefused(
                bpe().file("tokenizer.json", json), "the tokenizer looks for '<mask>' by " + flag);
    }

    private static final String QWEN_2 =
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                    + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** The same vocabulary in one file, with a token of the given kind beside a special one. */
    private static String json(String normalizer, String content, boolean normalized) {
        Map<String, Object> vocabulary = new LinkedHashMap<>(Gpt2Vocabulary.ids());
        vocabulary.values().removeIf(id -> (long) id >= SPECIAL);
        return """
               {"version": "1.0", "normalizer": %s,
                "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
                "post_processor": null, "decoder": {"type": "ByteLevel"},
                "added_tokens": [
                 {"id": %d, "content": "<s>", "special": true, "normalized": false},
                 {"id": %d, "content": "%s", "special": false, "normalized": %s, "lstrip": false,
                  "rstrip": false, "single_word": false}],
                "model": {"type": "BPE", "vocab": %s, "merges": %s}}
               """
                .formatted(
                        normalizer,
                        SPECIAL,
                        TOOL,
                        content,
                        normalized,
                        JsonMapper.shared().writeValueAsString(vocabulary),
                        JsonMapper.shared()
                                .writeValueAsString(Gpt2Vocabulary.merges().subList(0, MERGES)));
    }
}
