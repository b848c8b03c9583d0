package dev.kaya.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tokenizer.pipeline.Llama3WordSplitter;
import dev.kaya.engine.tokenizer.read.TokenizerJson;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import java.io.IOException;
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

/**
 * The same ids and texts as Hugging Face's own tokenizers, run natively from DJL's jar, from the
 * files that models have: GPT-2, Pythia, Llama 3, Qwen2, and others with all that a file may say.
 */
class HuggingFaceAgreementTest {

    @TempDir private Path folder;

    @Test
    void gpt2GivesTheSameIdsOnUglyTexts() throws IOException {
        try (Reference reference = Reference.of(TokenizerFile.gpt2(), folder)) {
            reference.assertSameIds(new UglyTexts(50), 2_500);
            reference.assertSameText(new UglyTexts(51), 500);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gpt2WithAPrefixSpaceAddedTokensAndBosGivesTheSameIds(boolean eos) throws IOException {
        TokenizerFile file =
                withAddedTokens(TokenizerFile.gpt2())
                        .preTokenizer(TokenizerFile.BYTE_LEVEL.replaceFirst("false", "true"))
                        .postProcessor(template(eos));
        try (Reference reference = Reference.of(file, folder)) {
            assertSameIdsAmongAddedTokens(reference, 52, 1_000);
            assertThat(reference.tokenizer().bosTokenId()).hasValue(50260);
            assertThat(reference.withTemplate("x")).startsWith(50260L);
        }
    }

    @Test
    void theStoriesTokenizerGivesTheSameIdsOnUglyTexts() throws IOException {
        Path file = TokenizerFixtures.folder("stories").resolve("tokenizer.json");
        try (Reference reference = Reference.of(file, TokenizerJson.read(file))) {
            reference.assertSameIds(new UglyTexts(53), 1_000);
            reference.assertSameText(new UglyTexts(54), 300);
        }
    }

    @Test
    void pythiaComposesTextAndHasTokensOfSpaces() throws IOException {
        TokenizerFile file = TokenizerFile.gpt2().normalizer("{\"type\": \"NFC\"}");
        for (int length = 2; length <= 24; length++) {
            file.added(50255 + length, " ".repeat(length), "normalized");
        }
        // Its content is decomposed here, and composed when it is looked for.
        file.added(50280, "cafe\u0301", "normalized");
        try (Reference reference = Reference.of(file, folder)) {
            reference.assertSameIds(new UglyTexts(55), 1_000);
            reference.assertSameIds("cafe\u0301 caf\u00E9 a\u0323\u0301     \u1E9B\u0323");
            reference.assertSameText(new UglyTexts(56), 100);
        }
    }

    @Test
    void llama3TakesWholeWordsWhateverTheMergesMakeOfThem() throws IOException {
        // Without every third merge, many tokens can be reached as whole words only.
        TokenizerFile whole = TokenizerFile.gpt2(true, Map.of("ignore_merges", true));
        try (Reference reference = Reference.of(whole.split(Llama3WordSplitter.LLAMA_3), folder)) {
            reference.assertSameIds(new UglyTexts(57), 2_000);
        }
        Map<String, Integer> vocabulary = bytes();
        List.of("ab", "abc", "Ġabc", "bcd", "<|eot|>")
                .forEach(t -> vocabulary.put(t, vocabulary.size()));
        TokenizerFile few =
                TokenizerFile.bpe(
                                vocabulary,
                                List.of(List.of("a", "b")),
                                Map.of("ignore_merges", true))
                        .added(260, "<|eot|>", "special")
                        .split(Llama3WordSplitter.LLAMA_3);
        try (Reference reference = Reference.of(few, folder)) {
            assertSameIdsOf(reference, "abcd <|eot|>", 500);
        }
    }

    @Test
    void qwen2SplitsAndComposesAndHasOrdinaryAddedTokens() throws IOException {
        TokenizerFile file =
                withAddedTokens(TokenizerFile.gpt2())
                        .normalizer("{\"type\": \"NFC\"}")
                        .split(Llama3WordSplitter.QWEN_2);
        try (Reference reference = Reference.of(file, folder)) {
            assertSameIdsAmongAddedTokens(reference, 58, 2_000);
        }
    }

    @Test
    void addedTokensTakeTheirSpacesAndStandAloneAsTheirFlagsSay() throws IOException {
        TokenizerFile file =
                TokenizerFile.gpt2()
                        .added(50257, "<l>", "lstrip")
                        .added(50258, "<r>", "rstrip", "special")
                        .added(50259, "<lr>", "lstrip", "rstrip", "normalized")
                        .added(50260, "zwordz", "single_word")
                        .added(50261, "ä€", "single_word", "lstrip", "normalized");
        try (Reference reference = Reference.of(file, folder)) {
            var random = new Random(59);
            String[] pieces = {
                "<l>", "<r>", "<lr>", "zwordz", "ä€", " ", "  ", "\n", "x", "_", "-", "\u0301",
                "\u3000", "1", "\u200D"
            };
            for (int i = 0; i < 2_000; i++) {
                var text = new StringBuilder();
                for (int j = random.nextInt(10); j >= 0; j--) {
                    text.append(pieces[random.nextInt(pieces.length)]);
                }
                reference.assertSameIds(text.toString());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "true, true"})
    void whatHasNoTokenIsUnknown(boolean fused, boolean bytes) throws IOException {
        Map<String, Integer> vocabulary = new LinkedHashMap<>(Map.of("[UNK]", 0));
        for (String token : List.of("a", "b", "ab", "▁", "▁a", "b▁a", "é")) {
            vocabulary.put(token, vocabulary.size());
        }
        for (int value = 0; value < 256 && bytes; value++) {
            vocabulary.put("<0x%02X>".formatted(value), vocabulary.size());
        }
        Map<String, Object> settings =
                Map.of("unk_token", "[UNK]", "fuse_unk", fused, "byte_fallback", bytes);
        List<String> merges = List.of("a b", "▁ a", "b ▁a");
        TokenizerFile file =
                TokenizerFile.bpe(vocabulary, merges, settings)
                        .preTokenizer(
                                "{\"type\": \"Metaspace\", \"replacement\": \"▁\","
                                        + " \"prepend_scheme\": \"always\", \"split\": false}")
                        .decoder(
                                "{\"type\": \"Sequence\", \"decoders\": [{\"type\": \"Replace\","
                                        + " \"pattern\": {\"String\": \"▁\"}, \"content\": \" \"},"
                                        + " {\"type\": \"ByteFallback\"}, {\"type\": \"Fuse\"}]}");
        try (Reference reference = Reference.of(file, folder)) {
            assertSameIdsOf(reference, "ab é中😀c", 1_000);
            reference.assertSameText(new UglyTexts(60), 200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "always, true",
        "always, false",
        "first, true",
        "first, false",
        "never, true",
        "never, false"
    })
    void metaspacePutsSignsInFrontAsItsSchemeSays(String scheme, boolean split) throws IOException {
        String metaspace =
                """
                {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "%s", "split": %s}
                """
                        .formatted(scheme, split);
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (String token : List.of("?", "a", "b", "▁", "▁a", "a▁", "▁▁", "▁a▁", "<s>", "<t>")) {
            vocabulary.put(token, vocabulary.size());
        }
        TokenizerFile file =
                TokenizerFile.bpe(
                                vocabulary,
                                List.of("▁ a", "a ▁", "▁ ▁", "▁a ▁"),
                                Map.of("unk_token", "?"))
                        .preTokenizer(metaspace)
                        .decoder(metaspace)
                        .added(8, "<s>", "special")
                        .added(9, "<t>", "normalized");
        try (Reference reference = Reference.of(file, folder)) {
            for (String start : List.of("", "<s>", "<t>", " <s>", "▁")) {
                reference.assertSameIds(start + " a b<s> a<t>b  ▁a<s>");
            }
            assertSameIdsOf(reference, "ab  ▁c", 500);
            reference.assertSameText(new UglyTexts(61), 300);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\": \"Whitespace\"}",
                "{\"type\": \"WhitespaceSplit\"}",
                "null",
                "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"WhitespaceSplit\"},"
                        + " {\"type\": \"Punctuation\"}]}"
            })
    void wordsAreTokensOrUnknown(String preTokenizer) throws IOException {
        String model =
                """
                {"type": "WordLevel", "unk_token": "[UNK]",
                 "vocab": {"[UNK]": 0, "the": 1, "The": 2, ".": 3, "don't": 4, "don": 5, "'": 6,
                   "t": 7, "x": 8, "hello": 9, "...": 10}}
                """;
        TokenizerFile file =
                TokenizerFile.of(model)
                        .preTokenizer(preTokenizer)
                        .decoder("null")
                        .added(0, "[UNK]", "special");
        try (Reference reference = Reference.of(file, folder)) {
            reference.assertSameIds("the don't. hello [UNK] x...");
            reference.assertSameIds(new UglyTexts(62), 500);
            reference.assertSameText(new UglyTexts(63), 200);
        }
    }

    private static String template(boolean eos) {
        String end = "{\"SpecialToken\": {\"id\": \"<|endoftext|>\", \"type_id\": 0}}";
        return """
        {"type": "Sequence", "processors": [
          {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
          {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "<|user|>", "type_id": 0}},
                      {"Sequence": {"id": "A", "type_id": 0}}%s],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                    {"Sequence": {"id": "B", "type_id": 1}}],
           "special_tokens": {
             "<|user|>": {"id": "<|user|>", "ids": [50260], "tokens": ["<|user|>"]},
             "<|endoftext|>":
                 {"id": "<|endoftext|>", "ids": [50256], "tokens": ["<|endoftext|>"]}}}]}
        """
                .formatted(eos ? ", " + end : "");
    }

    private static TokenizerFile withAddedTokens(TokenizerFile file) {
        return file.added(50257, "<tool>")
                .added(50258, "<tool>s", "normalized")
                .added(50259, "   ", "normalized")
                .added(50260, "<|user|>", "special")
                .added(50261, "ä😀", "normalized");
    }

    private static void assertSameIdsAmongAddedTokens(Reference reference, long seed, int count) {
        var texts = new UglyTexts(seed);
        for (int i = 0; i < count; i++) {
            String text = texts.next(24);
            reference.assertSameIds(
                    switch (i % 5) {
                        case 0 -> text + "<|user|>" + texts.next(3);
                        case 1 -> texts.next(2) + "<tool>s<tool>   " + text + "ä😀";
                        default -> text;
                    });
        }
    }

    /** Texts of these characters alone. */
    private static void assertSameIdsOf(Reference reference, String characters, int count) {
        int[] codePoints = characters.codePoints().toArray();
        var random = new Random(count);
        for (int i = 0; i < count; i++) {
            var text = new StringBuilder();
            for (int j = random.nextInt(20); j >= 0; j--) {
                text.appendCodePoint(codePoints[random.nextInt(codePoints.length)]);
            }
            reference.assertSameIds(text.toString());
        }
    }

    private static Map<String, Integer> bytes() {
        var vocabulary = new LinkedHashMap<String, Integer>();
        for (int value = 0; value < 256; value++) {
            vocabulary.put(String.valueOf(ByteAlphabet.characterOf(value)), value);
        }
        return vocabulary;
    }
}
