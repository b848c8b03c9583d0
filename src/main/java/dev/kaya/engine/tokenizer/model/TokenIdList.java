package dev.kaya.engine.tokenizer.model;

import java.util.Arrays;

/** Token ids in the making: an {@code int[]} that grows. Not thread-safe. */
public final class TokenIdList {

    private int[] ids = new int[64];
    private int size;

    public void add(int id) {
        reserve(1);
        ids[size++] = id;
    }

    /** Appends the first {@code count} elements of {@code source}. */
    void addAll(int[] source, int count) {
        reserve(count);
        System.arraycopy(source, 0, ids, size, count);
        size += count;
    }

    public int[] toArray() {
        return Arrays.copyOf(ids, size);
    }

    private void reserve(int count) {
        int needed = Math.addExact(size, count);
        if (needed > ids.length) {
            ids = Arrays.copyOf(ids, Math.max(needed, ids.length + (ids.length >> 1)));
        }
    }
}
