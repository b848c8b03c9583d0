package dev.kaya.engine.tokenizer.model;

import org.jspecify.annotations.Nullable;

/**
 * Words seen before and their token ids: a table of fixed size in which a new word replaces the one
 * in its place. Thread-safe without locks: entries are immutable, and a thread that reads an old
 * one reads the same ids for the same word.
 *
 * <p>Bounded by {@value #CAPACITY} words of at most {@value #LONGEST_WORD} characters: about 2 MB
 * with English words, 9 MB at worst.
 */
final class WordCache {

    static final int CAPACITY = 1 << 14;
    static final int LONGEST_WORD = 32;

    private final @Nullable Entry[] entries = new @Nullable Entry[CAPACITY];

    /** The ids of the word {@code text[start, end)}, not to be changed; null when not known. */
    int @Nullable [] get(String text, int start, int end) {
        if (end - start > LONGEST_WORD) {
            return null;
        }
        Entry entry = entries[slot(text, start, end)];
        boolean same =
                entry != null
                        && entry.word.length() == end - start
                        && text.startsWith(entry.word, start);
        return same ? entry.ids : null;
    }

    /** Remembers a word, unless it is too long. The caller must not change the ids afterwards. */
    void put(String word, int[] ids) {
        if (word.length() <= LONGEST_WORD) {
            entries[slot(word, 0, word.length())] = new Entry(word, ids);
        }
    }

    private static int slot(String text, int start, int end) {
        int hash = 0;
        for (int i = start; i < end; i++) {
            hash = 31 * hash + text.charAt(i);
        }
        return (hash * 0x9E3779B9) >>> (Integer.SIZE - Integer.numberOfTrailingZeros(CAPACITY));
    }

    private static final class Entry {

        final String word;
        final int[] ids;

        Entry(String word, int[] ids) {
            this.word = word;
            this.ids = ids;
        }
    }
}
