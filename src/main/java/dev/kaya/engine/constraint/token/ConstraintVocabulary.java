package dev.kaya.engine.constraint.token;

import dev.kaya.engine.constraint.ConstraintMemory;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.token.TokenTrie.Token;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a model as a constraint sees them: the bytes that each adds to a text, as the
 * tokenizer's decoder gives them, also where a token that begins a text loses a space. Special
 * tokens, those that end a text and those without text are not among them. Thread-safe.
 */
public final class ConstraintVocabulary {

    private static final int LONGEST_TOKEN = Short.MAX_VALUE;

    private final int size;
    private final int[] endIds;
    private final byte[] @Nullable [] bytes;
    private final byte[] @Nullable [] firstBytes;
    private final TokenTrie trie;
    private final TokenTrie firstTrie;
    private final int[] silentAtStart;
    private final boolean[] writable = new boolean[Dfa.BYTES];
    private final MaskCache masks;

    /**
     * @param tokenizer whose tokens they are
     * @param sampleable for every id of the model's vocabulary, whether it can be sampled
     * @param endIds tokens that end a text
     */
    public ConstraintVocabulary(Tokenizer tokenizer, boolean[] sampleable, int[] endIds) {
        this(tokenizer, sampleable, endIds, ConstraintMemory.FULL.masks());
    }

    /** The same with so many bytes for masks. */
    public ConstraintVocabulary(
            Tokenizer tokenizer, boolean[] sampleable, int[] endIds, long maskBytes) {
        masks = new MaskCache(maskBytes);
        size = sampleable.length;
        this.endIds = Arrays.stream(endIds).filter(id -> sampleable[id]).toArray();
        bytes = new byte[size][];
        firstBytes = new byte[size][];
        for (int id = 0; id < size; id++) {
            if (sampleable[id] && isText(tokenizer, id, endIds)) {
                byte[] within = tokenizer.bytes(id);
                bytes[id] = within;
                firstBytes[id] = atStart(tokenizer, id, within);
                for (byte value : within) {
                    writable[value & 0xFF] = true;
                }
            }
        }
        trie = trie(bytes);
        boolean same = Arrays.equals(bytes, firstBytes);
        firstTrie = same ? trie : trie(firstBytes);
        silentAtStart = same ? new int[0] : silent();
    }

    private static boolean isText(Tokenizer tokenizer, int id, int[] endIds) {
        for (int end : endIds) {
            if (id == end) {
                return false;
            }
        }
        int length = tokenizer.bytes(id).length;
        return tokenizer.isDefined(id)
                && !tokenizer.isSpecial(id)
                && length > 0
                && length <= LONGEST_TOKEN;
    }

    /** What a token adds when it is the first of a text; part of a character stays what it is. */
    private static byte[] atStart(Tokenizer tokenizer, int id, byte[] within) {
        String text = new String(within, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), within)) {
            return within;
        }
        TokenDecoder decoder = tokenizer.decoder(true);
        String decoded = decoder.feed(id) + decoder.finish();
        return decoded.equals(text) ? within : decoded.getBytes(StandardCharsets.UTF_8);
    }

    private static TokenTrie trie(byte[] @Nullable [] bytes) {
        List<Token> tokens = new ArrayList<>();
        for (int id = 0; id < bytes.length; id++) {
            byte[] each = bytes[id];
            if (each != null && each.length > 0) {
                tokens.add(new Token(id, each));
            }
        }
        return TokenTrie.of(tokens);
    }

    private int[] silent() {
        List<Integer> ids = new ArrayList<>();
        for (int id = 0; id < size; id++) {
            byte[] each = firstBytes[id];
            if (each != null && each.length == 0) {
                ids.add(id);
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Ids of the model, those without text included. */
    public int size() {
        return size;
    }

    /** Tokens that end a text. */
    int[] endIds() {
        return endIds;
    }

    /** The tokens within a text, or those that begin one. */
    TokenTrie trie(boolean atStart) {
        return atStart ? firstTrie : trie;
    }

    /** Whether tokens are others at the start of a text. */
    boolean startDiffers() {
        return firstTrie != trie;
    }

    /** Tokens that add nothing when they begin a text. */
    int[] silentAtStart() {
        return silentAtStart;
    }

    /**
     * The bytes that a token adds to a text.
     *
     * @return null for one that no constrained text has
     */
    byte @Nullable [] bytes(int tokenId, boolean atStart) {
        return atStart ? firstBytes[tokenId] : bytes[tokenId];
    }

    /** The bytes that a token within texts adds to one. */
    byte[] within(int tokenId) {
        return Objects.requireNonNull(bytes[tokenId]);
    }

    /** For every byte, whether some token has it. */
    public boolean[] writable() {
        return writable;
    }

    /** The masks of all constraints over this vocabulary. */
    MaskCache masks() {
        return masks;
    }
}
