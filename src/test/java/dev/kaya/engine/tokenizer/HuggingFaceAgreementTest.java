package dev.kaya.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The same ids as Hugging Face's own tokenizers, run natively from DJL's jar. */
class HuggingFaceAgreementTest {

    private static final String NEVER =
            "\"single_word\": false, \"lstrip\": false, \"rstrip\": false";

    private static final String ADDED =
            """
            {"id": 50257, "content": "<tool>", "special": false, "normalized": false, %1$s},
            {"id": 50258, "content": "<tool>s", "special": false, "normalized": true, %1$s},
            {"id": 50259, "content": "   ", "special": false, "normalized": true, %1$s},
            {"id": 50260, "content": "<|user|>", "special": true, "normalized": false, %1$s},
            {"id": 50261, "content": "ä😀", "special": false, "normalized": true, %1$s},
            """
                    .formatted(NEVER);

    @TempDir private Path folder;

    @BeforeAll
    static void stayOffline() {
        System.setProperty("ai.djl.offline", "true");
    }

    @Test
    void gpt2GivesTheSameIdsOnUglyTexts() throws IOException {
        assertSameIds(gpt2(false, "", "null", "strings"), 50, 3_000);
    }

    @Test
    void gpt2WithAPrefixSpaceAddedTokensAndBosGivesTheSameIds() throws IOException {
        String template =
                """
                {"type": "TemplateProcessing",
                 "single": [{"SpecialToken": {"id": "<|user|>", "type_id": 0}},
                            {"Sequence": {"id": "A", "type_id": 0}}],
                 "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                          {"Sequence": {"id": "B", "type_id": 1}}],
                 "special_tokens": {"<|user|>":
                     {"id": "<|user|>", "ids": [50260], "tokens": ["<|user|>"]}}}
                """;
        Path file = gpt2(true, ADDED, template, "pairs");

        assertSameIds(file, 51, 3_000);
        Tokenizer tokenizer = TokenizerJson.read(file);
        assertThat(tokenizer.bosTokenId()).hasValue(50260);
        try (var reference = reference(file)) {
            assertThat(reference.encode("x", true, false).getIds()).startsWith(50260L);
        }
    }

    @Test
    void theStoriesTokenizerGivesTheSameIdsOnUglyTexts() throws IOException {
        assertSameIds(TokenizerFixtures.folder("stories").resolve("tokenizer.json"), 52, 2_000);
    }

    @Test
    void everyCharacterOfTheFirstTwoPlanesIsSplitInTheSameWay() throws IOException {
        Path file = boundaryRevealing();
        Tokenizer tokenizer = TokenizerJson.read(file);
        try (var reference = reference(file)) {
            for (int block = 0x80; block < 0x20000; block += 0x80) {
                String text = amongLettersDigitsAndMarks(block, block + 0x80);
                assertThat(ids(tokenizer, text))
                        .as("from U+%04X", block)
                        .containsExactly(reference.encode(text, false, false).getIds());
            }
        }
    }

    /**
     * In {@link #boundaryRevealing}, a letter merges with the {@code a} before it, a digit with the
     * {@code 7} after it, a mark with the {@code !} after it, and of two the halves that touch
     * merge unless they are white space before a letter.
     */
    private static String amongLettersDigitsAndMarks(int from, int to) {
        var text = new StringBuilder();
        for (int codePoint = from; codePoint < to; codePoint++) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                String it = Character.toString(codePoint);
                text.append("a" + it + "7" + it + "!a" + it + it + "b");
            }
        }
        return text.toString();
    }

    /** A vocabulary whose merges show whether two neighbours are in the same word. */
    private Path boundaryRevealing() throws IOException {
        var alphabet = new String[256];
        for (char character = 0; character < 0x200; character++) {
            if (ByteAlphabet.byteOf(character) >= 0) {
                alphabet[ByteAlphabet.byteOf(character)] = String.valueOf(character);
            }
        }
        var merges = new ArrayList<String>();
        for (int last = 0x80; last < 0xC0; last++) {
            merges.add(alphabet[last] + " 7");
            merges.add(alphabet[last] + " !");
            for (int first = 0xC2; first < 0xF5; first++) {
                merges.add(alphabet[last] + " " + alphabet[first]);
            }
        }
        for (int first = 0xC2; first < 0xF5; first++) {
            merges.add("a " + alphabet[first]);
        }
        var vocabulary = new LinkedHashMap<String, Integer>();
        for (String token : alphabet) {
            vocabulary.put(token, vocabulary.size());
        }
        for (String merge : merges) {
            vocabulary.put(merge.replace(" ", ""), vocabulary.size());
        }
        vocabulary.put("<|endoftext|>", 50256);
        return write(
                "", "null", false, Map.of("type", "BPE", "vocab", vocabulary, "merges", merges));
    }

    /** Without "truncation", DJL cuts at 512 tokens. */
    private static HuggingFaceTokenizer reference(Path file) throws IOException {
        return HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false"));
    }

    private static void assertSameIds(Path file, long seed, int count) throws IOException {
        Tokenizer tokenizer = TokenizerJson.read(file);
        var texts = new UglyTexts(seed);
        try (var reference = reference(file)) {
            for (int i = 0; i < count; i++) {
                String text = i == 0 ? "" : ugly(texts, i);
                long[] expected = reference.encode(text, false, false).getIds();
                assertThat(ids(tokenizer, text)).as(text).containsExactly(expected);
            }
        }
    }

    private static String ugly(UglyTexts texts, int i) {
        String text = texts.next(i % 50 == 0 ? 400 : 24);
        return switch (i % 5) {
            case 0 -> text + "<|user|>" + texts.next(3);
            case 1 -> texts.next(2) + "<tool>s<tool>   " + text + "ä😀";
            default -> text;
        };
    }

    private static long[] ids(Tokenizer tokenizer, String text) {
        int[] ids = tokenizer.encode(text, true);
        var wide = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            wide[i] = ids[i];
        }
        return wide;
    }

    /** GPT-2's two files as one tokenizer.json. */
    private Path gpt2(boolean prefixSpace, String added, String postProcessor, String mergesForm)
            throws IOException {
        Path source = TokenizerFixtures.folder("gpt2");
        var merges = new ArrayList<Object>();
        for (String line : Files.readAllLines(source.resolve("merges.txt"))) {
            if (!line.startsWith("#version")) {
                merges.add(mergesForm.equals("pairs") ? List.of(line.split(" ")) : line);
            }
        }
        var model = new LinkedHashMap<String, Object>();
        model.put("type", "BPE");
        model.put("vocab", JsonMapper.shared().readTree(source.resolve("vocab.json")));
        model.put("merges", merges);
        return write(added, postProcessor, prefixSpace, model);
    }

    private Path write(String added, String postProcessor, boolean prefixSpace, Object model)
            throws IOException {
        String json =
                """
                {"version": "1.0", "truncation": null, "padding": null,
                 "added_tokens": [%s
                   {"id": 50256, "content": "<|endoftext|>", "special": true, "normalized": true, %s}],
                 "normalizer": null,
                 "pre_tokenizer":
                   {"type": "ByteLevel", "add_prefix_space": %s, "trim_offsets": true},
                 "post_processor": %s,
                 "decoder":
                   {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
                 "model": %s}
                """
                        .formatted(
                                added,
                                NEVER,
                                prefixSpace,
                                postProcessor,
                                JsonMapper.shared().writeValueAsString(model));
        return Files.writeString(folder.resolve("tokenizer.json"), json);
    }
}
