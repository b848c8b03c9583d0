package dev.kaya.engine.constraint;

import dev.kaya.engine.constraint.token.ConstraintVocabulary;
import dev.kaya.engine.tokenizer.Segment;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.read.Gpt2Vocabulary;
import dev.kaya.engine.tokenizer.read.PlainVocabulary;
import dev.kaya.engine.tokenizer.read.SentencePieceModel;
import dev.kaya.engine.tokenizer.read.TokenizerConfig;
import dev.kaya.engine.tokenizer.read.TokenizerJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/** Tokenizers of every kind, and made-up ones. */
public final class Vocabularies {

    private static final Path RESOURCES = Path.of("src/test/resources/tokenizer");

    private Vocabularies() {}

    /**
     * A tokenizer and the tokens that end its texts.
     *
     * @param name for messages
     */
    public record Kind(String name, Tokenizer tokenizer, int... endIds) {

        public ConstraintVocabulary vocabulary() {
            boolean[] sampleable = new boolean[tokenizer.vocabularySize()];
            for (int id = 0; id < sampleable.length; id++) {
                sampleable[id] = tokenizer.isDefined(id);
            }
            return new ConstraintVocabulary(tokenizer, sampleable, endIds);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    public static Kind gpt2() {
        return new Kind("gpt2", Gpt2Vocabulary.tokenizer(), 50_256);
    }

    /** Byte-level BPE, SentencePiece in both of its files, characters and words. */
    public static List<Kind> all() {
        try {
            return List.of(
                    gpt2(),
                    new Kind(
                            "stories",
                            TokenizerJson.read(RESOURCES.resolve("stories/tokenizer.json"))),
                    new Kind(
                            "llama",
                            TokenizerJson.read(RESOURCES.resolve("hf-llama/tokenizer.json")),
                            2),
                    new Kind("spm-nmt", sentencePiece("spm-nmt"), 2),
                    new Kind("spm-plain", sentencePiece("spm-plain"), 2),
                    new Kind("characters", plain(characters())),
                    new Kind("words", plain(words())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Tokenizer sentencePiece(String name) throws IOException {
        return SentencePieceModel.read(
                RESOURCES.resolve(name).resolve("tokenizer.model"), TokenizerConfig.none());
    }

    /** A vocabulary of these tokens: of characters if each of them is one, else of words. */
    public static Tokenizer plain(List<String> tokens) {
        var json = JsonMapper.shared().createObjectNode();
        for (int id = 0; id < tokens.size(); id++) {
            json.put(tokens.get(id), id);
        }
        try {
            Path file = Files.createTempFile("vocab", ".json");
            Files.writeString(file, json.toString());
            Tokenizer tokenizer = PlainVocabulary.read(file);
            Files.delete(file);
            return tokenizer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> characters() {
        List<String> characters = new ArrayList<>();
        for (char c = ' '; c < 127; c++) {
            characters.add(String.valueOf(c));
        }
        characters.addAll(List.of("\n", "é", "ß", "ü", "ï", "ñ", "中", "地", "😀"));
        return characters;
    }

    /** Words that have a space before them, and signs that have none. */
    private static List<String> words() {
        var words =
                new ArrayList<>(Arrays.asList("true false null cat dog tree a b c d e".split(" ")));
        words.addAll(List.of(",", ".", "!", "(", ")"));
        return words;
    }

    /**
     * 150,000 tokens as large vocabularies have them: all bytes, words of letters with and without
     * a space or capitals, digits, signs as they stand in code, and characters of two to four
     * bytes.
     */
    public static Kind large() {
        var random = new Random(7);
        Set<String> texts = new LinkedHashSet<>();
        while (texts.size() < 90_000) {
            StringBuilder word =
                    letters(random, "etaoinshrdlucmfwypvbgkjqxz", 2 + random.nextInt(9));
            String capital = word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
            texts.add(
                    List.of(word.toString(), " " + word, " " + capital, capital)
                            .get(random.nextInt(4)));
        }
        while (texts.size() < 110_000) {
            texts.add(
                    letters(random, " \t\n\"'(){}[]<>=+-*/.,:;!?_#$%&|\\", 1 + random.nextInt(4))
                            + (random.nextInt(3) == 0 ? "x" : ""));
        }
        for (int spaces = 1; spaces <= 100; spaces++) {
            texts.add(" ".repeat(spaces));
        }
        while (texts.size() < 149_700) {
            int first = List.of(0x400, 0x600, 0x4E00, 0xAC00, 0x1F300).get(random.nextInt(5));
            var text = new StringBuilder();
            for (int i = 1 + random.nextInt(first < 0x1000 ? 5 : 3); i > 0; i--) {
                text.appendCodePoint(first + random.nextInt(first < 0x1000 ? 90 : 700));
            }
            texts.add(text.toString());
        }
        List<byte[]> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add(new byte[] {(byte) value});
        }
        texts.forEach(text -> tokens.add(text.getBytes(StandardCharsets.UTF_8)));
        while (tokens.size() < 150_000) {
            tokens.add(new byte[0]);
        }
        return new Kind("large", ofBytes(tokens.toArray(byte[][]::new)), 149_999);
    }

    private static StringBuilder letters(Random random, String alphabet, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            // squared, so that the first ones are the most frequent
            double share = random.nextDouble() * random.nextDouble();
            text.append(alphabet.charAt((int) (share * alphabet.length())));
        }
        return text;
    }

    /** A tokenizer of these bytes, one string a token; the empty one is no text. */
    public static Tokenizer ofBytes(byte[]... tokens) {
        return new BytesTokenizer(tokens);
    }

    private record BytesTokenizer(byte[][] tokens) implements Tokenizer {
        @Override
        public int vocabularySize() {
            return tokens.length;
        }

        @Override
        public int[] encode(List<Segment> segments) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] bytes(int tokenId) {
            return tokens[tokenId];
        }

        @Override
        public boolean isSpecial(int tokenId) {
            return false;
        }

        @Override
        public boolean isDefined(int tokenId) {
            return true;
        }

        @Override
        public boolean addsBos() {
            return false;
        }
    }
}
