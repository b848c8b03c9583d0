package dev.kaya.engine.tokenizer.spelling;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** What each token id stands for. Immutable and thread-safe. */
public final class TokenTable {

    private static final byte[] NO_BYTES = {};

    private final byte[] @Nullable [] bytesById;
    private final BitSet special;
    private final BitSet singleBytes;

    /**
     * @param bytesById null for an id without a token; not copied
     * @param special control tokens
     * @param singleBytes tokens that are a byte of byte fallback
     */
    public TokenTable(byte[] @Nullable [] bytesById, BitSet special, BitSet singleBytes) {
        this.bytesById = bytesById;
        this.special = (BitSet) special.clone();
        this.singleBytes = (BitSet) singleBytes.clone();
    }

    /** One more than the largest id. */
    public int size() {
        return bytesById.length;
    }

    public byte[] bytes(int id) {
        byte[] bytes = id >= 0 && id < bytesById.length ? bytesById[id] : null;
        return bytes == null ? NO_BYTES : bytes;
    }

    public boolean isDefined(int id) {
        return id >= 0 && id < bytesById.length && bytesById[id] != null;
    }

    public boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }

    boolean isByte(int id) {
        return id >= 0 && singleBytes.get(id);
    }
}
