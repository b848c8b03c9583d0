package dev.kaya.engine.tokenizer.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tokenizer.Reference;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.TokenizerFixtures;
import dev.kaya.engine.tokenizer.UglyTexts;
import dev.kaya.engine.tokenizer.read.Llama2cVocabulary;
import dev.kaya.engine.tokenizer.read.LlamaVocabulary;
import dev.kaya.engine.tokenizer.read.SentencePieceModel;
import dev.kaya.engine.tokenizer.read.TokenizerConfig;
import dev.kaya.engine.tokenizer.read.TokenizerJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The ids and texts that SentencePiece's own library and Hugging Face's tokenizers give, from every
 * file in which a vocabulary of SentencePiece may come.
 */
class SentencePieceAgreementTest {

    @TempDir private Path folder;

    private LlamaVocabulary llama;

    @BeforeEach
    void readTheVocabulary() throws IOException {
        llama = LlamaVocabulary.read();
    }

    private Tokenizer model() throws IOException {
        return SentencePieceModel.read(
                LlamaVocabulary.write(folder, "tokenizer.model", llama.model()),
                TokenizerConfig.none());
    }

    private Tokenizer llama2c() throws IOException {
        return Llama2cVocabulary.read(
                LlamaVocabulary.write(folder, "tokenizer.bin", llama.llama2c()));
    }

    @Test
    void allFormsOfTheVocabularyGiveTheIdsOfTheReference() throws IOException {
        List<Tokenizer> others = List.of(llama.gguf(), model());
        Tokenizer llama2c = llama2c();
        try (Reference reference = Reference.of(llama.json(), folder)) {
            var texts = new UglyTexts(80);
            for (int i = 0; i < 3_000; i++) {
                String text = i == 0 ? "" : ugly(texts, i);
                reference.assertSameIds(text);
                int[] expected = reference.tokenizer().encode(text, true);
                for (Tokenizer other : others) {
                    assertThat(other.encode(text, true)).as(text).isEqualTo(expected);
                }
                // Its file has spaces in the place of signs, so that a sign in a text is none.
                if (text.indexOf('▁') < 0 && !text.contains("<s>")) {
                    assertThat(llama2c.encode(text, true)).as(text).isEqualTo(expected);
                }
            }
        }
    }

    private static String ugly(UglyTexts texts, int i) {
        String text = texts.next(i % 50 == 0 ? 300 : 20);
        return switch (i % 6) {
            case 0 -> text + "<s> " + texts.next(3) + "</s>" + texts.next(2);
            case 1 -> " ".repeat(i % 37) + text + "▁" + texts.next(2);
            case 2 -> text + "<0x0A>" + "▁▁ ▁" + texts.next(2);
            default -> text;
        };
    }

    @Test
    void idsBecomeTheTextOfTheReferenceWholeAndStreamed() throws IOException {
        try (Reference reference = Reference.of(llama.json(), folder)) {
            reference.assertSameText(new UglyTexts(81), 500);
            var random = new Random(82);
            for (int i = 0; i < 3_000; i++) {
                reference.assertSameText(bytesAmongPieces(random));
            }
        }
    }

    /** Mostly tokens that are bytes, of which many are broken UTF-8. */
    private static int[] bytesAmongPieces(Random random) {
        var ids = new ArrayList<Integer>();
        for (int i = random.nextInt(8); i >= 0; i--) {
            switch (random.nextInt(5)) {
                case 0 -> ids.add(259 + random.nextInt(31_741));
                case 1 -> ids.add(3 + random.nextInt(256));
                case 2 -> ids.add(random.nextInt(3));
                default -> {
                    byte[] bytes =
                            Character.toString(random.nextInt(0x80, 0xD000))
                                    .getBytes(StandardCharsets.UTF_8);
                    int length = random.nextInt(4) == 0 ? 1 : bytes.length;
                    for (int j = 0; j < length; j++) {
                        ids.add(3 + (bytes[j] & 0xFF));
                    }
                }
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void theOtherFormsDecodeAsTheFileOfTheReferenceDoes() throws IOException {
        Path file = llama.json().write(folder);
        var random = new Random(83);
        Tokenizer expected = TokenizerJson.read(file);
        for (Tokenizer other : List.of(llama.gguf(), model(), llama2c())) {
            for (int i = 0; i < 500; i++) {
                int[] ids = bytesAmongPieces(random);
                assertThat(other.decode(ids)).isEqualTo(expected.decode(ids));
            }
            for (int id = 0; id < expected.vocabularySize(); id++) {
                assertThat(other.bytes(id)).as("%d", id).isEqualTo(expected.bytes(id));
                assertThat(other.isSpecial(id)).isEqualTo(expected.isSpecial(id)).isEqualTo(id < 3);
            }
            assertThat(other.bosTokenId()).hasValue(1);
        }
    }

    @Test
    void aContinuationKeepsItsSpaceAndABeginningLosesIt() throws IOException {
        Tokenizer tokenizer = llama.gguf();
        int[] ids = tokenizer.encode("Hello world", false);

        assertThat(ids).containsExactly(15043, 3186);
        assertThat(tokenizer.decoder(true).feed(ids[0])).isEqualTo("Hello");
        assertThat(tokenizer.decoder(false).feed(ids[0])).isEqualTo(" Hello");
        assertThat(tokenizer.text(ids[1])).isEqualTo(" world");
        assertThat(tokenizer.decode(tokenizer.encode("  two", false))).isEqualTo("  two");
    }

    @Test
    void controlPiecesInATextAreTextUnlessAllowed() throws IOException {
        for (Tokenizer tokenizer : List.of(llama.gguf(), model(), llama2c())) {
            String text = "a</s>b<unk>";
            assertThat(tokenizer.encode(text, true)).contains(2, 0);
            int[] asText = tokenizer.encode(text, false);
            assertThat(asText).doesNotContain(0, 1, 2);
            assertThat(tokenizer.decode(asText)).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "spm-nmt", "spm-plain"})
    void givesTheIdsAndTextsOfSentencePieceItself(String name) throws IOException {
        Path files = TokenizerFixtures.folder(name);
        Tokenizer tokenizer =
                name.equals("llama")
                        ? model()
                        : SentencePieceModel.read(
                                files.resolve("tokenizer.model"), TokenizerConfig.none());
        JsonNode golden = JsonMapper.shared().readTree(files.resolve("golden.json"));

        assertThat(golden.get("encode").size()).isGreaterThanOrEqualTo(400);
        for (JsonNode example : golden.get("encode")) {
            String text = example.get("text").asString();
            assertThat(tokenizer.encode(text, false)).as(text).isEqualTo(ids(example));
        }
        for (JsonNode example : golden.get("decode")) {
            assertThat(tokenizer.decode(ids(example)))
                    .as(example.get("ids").toString())
                    .isEqualTo(example.get("text").asString());
        }
    }

    private static int[] ids(JsonNode example) {
        return example.get("ids").valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    @Test
    void aMegabyteWithoutSpacesTakesAFewQueueEntriesForEachCharacter() throws IOException {
        Vocabulary vocabulary = llama.vocabulary();
        String letters = letters();
        var merger = new WordMerger(vocabulary.merges());
        int[] symbols = merger.tokens(letters.length());
        for (int i = 0; i < symbols.length; i++) {
            symbols[i] = vocabulary.index().find(letters.substring(i, i + 1));
        }
        merger.merge(symbols.length);

        assertThat(merger.queueEntriesTaken()).isPositive().isLessThan(3L << 20);
    }

    @Test
    void aMegabyteWithoutSpacesComesBack() throws IOException {
        Tokenizer tokenizer = llama.gguf();
        String letters = letters();

        assertThat(tokenizer.decode(tokenizer.encode(letters, false))).isEqualTo(letters);
    }

    private static String letters() {
        var random = new Random(84);
        var text = new StringBuilder();
        while (text.length() < 1 << 20) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }
}
