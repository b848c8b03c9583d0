package dev.kaya.engine.tokenizer;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a byte-level BPE knows: tokens, added tokens and merges. Made by {@link
 * BpeVocabularyBuilder}; immutable and thread-safe.
 */
public final class BpeVocabulary {

    private static final byte[] NO_BYTES = {};

    private final byte[] @Nullable [] bytesById;
    private final BitSet special;
    private final List<AddedToken> addedTokens;
    private final TokenIndex index;
    private final MergeTable merges;
    private final int[] tokenByByte;

    BpeVocabulary(
            byte[] @Nullable [] bytesById,
            List<AddedToken> addedTokens,
            TokenIndex index,
            MergeTable merges) {
        this.bytesById = bytesById;
        this.addedTokens = List.copyOf(addedTokens);
        this.index = index;
        this.merges = merges;
        special = new BitSet(bytesById.length);
        for (AddedToken token : this.addedTokens) {
            special.set(token.id(), token.special());
        }
        tokenByByte = new int[256];
        for (int value = 0; value < tokenByByte.length; value++) {
            tokenByByte[value] = index.find(new byte[] {(byte) value}, 0, 1);
        }
    }

    /** One more than the largest id. */
    public int size() {
        return bytesById.length;
    }

    /** The number of merges. */
    public int mergeCount() {
        return merges.size();
    }

    /** Whether each of the 256 bytes has a token, so that every text can be encoded. */
    public boolean coversAllBytes() {
        for (int token : tokenByByte) {
            if (token == TokenIndex.ABSENT) {
                return false;
            }
        }
        return true;
    }

    List<AddedToken> addedTokens() {
        return addedTokens;
    }

    byte[] bytes(int id) {
        byte[] bytes = id >= 0 && id < bytesById.length ? bytesById[id] : null;
        return bytes == null ? NO_BYTES : bytes;
    }

    boolean isDefined(int id) {
        return id >= 0 && id < bytesById.length && bytesById[id] != null;
    }

    boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }

    /** The token of a single byte, or {@link TokenIndex#ABSENT}. */
    int tokenOfByte(byte value) {
        return tokenByByte[value & 0xFF];
    }

    /** The ordinary token with exactly these bytes, or {@link TokenIndex#ABSENT}. */
    int tokenOf(byte[] bytes) {
        int id = index.find(bytes, 0, bytes.length);
        return id != TokenIndex.ABSENT && special.get(id) ? TokenIndex.ABSENT : id;
    }

    MergeTable merges() {
        return merges;
    }
}
