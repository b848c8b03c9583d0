package dev.kaya.engine.tokenizer.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Token ids by their bytes: open addressing over the bytes themselves, so that a slice of a buffer
 * can be looked up without making an object. Filled by {@link VocabularyBuilder}, then only read.
 */
public final class TokenIndex {

    /** What {@link #find} returns for bytes that are no token. */
    public static final int ABSENT = -1;

    private byte[] @Nullable [] bytesById = new byte[1024] @Nullable [];

    /** Ids plus one; 0 is free. */
    private int[] slots = new int[4096];

    private int size;

    /** The id of the token {@code buffer[start, end)}, or {@link #ABSENT}. */
    public int find(byte[] buffer, int start, int end) {
        return slots[slot(buffer, start, end)] - 1;
    }

    /** The id of the token whose bytes are the text's UTF-8, or {@link #ABSENT}. */
    public int find(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return find(bytes, 0, bytes.length);
    }

    /** Adds a token whose bytes and id are both new. */
    void add(byte[] bytes, int id) {
        if (id >= bytesById.length) {
            bytesById = Arrays.copyOf(bytesById, Math.max(id + 1, bytesById.length * 2));
        }
        bytesById[id] = bytes;
        if (++size > slots.length / 2) {
            grow();
        } else {
            slots[slot(bytes, 0, bytes.length)] = id + 1;
        }
    }

    /** The bytes of a token that was added. */
    public byte[] key(int id) {
        return Objects.requireNonNull(bytesById[id], "a token");
    }

    /** Receives tokens. */
    @FunctionalInterface
    public interface Visitor {
        void visit(byte[] bytes, int id);
    }

    /** Visits every token, in the order of their ids. */
    public void forEach(Visitor visitor) {
        for (int id = 0; id < bytesById.length; id++) {
            byte[] bytes = bytesById[id];
            if (bytes != null) {
                visitor.visit(bytes, id);
            }
        }
    }

    private void grow() {
        slots = new int[slots.length * 2];
        forEach((bytes, id) -> slots[slot(bytes, 0, bytes.length)] = id + 1);
    }

    private int slot(byte[] buffer, int start, int end) {
        int hash = 0;
        for (int i = start; i < end; i++) {
            hash = 31 * hash + buffer[i];
        }
        int mask = slots.length - 1;
        int slot = ((hash * 0x9E3779B9) >>> 8) & mask;
        while (slots[slot] != 0 && !isAt(slots[slot] - 1, buffer, start, end)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private boolean isAt(int id, byte[] buffer, int start, int end) {
        byte[] bytes = bytesById[id];
        return bytes != null && Arrays.equals(bytes, 0, bytes.length, buffer, start, end);
    }
}
