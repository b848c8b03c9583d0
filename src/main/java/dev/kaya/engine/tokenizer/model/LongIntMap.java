package dev.kaya.engine.tokenizer.model;

import java.util.Arrays;

/**
 * A map from non-negative longs to non-negative ints: open addressing, linear probing, at most half
 * full. It only grows. Once filled and safely published it may be read by any number of threads.
 */
public final class LongIntMap {

    /** What {@link #get} returns for a key that is not there. */
    public static final int ABSENT = -1;

    private static final long FREE = -1;

    private long[] keys;
    private int[] values;
    private int size;

    public LongIntMap(int expectedSize) {
        int capacity = Integer.highestOneBit(Math.max(8, expectedSize)) << 2;
        keys = new long[capacity];
        values = new int[capacity];
        Arrays.fill(keys, FREE);
    }

    /** The value of a key, or {@link #ABSENT}. */
    public int get(long key) {
        int slot = slot(keys, key);
        return keys[slot] == key ? values[slot] : ABSENT;
    }

    /** Sets the value of a key, replacing what was there. */
    public void put(long key, int value) {
        assert key >= 0 && value >= 0;
        int slot = slot(keys, key);
        if (keys[slot] == FREE) {
            keys[slot] = key;
            size++;
        }
        values[slot] = value;
        if (size > keys.length / 2) {
            grow();
        }
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new int[oldKeys.length * 2];
        Arrays.fill(keys, FREE);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != FREE) {
                int slot = slot(keys, oldKeys[i]);
                keys[slot] = oldKeys[i];
                values[slot] = oldValues[i];
            }
        }
    }

    /** Where the key is, or the free slot where it belongs. */
    private static int slot(long[] keys, long key) {
        int mask = keys.length - 1;
        long mixed = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        while (keys[slot] != key && keys[slot] != FREE) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
