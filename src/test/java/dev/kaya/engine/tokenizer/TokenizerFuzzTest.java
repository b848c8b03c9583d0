package dev.kaya.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.read.Llama2cVocabulary;
import dev.kaya.engine.tokenizer.read.PlainVocabulary;
import dev.kaya.engine.tokenizer.read.SentencePieceModel;
import dev.kaya.engine.tokenizer.read.TokenizerConfig;
import dev.kaya.engine.tokenizer.read.TokenizerJson;
import dev.kaya.engine.tokenizer.read.VocabularyFiles;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged tokenizer files in great number, the same ones each time. Whatever is done to a file,
 * reading it gives a tokenizer that encodes and decodes, or a {@link MalformedCheckpointException},
 * within a bounded amount of memory; anything else that is thrown fails the test.
 */
class TokenizerFuzzTest {

    private static final long SEED = 20240607;

    /** How many times as many files as usual to try: {@code -Dkaya.fuzz=100}. */
    private static final int TIMES = Integer.getInteger("kaya.fuzz", 1);

    /** Files of a few kilobytes; what they claim must not become memory. */
    private static final long MOST_BYTES = 64L << 20;

    private static final String TEXT = "ab a\u0301 é 😀 12 <s>\n";

    private final ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir private Path folder;

    private int read;
    private int refused;
    private long mostAllocated;

    /** Reads a file. */
    private interface Reading {
        Tokenizer read(Path file) throws IOException;
    }

    @Test
    void damagedTokenizerJsonIsReadOrRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(byteLevel().write(folder));
        byte[] pieces = Files.readAllBytes(pieces().write(folder));

        mutate(bytes, 500, TokenizerJson::read);
        mutate(pieces, 500, TokenizerJson::read);
    }

    @Test
    void damagedSentencePieceModelsAreReadOrRefused() throws IOException {
        byte[] model =
                Files.readAllBytes(
                        TokenizerFixtures.folder("spm-plain").resolve("tokenizer.model"));

        mutate(model, 500, file -> SentencePieceModel.read(file, TokenizerConfig.none()));
    }

    @Test
    void damagedCharacterTablesAreReadOrRefused() throws IOException {
        byte[] model =
                Files.readAllBytes(TokenizerFixtures.folder("spm-nmt").resolve("tokenizer.model"));

        mutate(model, 20, file -> SentencePieceModel.read(file, TokenizerConfig.none()));
    }

    @Test
    void damagedLlama2cVocabulariesAreReadOrRefused() throws IOException {
        var bytes = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN).putInt(8);
        List<String> pieces = List.of(" ", "a", "b", "é", "ab", " a", " ab", "12", "1", "2");
        for (int id = 0; id < 259 + pieces.size(); id++) {
            String text =
                    id < 3
                            ? "<" + id + ">"
                            : id < 259 ? PieceSpelling.byteToken(id - 3) : pieces.get(id - 259);
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            bytes.putFloat(-id).putInt(utf8.length).put(utf8);
        }
        byte[] file = Arrays.copyOf(bytes.array(), bytes.position());

        mutate(file, 500, Llama2cVocabulary::read);
    }

    @Test
    void damagedVocabulariesAreReadOrRefused() throws IOException {
        Path gpt2 = TokenizerFixtures.folder("hf-gpt2");
        Path merges = gpt2.resolve("merges.txt");
        byte[] vocabulary = Files.readAllBytes(gpt2.resolve("vocab.json"));

        mutate(
                vocabulary,
                150,
                file -> VocabularyFiles.readByteLevelBpe(file, merges, TokenizerConfig.none()));
        mutate(
                "{\"a\": 0, \"b\": 1, \" \": 3, \"é\": 2, \"<unk>\": 4, \"\\n\": 9}"
                        .getBytes(StandardCharsets.UTF_8),
                150,
                PlainVocabulary::read);
        mutate(
                Files.readAllBytes(merges),
                150,
                file ->
                        VocabularyFiles.readByteLevelBpe(
                                gpt2.resolve("vocab.json"), file, TokenizerConfig.none()));
    }

    @Test
    void damagedTokenizerConfigsAreReadOrRefused() throws IOException {
        String config =
                """
                {"add_bos_token": true, "legacy": false, "bos_token": {"content": "<s>"},
                 "tokenizer_class": "LlamaTokenizer", "additional_special_tokens": ["</s>", "<q>"],
                 "added_tokens_decoder": {"1": {"content": "<s>", "special": true},
                   "400": {"content": "<q>", "lstrip": true}}}
                """;
        Path model = TokenizerFixtures.folder("spm-plain").resolve("tokenizer.model");

        mutate(
                config.getBytes(StandardCharsets.UTF_8),
                300,
                file -> SentencePieceModel.read(model, TokenizerConfig.read(file, file, null)));
    }

    @Test
    void aFileOfEmptyArraysIsRefusedBeforeTheyFillTheMemory() throws IOException {
        String arrays = "[" + "[],".repeat(3 << 20) + "[]]";
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, "{\"version\": " + arrays + "}");
        read(file, TokenizerJson::read);

        assertThat(refused).isEqualTo(1);
        assertThat(mostAllocated).isLessThan(256L << 20);
    }

    private static TokenizerFile byteLevel() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (int value = 0; value < 256; value++) {
            vocabulary.put(String.valueOf(ByteAlphabet.characterOf(value)), value);
        }
        vocabulary.put("ab", 256);
        vocabulary.put("Ġa", 257);
        return TokenizerFile.bpe(vocabulary, List.of("a b", "Ġ a"), Map.of("ignore_merges", true))
                .normalizer("{\"type\": \"NFC\"}")
                .split("\\p{N}{1,3}|[^\\s\\p{L}]?\\p{L}+|\\s+(?!\\S)|(?i:'s)?[^\\d]")
                .added(258, "<s>", "special", "lstrip")
                .postProcessor(
                        "{\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\":"
                                + " \"<s>\"}}, {\"Sequence\": {\"id\": \"A\"}}], \"special_tokens\":"
                                + " {\"<s>\": {\"id\": \"<s>\", \"ids\": [258]}}}");
    }

    private static TokenizerFile pieces() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (String piece : List.of("<unk>", "▁", "a", "b", "▁a", "ab", "<0x0A>", "<0xC3>")) {
            vocabulary.put(piece, vocabulary.size());
        }
        Map<String, Object> settings = Map.of("unk_token", "<unk>", "byte_fallback", true);
        return TokenizerFile.bpe(vocabulary, List.of("▁ a", "a b"), settings)
                .normalizer(
                        "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Prepend\","
                                + " \"prepend\": \"▁\"}, {\"type\": \"Replace\", \"pattern\":"
                                + " {\"String\": \" \"}, \"content\": \"▁\"}]}")
                .preTokenizer("null")
                .decoder(
                        "{\"type\": \"Sequence\", \"decoders\": [{\"type\": \"Replace\", \"pattern\":"
                                + " {\"String\": \"▁\"}, \"content\": \" \"}, {\"type\":"
                                + " \"ByteFallback\"}, {\"type\": \"Fuse\"}, {\"type\": \"Strip\","
                                + " \"content\": \" \", \"start\": 1, \"stop\": 0}]}")
                .added(8, "<s>", "normalized");
    }

    private void mutate(byte[] original, int usualCount, Reading reading) throws IOException {
        int count = usualCount * TIMES;
        var random = new SplittableRandom(SEED);
        Path file = folder.resolve("mutant");
        use(reading.read(Files.write(file, original)));
        int before = read + refused;
        for (int i = 0; i < count; i++) {
            read(Files.write(file, mutant(original, random)), reading);
        }
        assertThat(read + refused - before).isEqualTo(count);
        assertThat(read).isPositive();
        assertThat(refused).isPositive();
        assertThat(mostAllocated).isLessThan(MOST_BYTES);
    }

    private void read(Path file, Reading reading) throws IOException {
        long before = memory.getCurrentThreadAllocatedBytes();
        try {
            use(reading.read(file));
            read++;
        } catch (MalformedCheckpointException e) {
            assertThat(e.getMessage()).isNotBlank();
            refused++;
        }
        mostAllocated = Math.max(mostAllocated, memory.getCurrentThreadAllocatedBytes() - before);
    }

    /** Whatever a damaged vocabulary is, it can be used. */
    private static void use(Tokenizer tokenizer) {
        try {
            int[] ids = tokenizer.encode(TEXT, true);
            assertThat(IntStream.of(ids)).allMatch(tokenizer::isDefined);
            assertThat(tokenizer.decode(ids)).isNotNull();
        } catch (UnencodableTextException e) {
            assertThat(e.offset()).isBetween(0, TEXT.length());
        }
    }

    /** One to four changes: a bit, a byte, an extreme number, a piece of the file, or a cut. */
    private static byte[] mutant(byte[] original, SplittableRandom random) {
        byte[] bytes = original.clone();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> Arrays.fill(bytes, at, Math.min(at + 4, bytes.length), (byte) 0xFF);
                case 3 -> bytes[at] = original[random.nextInt(original.length)];
                case 4 -> {
                    int length = Math.min(random.nextInt(1, 20), bytes.length - at);
                    int from = random.nextInt(original.length - length + 1);
                    System.arraycopy(original, from, bytes, at, length);
                }
                default -> {
                    if (random.nextInt(8) == 0) {
                        bytes = Arrays.copyOf(bytes, Math.max(at, 1));
                    }
                }
            }
        }
        return bytes;
    }
}
