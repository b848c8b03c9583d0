package dev.kaya.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.GgufWriter;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.TinyGguf;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.convert.CheckpointConverter.Container;
import dev.kaya.engine.convert.CheckpointConverter.Weights;
import dev.kaya.engine.tokenizer.Reference;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.UglyTexts;
import dev.kaya.engine.tokenizer.read.Gpt2Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokenizer that is written with a model gives the same tokens and texts. */
class ConvertedTokenizerTest {

    private static final List<String> PIECES =
            List.of(
                    "<unk>", "<s>", "</s>", "▁", "a", "b", "▁a", "ab", "▁ab", "c", "<tool>", "bc",
                    "<0xC3>", "<0xA9>", "aa", "d");
    private static final List<Long> KINDS =
            List.of(2L, 3L, 3L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 4L, 1L, 6L, 6L, 1L, 5L);

    @TempDir private Path folder;

    /** A LLaMA of sixteen pieces in GGUF: characters, bytes, a token of a user's, an unused one. */
    private GgufWriter pieces(List<Long> kinds) throws IOException {
        Path weights = Files.createDirectory(folder.resolve("weights"));
        return TinyGguf.llama(TinyCheckpoint.llama(), weights)
                .put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", PIECES)
                .put("tokenizer.ggml.token_type", kinds)
                .put(
                        "tokenizer.ggml.scores",
                        List.of(
                                0L, 0L, 0L, -9L, -10L, -11L, -1L, -2L, -3L, -12L, 0L, -4L, 0L, 0L,
                                -5L, 0L))
                .put("tokenizer.ggml.bos_token_id", 1L)
                .put("tokenizer.ggml.eos_token_id", 2L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sentencePieceBecomesTokenizerJsonAndBack(boolean prefixed) throws IOException {
        Path first = folder.resolve("first.gguf");
        pieces(KINDS)
                .put("tokenizer.ggml.add_space_prefix", prefixed)
                .put("tokenizer.ggml.add_bos_token", prefixed)
                .write(first);
        Path second = folder.resolve("second");
        Path third = folder.resolve("third.gguf");
        CheckpointConverter.convert(first, second, Container.SAFETENSORS, Weights.AUTO);
        CheckpointConverter.convert(second, third, Container.GGUF, Weights.AUTO);
        LoadedModel before = ModelLoader.load(first);
        assertThat(before.tokenizer().encode("ab", false)).hasSize(1);
        assertThat(before.specialTokens().addBos()).isEqualTo(prefixed);
        for (Path converted : List.of(second, third)) {
            LoadedModel after = ModelLoader.load(converted);
            assertSame(before, after);
            assertThat(after.specialTokens()).isEqualTo(before.specialTokens());
        }
    }

    private static void assertSame(LoadedModel before, LoadedModel after) {
        assertSameTokens(before.tokenizer(), after.tokenizer(), "aab  bc▁ é<tool></s>dx");
        int[] prompt = before.tokenizer().encode("aab bcc é ab", false);
        try (var one = new TestDecoder(before);
                var other = new TestDecoder(after)) {
            assertThat(other.lastLogits(prompt)).isEqualTo(one.lastLogits(prompt));
        }
    }

    private static void assertSameTokens(Tokenizer one, Tokenizer other, String characters) {
        int[] codePoints = characters.codePoints().toArray();
        var random = new Random(7);
        for (int i = 0; i < 500; i++) {
            var text = new StringBuilder();
            for (int j = random.nextInt(20); j >= 0; j--) {
                switch (random.nextInt(12)) {
                    case 0 -> text.append("<tool>");
                    case 1 -> text.append("</s>");
                    default -> text.appendCodePoint(codePoints[random.nextInt(codePoints.length)]);
                }
            }
            assertSameTokens(one, other, text.toString(), random);
        }
    }

    /** The same ids for a text, the same text for them, and for any ids. */
    static void assertSameTokens(Tokenizer one, Tokenizer other, String text, Random random) {
        for (boolean special : new boolean[] {false, true}) {
            int[] ids = one.encode(text, special);
            assertThat(other.encode(text, special)).as(text).isEqualTo(ids);
            assertThat(other.decode(ids)).as(text).isEqualTo(one.decode(ids));
        }
        int[] any =
                random.ints(random.nextInt(12), 0, one.vocabularySize())
                        .filter(one::isDefined)
                        .toArray();
        assertThat(other.decode(any)).isEqualTo(one.decode(any));
    }

    /** The real vocabulary, under weights that are not looked at. */
    @Test
    void allOfLlamasVocabularyGoesThereAndBack() throws IOException {
        Path first = realVocabulary();
        Path second = folder.resolve("second");
        Path third = folder.resolve("third.gguf");
        CheckpointConverter.convert(first, second, Container.SAFETENSORS, Weights.AUTO);
        CheckpointConverter.convert(second, third, Container.GGUF, Weights.AUTO);
        Tokenizer before = ModelLoader.load(first).tokenizer();
        Tokenizer json = ModelLoader.load(second).tokenizer();
        Tokenizer after = ModelLoader.load(third).tokenizer();
        var texts = new UglyTexts(91);
        var random = new Random(92);
        for (int i = 0; i < 1_000; i++) {
            String text = texts.next(20) + (i % 3 == 0 ? "<s>   ▁" : "") + " ".repeat(i % 300);
            assertSameTokens(before, json, text, random);
            assertSameTokens(before, after, text, random);
        }
        try (Reference reference = Reference.of(second.resolve("tokenizer.json"), json)) {
            reference.assertSameIds(texts, 1_000);
            reference.assertSameText(texts, 300);
            assertThat(reference.withTemplate("x")).startsWith(1L);
        }
    }

    private Path realVocabulary() throws IOException {
        TinyCheckpoint tiny = TinyCheckpoint.llama();
        tiny.add("model.embed_tokens.weight", 32_000, 16).add("lm_head.weight", 32_000, 16);
        Path weights = Files.createDirectory(folder.resolve("weights"));
        GgufWriter writer = TinyGguf.llama(tiny, weights);
        Path vocabulary = Path.of("src/test/resources/tokenizer/llama/vocab.gguf");
        try (Checkpoint checkpoint = CheckpointReader.open(vocabulary)) {
            checkpoint
                    .metadata()
                    .forEach(
                            (key, value) -> {
                                if (key.startsWith("tokenizer.") && value != null) {
                                    writer.put(key, whole(value));
                                }
                            });
        }
        Path file = folder.resolve("first.gguf");
        writer.write(file);
        return file;
    }

    /** Its scores are whole numbers. */
    private static Object whole(Object value) {
        return value instanceof List<?> list && list.getFirst() instanceof Double
                ? list.stream().map(number -> ((Double) number).longValue()).toList()
                : value;
    }

    @Test
    void equalScoresHaveNoListOfMerges() throws IOException {
        Path first = folder.resolve("first.gguf");
        pieces(KINDS)
                .put("tokenizer.ggml.scores", PIECES.stream().map(piece -> 0L).toList())
                .write(first);
        refuses(first, Container.SAFETENSORS, "the same score, 0.0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"normalized\":false,\"special\":false -> \"normalized\":true,\"special\":false"
                        + " -> looks for '<tool>' by normalized",
                "\"lstrip\":false -> \"lstrip\":true -> by lstrip",
                "\"▁ a\", -> -> does not merge every two tokens that make '▁a'",
                "\"type\":\"Prepend\" -> \"type\":\"Strip\" -> changes texts by normalizer",
                "\"pre_tokenizer\":null -> \"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"}"
                        + " -> cuts texts",
                "\"start\":1 -> \"start\":0 -> makes texts"
            })
    void whatGgufCannotSayIsRefusedByName(String change) throws IOException {
        Path first = folder.resolve("first.gguf");
        pieces(KINDS).write(first);
        Path second = folder.resolve("second");
        CheckpointConverter.convert(first, second, Container.SAFETENSORS, Weights.AUTO);
        Path json = second.resolve("tokenizer.json");
        String[] parts = change.split(" ?-> ?", -1);
        String text = Files.readString(json);
        assertThat(text.replace(", ", ",")).contains(parts[0].strip().replace(", ", ","));
        Files.writeString(json, text.replace(parts[0].strip(), parts[1]));
        assertThatThrownBy(
                        () ->
                                CheckpointConverter.convert(
                                        second,
                                        folder.resolve("third.gguf"),
                                        Container.GGUF,
                                        Weights.AUTO))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining(parts[2]);
    }

    private void refuses(Path source, Container container, String what) {
        assertThatThrownBy(
                        () ->
                                CheckpointConverter.convert(
                                        source, folder.resolve("refused"), container, Weights.AUTO))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining(what);
    }

    /** A GPT-2 of 50,257 tokens and two layers of 16, without a tokenizer beside it. */
    @ParameterizedTest
    @EnumSource(Container.class)
    void theBundledVocabularyIsWrittenWithTheModel(Container container) throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        TinyCheckpoint.gpt2()
                .add("wte.weight", Gpt2Vocabulary.SIZE, 16)
                .without("lm_head.weight")
                .withoutFile("vocab.json")
                .write(source);
        Path out = folder.resolve(container == Container.GGUF ? "out.gguf" : "out");
        CheckpointConverter.convert(source, out, container, Weights.AUTO);
        if (container == Container.SAFETENSORS) {
            assertThat(out.resolve("vocab.json")).exists();
            assertThat(Files.readAllLines(out.resolve("merges.txt")))
                    .hasSize(50_001)
                    .startsWith("#version: 0.2", "Ġ t");
        }
        LoadedModel before = ModelLoader.load(source);
        LoadedModel after = ModelLoader.load(out);
        var texts = new UglyTexts(93);
        var random = new Random(94);
        for (int i = 0; i < 300; i++) {
            assertSameTokens(before.tokenizer(), after.tokenizer(), texts.next(20), random);
        }
        assertThat(after.tokenizer().encode("<|endoftext|>", true)).containsExactly(50_256);
        int[] prompt = before.tokenizer().encode("ROMEO: What light", false);
        try (var one = new TestDecoder(before);
                var other = new TestDecoder(after)) {
            assertThat(other.lastLogits(prompt)).isEqualTo(one.lastLogits(prompt));
        }
    }
}
