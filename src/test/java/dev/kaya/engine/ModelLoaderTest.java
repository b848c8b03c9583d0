package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.resolve.GenerationDefaults;
import dev.kaya.engine.resolve.SpecialTokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokenizers, special tokens, defaults and sizes: what surrounds the weights. */
class ModelLoaderTest {

    @TempDir private Path folder;

    @Test
    void withoutATokenizerItSaysWhichFilesToPutThere() {
        assertRefused(
                TinyCheckpoint.gpt2().withoutFile("vocab.json"),
                "model.safetensors: no tokenizer: put its tokenizer.json, or vocab.json and"
                        + " merges.txt, or tokenizer.model, tokenizer.bin or meta.pkl (which"
                        + " nanoGPT writes beside the text that it learns) beside the weights");
    }

    @Test
    void aTokenizerLargerThanTheVocabularyIsRefused() {
        assertRefused(
                TinyCheckpoint.gpt2().characters("abcdefghijklmnopq"),
                "model.safetensors: the tokenizer has 17 tokens but the model only 16");
    }

    @Test
    void idsWithoutTextOnlyPadTheVocabulary() throws IOException {
        LoadedModel model = TinyCheckpoint.gpt2().characters("abc").load(folder);
        boolean[] expected = new boolean[16];
        expected[0] = true;
        expected[1] = true;
        expected[2] = true;

        assertThat(model.vocabulary().sampleable()).isEqualTo(expected);
    }

    @Test
    void tokenizerJsonGoesBeforeVocabJson() {
        assertThatThrownBy(() -> TinyCheckpoint.gpt2().file("tokenizer.json", "{}").load(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith(folder.resolve("tokenizer.json") + ": ");
    }

    @Test
    void aVocabularyOfABpeAsksForItsMerges() {
        assertThatThrownBy(
                        () -> TinyCheckpoint.gpt2().file("vocab.json", "{\"Ġa\": 0}").load(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith(folder.resolve("vocab.json") + ": ")
                .hasMessageContaining("needs its merges.txt beside it");
    }

    @Test
    void generationConfigGoesBeforeConfigForTheEndOfText() throws IOException {
        SpecialTokens special =
                TinyCheckpoint.gpt2()
                        .config("bos_token_id", "1")
                        .config("eos_token_id", "2")
                        .file("generation_config.json", "{\"eos_token_id\": [3, 4]}")
                        .load(folder)
                        .specialTokens();

        assertThat(special).isEqualTo(new SpecialTokens(OptionalInt.of(1), List.of(3, 4), false));
        assertThat(special.isEos(4)).isTrue();
        assertThat(special.isEos(2)).isFalse();
    }

    @Test
    void tokensThatEndATurnByTheirTextEndATextToo() throws IOException {
        TinyCheckpoint tiny =
                TinyCheckpoint.gpt2()
                        .config("eos_token_id", "2")
                        .file(
                                "vocab.json",
                                "{\"a\": 0, \"<|im_end|>\": 1, \"b\": 2, \"<|im_start|>\": 3,"
                                        + " \"<|eot_id|>\": 4}");

        assertThat(tiny.load(folder).specialTokens().eos()).containsExactly(2, 1, 4);
        tiny.withoutConfig("eos_token_id");
        assertThat(tiny.load(folder).specialTokens().eos()).containsExactly(1, 4);
        tiny.file("generation_config.json", "{\"eos_token_id\": 2}");
        assertThat(tiny.load(folder).specialTokens().eos()).containsExactly(2);
    }

    @Test
    void takesSamplingDefaultsFromGenerationConfig() throws IOException {
        assertThat(defaults("{\"temperature\": 0.5, \"top_k\": 7, \"top_p\": 0.25}"))
                .isEqualTo(
                        new GenerationDefaults(
                                OptionalDouble.of(0.5),
                                OptionalInt.of(7),
                                OptionalDouble.of(0.25)));
        assertThat(defaults("{\"do_sample\": false, \"temperature\": 0.5}").temperature())
                .hasValue(0);
        assertThat(defaults("{\"max_new_tokens\": 3}")).isEqualTo(GenerationDefaults.NONE);
    }

    private GenerationDefaults defaults(String json) throws IOException {
        return TinyCheckpoint.gpt2().file("generation_config.json", json).load(folder).defaults();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
"""
temperature  | -1    | must be from 0 to 100; given -1
temperature  | "hot" | must be from 0 to 100; given hot
top_k        | -1    | must be a whole number from 0; given -1
top_k        | 1.5   | must be a whole number from 0; given 1.5
top_p        | 0     | must be above 0 and at most 1; given 0
top_p        | 1.5   | must be above 0 and at most 1; given 1.5
eos_token_id | 99    | must be an id below 16; given 99
""")
    void refusesARecommendationOutOfRange(String key, String value, String rule) {
        assertRefused(
                TinyCheckpoint.gpt2()
                        .file("generation_config.json", "{\"%s\": %s}".formatted(key, value)),
                "generation_config.json: " + key + " " + rule);
    }

    /** The tensor is a hole in the file: as long as the heap, and no room on disk. */
    @Test
    void weightsLargerThanTheHeapAreRefusedWithTheHeapTheyNeed() {
        long heap = Runtime.getRuntime().maxMemory();
        assertThat(heap).as("a heap that a sparse file can exceed").isLessThan(1L << 38);
        long rows = (heap / (16 * Float.BYTES) / 64 + 1) * 64;
        TinyCheckpoint tiny =
                TinyCheckpoint.gpt2().without("lm_head.weight").hole("wte.weight", rows, 16);
        long bytes = rows * 16 * Float.BYTES + 4 * elementsWithoutTables();
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertRefused(
                    tiny,
                    String.format(
                            Locale.ROOT,
                            "model.safetensors: its weights take %,d MiB but the heap is %,d MiB:"
                                    + " start with -Xmx%dm",
                            bytes >> 20,
                            heap >> 20,
                            (long) (bytes / 0.9 * 1.2 / (1 << 20)) + 256));
        } finally {
            Locale.setDefault(before);
        }
    }

    private static long elementsWithoutTables() {
        long norms = 5 * 2 * 16;
        long block = 16 * 48 + 48 + 16 * 16 + 16 + 16 * 32 + 32 + 32 * 16 + 16;
        return 24 * 16 + norms + 2 * block;
    }

    @Test
    void theFingerprintChangesWithAnyWeight() throws IOException {
        String plain = TinyCheckpoint.gpt2().load(folder).card().contents().fingerprint();
        String other =
                TinyCheckpoint.gpt2()
                        .fillRow("lm_head.weight", 15, 0.5f)
                        .load(folder)
                        .card()
                        .contents()
                        .fingerprint();

        assertThat(plain).matches("[0-9a-f]{16}").isNotEqualTo(other);
        assertThat(TinyCheckpoint.gpt2().load(folder).card().contents().fingerprint())
                .isEqualTo(plain);
    }

    @Test
    void aModelIsNamedAfterItsFolderOrItsFile() {
        assertThat(ModelLoader.nameOf(folder.resolve("best.model.pt"))).isEqualTo("best.model");
        assertThat(ModelLoader.nameOf(folder)).isEqualTo(String.valueOf(folder.getFileName()));
        assertThat(ModelLoader.nameOf(folder.resolve("x/..")))
                .isEqualTo(String.valueOf(folder.getFileName()));
        assertThat(ModelLoader.nameOf(Path.of("/"))).isEqualTo("model");
    }

    private void assertRefused(TinyCheckpoint tiny, String fileAndReason) {
        assertThatThrownBy(() -> tiny.load(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder + "/" + fileAndReason);
    }
}
