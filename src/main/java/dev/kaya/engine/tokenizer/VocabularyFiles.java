package dev.kaya.engine.tokenizer;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

/**
 * Reads {@code vocab.json} ({@code {token: id}}): with {@code merges.txt} beside it a byte-level
 * BPE, alone a vocabulary of characters.
 *
 * <p>These files do not say which tokens are special. {@code <|endoftext|>} is, and so is a last
 * entry of that form.
 *
 * @see <a href="https://github.com/openai/gpt-2">GPT-2's encoder.json and vocab.bpe</a>
 */
public final class VocabularyFiles {

    private static final int LARGEST_MERGES = 64 << 20;

    private static final String END_OF_TEXT = "<|endoftext|>";

    private VocabularyFiles() {}

    /**
     * Reads a byte-level BPE in two files, split as GPT-2 does.
     *
     * @param merges one merge a line, "left right", by rank; a first line {@code #version} is a
     *     comment
     * @throws MalformedCheckpointException when a file is broken
     */
    public static Tokenizer readByteLevelBpe(Path vocabulary, Path merges) throws IOException {
        try (InputStream vocabularyStream = Files.newInputStream(vocabulary);
                InputStream mergesStream = Files.newInputStream(merges)) {
            BpeVocabularyBuilder builder =
                    JsonFile.read(vocabulary, vocabularyStream, VocabularyFiles::tokens);
            readMerges(merges, mergesStream, builder);
            return new ByteLevelBpeTokenizer(
                    builder.build(), new Gpt2WordSplitter(), BpeOptions.GPT_2);
        }
    }

    /**
     * Reads a vocabulary of characters.
     *
     * @throws MalformedCheckpointException when the file is broken, or a token has several
     *     characters
     */
    public static Tokenizer readCharacters(Path vocabulary) throws IOException {
        return JsonFile.read(vocabulary, VocabularyFiles::characterTokenizer);
    }

    /** The tokens of a vocabulary, the special one marked. */
    private static BpeVocabularyBuilder tokens(JsonFile json) throws IOException {
        checkObject(json);
        var builder = new BpeVocabularyBuilder(json.path());
        long lastId = -1;
        String lastToken = "";
        long endOfTextId = -1;
        for (String token = json.nextName(); token != null; token = json.nextName()) {
            long id = json.integer("an id");
            builder.token(token, id);
            if (id > lastId) {
                lastId = id;
                lastToken = token;
            }
            endOfTextId = token.equals(END_OF_TEXT) ? id : endOfTextId;
        }
        if (endOfTextId >= 0) {
            builder.addedToken(new AddedToken((int) endOfTextId, END_OF_TEXT, true, false));
        }
        if (lastId != endOfTextId && isMarked(lastToken)) {
            builder.addedToken(new AddedToken((int) lastId, lastToken, true, false));
        }
        return builder;
    }

    private static boolean isMarked(String token) {
        return token.startsWith("<|")
                && token.endsWith("|>")
                && token.length() > 4
                && token.length() <= AddedToken.LONGEST_CONTENT;
    }

    private static void readMerges(Path path, InputStream stream, BpeVocabularyBuilder builder)
            throws IOException {
        byte[] bytes = stream.readNBytes(LARGEST_MERGES + 1);
        if (bytes.length > LARGEST_MERGES) {
            throw new MalformedCheckpointException(
                    path, -1, "it is larger than %d bytes".formatted(LARGEST_MERGES));
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        int start = text.startsWith("#version") ? lineEnd(text, 0) + 1 : 0;
        while (start < text.length()) {
            int end = lineEnd(text, start);
            int trimmed = end > start && text.charAt(end - 1) == '\r' ? end - 1 : end;
            if (trimmed > start) {
                builder.merge(text.substring(start, trimmed), path);
            }
            start = end + 1;
        }
    }

    private static int lineEnd(String text, int start) {
        int end = text.indexOf('\n', start);
        return end < 0 ? text.length() : end;
    }

    private static Tokenizer characterTokenizer(JsonFile json) throws IOException {
        checkObject(json);
        var characters = new ArrayList<String>();
        for (String token = json.nextName(); token != null; token = json.nextName()) {
            long id = json.integer("an id");
            if (id < 0 || id >= BpeVocabularyBuilder.ID_LIMIT) {
                throw json.malformed(
                        "the id %d must be from 0 to %d"
                                .formatted(id, BpeVocabularyBuilder.ID_LIMIT - 1));
            }
            if (token.isEmpty() || token.codePointCount(0, token.length()) != 1) {
                throw json.malformed(
                        "the token '%s' is not one character; a vocabulary of longer tokens"
                                .concat(" needs its merges.txt beside it")
                                .formatted(token));
            }
            while (characters.size() <= id) {
                characters.add("");
            }
            if (!characters.set((int) id, token).isEmpty()) {
                throw json.malformed("the id %d has two tokens".formatted(id));
            }
        }
        try {
            return new CharacterTokenizer(characters);
        } catch (IllegalArgumentException e) {
            throw json.malformed(String.valueOf(e.getMessage()));
        }
    }

    private static void checkObject(JsonFile json) throws MalformedCheckpointException {
        if (!json.isObject()) {
            throw json.malformed("a vocabulary must be an object of token: id");
        }
    }
}
