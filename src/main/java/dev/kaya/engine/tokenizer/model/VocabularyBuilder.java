package dev.kaya.engine.tokenizer.model;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.spelling.TokenSpelling;
import dev.kaya.engine.tokenizer.spelling.TokenTable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Collects a vocabulary from a file: first the tokens, then the added tokens, then the merges in
 * the order of their ranks. Every fault of the file is refused here, with its name. Not
 * thread-safe.
 */
public final class VocabularyBuilder {

    /** Ids must be less; the largest vocabularies in use have about an eighth of it. */
    public static final int ID_LIMIT = 1 << 21;

    private static final int SHOWN_CHARACTERS = 40;

    private final Path file;
    private final TokenSpelling spelling;
    private final TokenIndex index = new TokenIndex();

    /** Tokens without a key: they have a text, but none is encoded to them. */
    private final Map<String, Integer> foreignTokens = new HashMap<>();

    private final List<AddedToken> addedTokens = new ArrayList<>();
    private final Map<String, Integer> addedIdByContent = new HashMap<>();
    private final BitSet addedIds = new BitSet();
    private final BitSet special = new BitSet();
    private final BitSet singleBytes = new BitSet();
    private final MergeTable merges = new MergeTable();
    private byte[] @Nullable [] bytesById = new byte[1024] @Nullable [];
    private int size;

    /**
     * @param file where the vocabulary comes from, for messages
     * @param spelling how it writes tokens
     */
    public VocabularyBuilder(Path file, TokenSpelling spelling) {
        this.file = file;
        this.spelling = spelling;
    }

    /**
     * Adds a token.
     *
     * @throws MalformedCheckpointException when the token or the id is there already, or the id is
     *     negative or absurd
     */
    public void token(String token, long id) throws MalformedCheckpointException {
        int newId = newId(token, id);
        byte[] key = spelling.key(token);
        if (key == null) {
            foreignTokens.put(token, newId);
        } else {
            index.add(key, newId);
        }
        singleBytes.set(newId, spelling.isByte(token));
        define(newId, spelling.text(token));
    }

    /**
     * Adds a token that no text is encoded to, unless as the fallback for a byte.
     *
     * @throws MalformedCheckpointException as {@link #token} does
     */
    public void unmatchedToken(String token, long id) throws MalformedCheckpointException {
        int newId = newId(token, id);
        foreignTokens.put(token, newId);
        singleBytes.set(newId, spelling.isByte(token));
        define(newId, spelling.text(token));
    }

    /**
     * Adds a special token without text, such as microgpt's BOS.
     *
     * @throws MalformedCheckpointException when the id has a token, or is negative or absurd
     */
    public void textlessToken(long id) throws MalformedCheckpointException {
        checkId("without text", id);
        if (isDefined((int) id)) {
            throw malformed(
                    "the id %d is special, but has the token %s".formatted(id, text((int) id)));
        }
        special.set((int) id);
        define((int) id, new byte[0]);
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
        if (known == TokenIndex.ABSENT && isDefined(token.id())) {
            throw malformed(
                    "the added token %s has id %d, which is that of %s"
                            .formatted(shown(token.content()), token.id(), text(token.id())));
        }
        boolean sameContent = addedIdByContent.put(token.content(), token.id()) != null;
        if (sameContent || addedIds.get(token.id())) {
            throw malformed(
                    "the added token %s, id %d, stands there twice"
                            .formatted(shown(token.content()), token.id()));
        }
        addedIds.set(token.id());
        addedTokens.add(token);
        special.set(token.id(), token.special());
        define(token.id(), spelling.addedText(token.content()));
    }

    /**
     * Where the space is in a merge that is written as one text; −1 when it is not two tokens with
     * one space between them.
     */
    public static int spaceIn(String pair) {
        int space = pair.indexOf(' ');
        boolean one = space == pair.lastIndexOf(' ');
        return one && space > 0 && space < pair.length() - 1 ? space : -1;
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
        int space = spaceIn(pair);
        if (space < 0) {
            throw malformedMerge(source, pair, "it must be two tokens with one space between them");
        }
        merge(pair.substring(0, space), pair.substring(space + 1), source);
    }

    /**
     * Adds the next merge.
     *
     * @param source the file it comes from, for messages
     * @throws MalformedCheckpointException when one of the two tokens or the one they make is not
     *     in the vocabulary
     */
    public void merge(String left, String right, Path source) throws MalformedCheckpointException {
        byte[] leftKey = spelling.key(left);
        byte[] rightKey = spelling.key(right);
        if (leftKey == null || rightKey == null) {
            throw malformedMerge(
                    source, left + " " + right, "it has characters outside GPT-2's byte alphabet");
        }
        byte[] key = Arrays.copyOf(leftKey, leftKey.length + rightKey.length);
        System.arraycopy(rightKey, 0, key, leftKey.length, rightKey.length);
        int leftId = index.find(key, 0, leftKey.length);
        int rightId = index.find(key, leftKey.length, key.length);
        int merged = index.find(key, 0, key.length);
        if (leftId == TokenIndex.ABSENT
                || rightId == TokenIndex.ABSENT
                || merged == TokenIndex.ABSENT) {
            String missing =
                    leftId == TokenIndex.ABSENT
                            ? left
                            : rightId == TokenIndex.ABSENT ? right : left + right;
            throw malformedMerge(
                    source, left + " " + right, shown(missing) + " is not in the vocabulary");
        }
        merge(leftId, rightId, merged, merges.size());
    }

    /**
     * Adds a merge of ids, with a rank that is not below those before it.
     *
     * @throws MalformedCheckpointException when there are too many
     */
    public void merge(int left, int right, int merged, int rank)
            throws MalformedCheckpointException {
        if (merges.size() == MergeTable.LIMIT) {
            throw malformed("it has more than %d merges".formatted(MergeTable.LIMIT));
        }
        merges.add(left, right, merged, rank);
    }

    /** Whether an id has a token. */
    public boolean isDefined(int id) {
        return id >= 0 && id < bytesById.length && bytesById[id] != null;
    }

    /** Whether a token was added as an added token. */
    public boolean isAdded(String content) {
        return addedIdByContent.containsKey(content);
    }

    /** Ids by the tokens' keys, as far as they were added. */
    public TokenIndex index() {
        return index;
    }

    /** The vocabulary; the builder must not be used afterwards. */
    public Vocabulary build() {
        var table = new TokenTable(Arrays.copyOf(bytesById, size), special, singleBytes);
        return new Vocabulary(table, index, addedTokens, merges);
    }

    /** The id of a token, or {@link TokenIndex#ABSENT}. */
    public int idOf(String token) {
        Integer other = addedIdByContent.getOrDefault(token, foreignTokens.get(token));
        if (other != null) {
            return other;
        }
        byte[] key = spelling.key(token);
        return key == null ? TokenIndex.ABSENT : index.find(key, 0, key.length);
    }

    private int newId(String token, long id) throws MalformedCheckpointException {
        checkId(token, id);
        int known = idOf(token);
        if (known != TokenIndex.ABSENT) {
            throw malformed(
                    "the token %s has two ids, %d and %d".formatted(shown(token), known, id));
        }
        if (isDefined((int) id)) {
            throw malformed(
                    "the id %d has two tokens, %s and %s"
                            .formatted(id, text((int) id), shown(token)));
        }
        return (int) id;
    }

    private void checkId(String token, long id) throws MalformedCheckpointException {
        if (id < 0 || id >= ID_LIMIT) {
            throw malformed(
                    "the token %s has id %d; ids must be from 0 to %d"
                            .formatted(shown(token), id, ID_LIMIT - 1));
        }
    }

    private void define(int id, byte[] bytes) {
        if (id >= bytesById.length) {
            bytesById = Arrays.copyOf(bytesById, Math.max(id + 1, bytesById.length * 2));
        }
        bytesById[id] = bytes;
        size = Math.max(size, id + 1);
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

    public MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, -1, reason);
    }
}
