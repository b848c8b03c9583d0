package dev.kaya.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.TinyGguf;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.convert.CheckpointConverter.Container;
import dev.kaya.engine.convert.CheckpointConverter.Weights;
import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.engine.tokenizer.Reference;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.UglyTexts;
import dev.kaya.engine.tokenizer.read.Gpt2Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The byte-level BPE of a GGUF file becomes a {@code tokenizer.json} of which Hugging Face's own
 * library makes the same ids and texts, and comes back.
 */
class ConvertedByteLevelTest {

    private static final String REST = "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]";

    @TempDir private Path folder;

    private final Random random = new Random(101);

    /** GPT-2's merges, the first of them, and behind its tokens a control token and others. */
    private Path bpe(String splitting, int merges, boolean addsBos) throws IOException {
        List<String> tokens = new ArrayList<>(Gpt2Vocabulary.ids().keySet());
        tokens.subList(256 + merges, tokens.size()).clear();
        List<Long> types = new ArrayList<>(Collections.nCopies(tokens.size(), 1L));
        int bos = tokens.size();
        tokens.addAll(
                List.of("<|begin|>", "<tool>", "[PAD]", "<|endoftext|>", "<unk>", "ein Wort"));
        types.addAll(List.of(3L, 4L, 5L, 3L, 2L, 4L));
        TinyCheckpoint tiny = TinyCheckpoint.llama();
        tiny.add("model.embed_tokens.weight", tokens.size(), 16);
        tiny.add("lm_head.weight", tokens.size(), 16);
        Path weights = Files.createDirectory(folder.resolve("weights"));
        Path file = folder.resolve("first.gguf");
        TinyGguf.llama(tiny, weights)
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", splitting)
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", Gpt2Vocabulary.merges().subList(0, merges))
                .put("tokenizer.ggml.bos_token_id", (long) bos)
                .put("tokenizer.ggml.eos_token_id", bos + 3L)
                .put("tokenizer.ggml.add_bos_token", addsBos)
                .put("tokenizer.chat_template", "{{ messages }}")
                .write(file);
        return file;
    }

    @ParameterizedTest
    @CsvSource({"gpt-2, false", "llama-bpe, true", "qwen2, false"})
    void allOfAVocabularyGoesThereAndBack(String splitting, boolean addsBos) throws IOException {
        assertGoesThereAndBack(bpe(splitting, 50_000, addsBos), splitting, 500);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "smollm",
                "dbrx",
                "deepseek-r1-qwen",
                "tekken",
                "gpt-4o",
                "deepseek-v3",
                "deepseek-coder"
            })
    void everySplittingGoesThereAndBack(String splitting) throws IOException {
        assertGoesThereAndBack(bpe(splitting, 2_000, true), splitting, 150);
    }

    private void assertGoesThereAndBack(Path first, String splitting, int count)
            throws IOException {
        Path second = folder.resolve("second");
        Path third = folder.resolve("third.gguf");
        CheckpointConverter.convert(first, second, Container.SAFETENSORS, Weights.AUTO);
        CheckpointConverter.convert(second, third, Container.GGUF, Weights.AUTO);
        LoadedModel before = ModelLoader.load(first);
        var texts = new UglyTexts(102);
        for (Path converted : List.of(second, third)) {
            LoadedModel after = ModelLoader.load(converted);
            assertThat(after.specialTokens()).isEqualTo(before.specialTokens());
            assertSame(before.tokenizer(), after.tokenizer(), texts, count / 2);
        }
        try (Checkpoint checkpoint = CheckpointReader.open(third)) {
            assertThat(checkpoint.metadata()).containsEntry("tokenizer.ggml.pre", splitting);
        }
        assertSameAsReference(before, second.resolve("tokenizer.json"), texts, count);
    }

    private void assertSame(Tokenizer before, Tokenizer after, UglyTexts texts, int count) {
        for (int i = 0; i < count; i++) {
            ConvertedTokenizerTest.assertSameTokens(before, after, ugly(texts, i), random);
        }
    }

    private static String ugly(UglyTexts texts, int i) {
        String text = texts.next(20);
        return switch (i % 5) {
            case 0 -> text + "<tool> " + texts.next(3) + "<|begin|>" + texts.next(2);
            case 1 -> "ein Wort" + text + "[PAD]<unk>";
            default -> text;
        };
    }

    private static void assertSameAsReference(
            LoadedModel before, Path json, UglyTexts texts, int count) throws IOException {
        try (Reference reference = Reference.of(json, before.tokenizer())) {
            for (int i = 0; i < count; i++) {
                reference.assertSameIds(ugly(texts, i));
            }
            reference.assertSameText(texts, 100);
            int[] ids = before.tokenizer().encode("x", false);
            SpecialTokens special = before.specialTokens();
            int front = special.addBos() ? special.bos().getAsInt() : ids[0];
            assertThat(reference.withTemplate("x"))
                    .hasSize(special.addBos() ? 2 : 1)
                    .startsWith((long) front);
        }
    }

    @Test
    void theFilesAreInTheFormOfHuggingFace() throws IOException {
        Path out = folder.resolve("out");
        CheckpointConverter.convert(
                bpe("llama-bpe", 20, true), out, Container.SAFETENSORS, Weights.AUTO);
        JsonNode tokenizer = JsonMapper.shared().readTree(out.resolve("tokenizer.json"));

        assertThat(tokenizer.at("/pre_tokenizer/pretokenizers/0/type").asString())
                .isEqualTo("Split");
        assertThat(tokenizer.at("/pre_tokenizer/pretokenizers/1").toString())
                .isEqualTo(
                        "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
                                + "\"trim_offsets\":true,\"use_regex\":false}");
        assertThat(tokenizer.at("/decoder/type").asString()).isEqualTo("ByteLevel");
        assertThat(tokenizer.at("/model/ignore_merges").asBoolean()).isTrue();
        assertThat(tokenizer.at("/post_processor/type").asString()).isEqualTo("TemplateProcessing");
        assertThat(tokenizer.get("added_tokens").findValuesAsString("content"))
                .containsExactly("<|begin|>", "<tool>", "<|endoftext|>", "<unk>", "ein Wort");
        assertThat(Files.readString(out.resolve("tokenizer_config.json")))
                .isEqualTo(
                        "{\"tokenizer_class\":\"PreTrainedTokenizerFast\","
                                + "\"clean_up_tokenization_spaces\":false,"
                                + "\"bos_token\":\"<|begin|>\",\"eos_token\":\"<|endoftext|>\","
                                + "\"chat_template\":\"{{ messages }}\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt-2 -> \"add_prefix_space\":false -> \"add_prefix_space\":true",
                "smollm -> \"normalizer\":null -> \"normalizer\":{\"type\":\"NFC\"}",
                "smollm -> \"normalizer\":null -> \"normalizer\":{\"type\":\"Lowercase\"}",
                "smollm -> \"ignore_merges\":false -> \"ignore_merges\":true",
                "smollm -> \"individual_digits\":true -> \"individual_digits\":false",
                "smollm -> {\"type\":\"Digits\",\"individual_digits\":true} -> {\"type\":\"Punctuation\"}"
            })
    void whatGgufHasNoNameForIsRefused(String change) throws IOException {
        Path second = folder.resolve("second");
        String[] parts = change.split(" -> ", -1);
        CheckpointConverter.convert(
                bpe(parts[0], 20, false), second, Container.SAFETENSORS, Weights.AUTO);
        change(second.resolve("tokenizer.json"), parts[1], parts[2]);
        assertThatThrownBy(
                        () ->
                                CheckpointConverter.convert(
                                        second,
                                        folder.resolve("third.gguf"),
                                        Container.GGUF,
                                        Weights.AUTO))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("splits texts in a way that GGUF has no name for");
    }

    private static void change(Path json, String what, String change) throws IOException {
        String text = Files.readString(json);
        assertThat(text).contains(what);
        Files.writeString(json, text.replace(what, change));
    }

    /** Its words are Llama 3's, but merges count. */
    @Test
    void gpt4sPatternIsWrittenAsTheSplittingThatCutsTheSame() throws IOException {
        Path second = folder.resolve("second");
        Path third = folder.resolve("third.gguf");
        CheckpointConverter.convert(
                bpe("dbrx", 20, false), second, Container.SAFETENSORS, Weights.AUTO);
        Path json = second.resolve("tokenizer.json");
        String written =
                JsonMapper.shared().readTree(json).at("/pre_tokenizer/pretokenizers/0").toString();
        String pattern =
                "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}"
                        + REST
                        + "|\\s+(?!\\S)|\\s+";
        String step =
                "{\"type\":\"Split\",\"pattern\":{\"Regex\":"
                        + JsonMapper.shared().writeValueAsString(pattern)
                        + "},\"behavior\":\"Isolated\",\"invert\":false}";
        change(json, written, step);
        CheckpointConverter.convert(second, third, Container.GGUF, Weights.AUTO);
        Tokenizer tokenizer = ModelLoader.load(third).tokenizer();
        try (Reference reference = Reference.of(json, tokenizer)) {
            reference.assertSameIds(new UglyTexts(103), 1_000);
        }
    }
}
