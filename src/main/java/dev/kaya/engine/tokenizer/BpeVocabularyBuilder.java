package dev.kaya.engine.tokenizer;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects a byte-level BPE from a file: first the tokens, then the added tokens, then the merges
 * in the order of their ranks. Every fault of the file is refused here, with its name. Not
 * thread-safe.
 */
public final class BpeVocabularyBuilder {

    /** Ids must be less; the largest vocabularies in use have about an eighth of it. */
    public static final int ID_LIMIT = 1 << 21;

    private static final int SHOWN_CHARACTERS = 40;

    private final Path file;
    private final TokenIndex index = new TokenIndex();

    /** Tokens with characters outside the byte alphabet: they have a text, but never merge. */
    private final Map<String, Integer> foreignTokens = new HashMap<>();

    private final List<AddedToken> addedTokens = new ArrayList<>();
    private final Set<String> addedContents = new HashSet<>();
    private final BitSet addedIds = new BitSet();
    private final MergeTable merges = new MergeTable();
    private byte[] @Nullable [] bytesById = new byte[1024] @Nullable [];
    private byte[] buffer = new byte[256];
    private int size;

    /**
     * @param file where the vocabulary comes from, for messages
     */
    public BpeVocabularyBuilder(Path file) {
        this.file = file;
    }

    /**
     * Adds a token.
     *
     * @param token in the byte alphabet of GPT-2
     * @throws MalformedCheckpointException when the token or the id is there already, or the id is
     *     negative or absurd
     */
    public void token(String token, long id) throws MalformedCheckpointException {
        checkId(token, id);
        int known = idOf(token);
        if (known != TokenIndex.ABSENT) {
            throw malformed(
                    "the token %s has two ids, %d and %d".formatted(shown(token), known, id));
        }
        int newId = (int) id;
        if (isTaken(newId)) {
            throw malformed(
                    "the id %d has two tokens, %s and %s".formatted(id, text(newId), shown(token)));
        }
        int length = token.length();
        if (isOfAlphabet(token, 0, length, 0)) {
            byte[] bytes = Arrays.copyOf(buffer, length);
            index.add(bytes, newId);
            define(newId, bytes);
        } else {
            foreignTokens.put(token, newId);
            define(newId, token.getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * Adds an added token; it may be in the vocabulary already, under the same id.
     *
     * @throws MalformedCheckpointException when the content has another id or the id another token
     */
    public void addedToken(AddedToken token) throws MalformedCheckpointException {
        checkId(token.content(), token.id());
        int known = idOf(token.content());
        if (known != TokenIndex.ABSENT && known != token.id()) {
            throw malformed(
                    "the added token %s has id %d, but the vocabulary says %d"
                            .formatted(shown(token.content()), token.id(), known));
        }
        if (known == TokenIndex.ABSENT && isTaken(token.id())) {
            throw malformed(
                    "the added token %s has id %d, which is that of %s"
                            .formatted(shown(token.content()), token.id(), text(token.id())));
        }
        boolean newContent = addedContents.add(token.content());
        if (!newContent || addedIds.get(token.id())) {
            throw malformed(
                    "the added token %s, id %d, stands there twice"
                            .formatted(shown(token.content()), token.id()));
        }
        addedIds.set(token.id());
        addedTokens.add(token);
        define(token.id(), token.content().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Adds the next merge.
     *
     * @param pair the two tokens with one space between them
     * @param source the file it comes from, for messages
     * @throws MalformedCheckpointException when that is not what it is, or one of the two tokens or
     *     the one they make is not in the vocabulary
     */
    public void merge(String pair, Path source) throws MalformedCheckpointException {
        int space = pair.indexOf(' ');
        if (space <= 0 || space == pair.length() - 1 || pair.indexOf(' ', space + 1) >= 0) {
            throw malformedMerge(source, pair, "it must be two tokens with one space between them");
        }
        reserve(pair.length());
        int length = pair.length() - 1;
        if (!isOfAlphabet(pair, 0, space, 0)
                || !isOfAlphabet(pair, space + 1, pair.length(), space)) {
            throw malformedMerge(source, pair, "it has characters outside GPT-2's byte alphabet");
        }
        int left = mergeToken(source, pair, 0, space);
        int right = mergeToken(source, pair, space, length);
        int merged = mergeToken(source, pair, 0, length);
        merges.add(left, right, merged);
    }

    /** The vocabulary; the builder must not be used afterwards. */
    public BpeVocabulary build() {
        return new BpeVocabulary(Arrays.copyOf(bytesById, size), addedTokens, index, merges);
    }

    private boolean isTaken(int id) {
        return id < bytesById.length && bytesById[id] != null;
    }

    private void checkId(String token, long id) throws MalformedCheckpointException {
        if (id < 0 || id >= ID_LIMIT) {
            throw malformed(
                    "the token %s has id %d; ids must be from 0 to %d"
                            .formatted(shown(token), id, ID_LIMIT - 1));
        }
    }

    private int idOf(String token) {
        return isOfAlphabet(token, 0, token.length(), 0)
                ? index.find(buffer, 0, token.length())
                : foreignTokens.getOrDefault(token, TokenIndex.ABSENT);
    }

    /** Writes the token's bytes to the buffer at {@code offset}, if it has any. */
    private boolean isOfAlphabet(String token, int start, int end, int offset) {
        reserve(offset + end - start);
        return ByteAlphabet.toBytes(token, start, end, buffer, offset);
    }

    private int mergeToken(Path source, String pair, int start, int end)
            throws MalformedCheckpointException {
        int id = index.find(buffer, start, end);
        if (id == TokenIndex.ABSENT) {
            String token = pair.replace(" ", "").substring(start, end);
            throw malformedMerge(source, pair, shown(token) + " is not in the vocabulary");
        }
        return id;
    }

    private void define(int id, byte[] bytes) {
        if (id >= bytesById.length) {
            bytesById = Arrays.copyOf(bytesById, Math.max(id + 1, bytesById.length * 2));
        }
        bytesById[id] = bytes;
        size = Math.max(size, id + 1);
    }

    private void reserve(int length) {
        if (length > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(length, buffer.length * 2));
        }
    }

    private String text(int id) {
        byte[] bytes = bytesById[id];
        return shown(bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8));
    }

    private static String shown(String token) {
        return token.length() <= SHOWN_CHARACTERS
                ? "'" + token + "'"
                : "'" + token.substring(0, SHOWN_CHARACTERS) + "…'";
    }

    private MalformedCheckpointException malformedMerge(Path source, String pair, String reason) {
        String text = "merge %d, %s: %s".formatted(merges.size() + 1, shown(pair), reason);
        return new MalformedCheckpointException(source, -1, text);
    }

    private MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, -1, reason);
    }
}
