package dev.kaya.engine.sampling;

import java.util.Arrays;

/**
 * How often each token stands in a text or in the end of it, kept as the text grows: a token more
 * costs the same however long the text is. One thread's.
 */
final class TokenTally {

    private static final int FIRST_ROOM = 64;

    private final int from;
    private final int window;
    private int known;

    // An entry for every token that was ever seen, found by its id.
    private int[] ids = new int[FIRST_ROOM];
    private int[] counts = new int[FIRST_ROOM];
    private int[] places = new int[FIRST_ROOM]; // of the entry among those present
    private int entries;
    private int[] slots = new int[2 * FIRST_ROOM]; // entry + 1; 0 for none

    private int[] present = new int[FIRST_ROOM];
    private int size;

    /**
     * @param from the first position that counts
     * @param window how many of the last tokens count; 0 for all
     */
    TokenTally(int from, int window) {
        this.from = from;
        this.window = window;
        known = from;
    }

    TokenTally copy() {
        var copy = new TokenTally(from, window);
        copy.known = known;
        copy.ids = ids.clone();
        copy.counts = counts.clone();
        copy.places = places.clone();
        copy.entries = entries;
        copy.slots = slots.clone();
        copy.present = present.clone();
        copy.size = size;
        return copy;
    }

    /** Takes what a text has beyond what is known of it. */
    void catchUp(int[] text, int length) {
        while (known < length) {
            add(text[known]);
            if (window > 0 && known - window >= from) {
                remove(text[known - window]);
            }
            known++;
        }
    }

    private void add(int id) {
        int entry = entry(id);
        if (counts[entry]++ == 0) {
            places[entry] = size;
            present[size++] = entry;
        }
    }

    private void remove(int id) {
        int entry = entry(id);
        if (--counts[entry] == 0) {
            int last = present[--size];
            present[places[entry]] = last;
            places[last] = places[entry];
        }
    }

    private int entry(int id) {
        int slot = slot(slots, ids, id);
        if (slots[slot] != 0) {
            return slots[slot] - 1;
        }
        if (entries == ids.length) {
            grow();
            slot = slot(slots, ids, id);
        }
        ids[entries] = id;
        slots[slot] = ++entries;
        return entries - 1;
    }

    private static int slot(int[] slots, int[] ids, int id) {
        int mask = slots.length - 1;
        int slot = ((id * 0x9E3779B9) >>> 16) & mask;
        while (slots[slot] != 0 && ids[slots[slot] - 1] != id) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        int room = 2 * ids.length;
        ids = Arrays.copyOf(ids, room);
        counts = Arrays.copyOf(counts, room);
        places = Arrays.copyOf(places, room);
        present = Arrays.copyOf(present, room);
        int[] larger = new int[2 * room];
        for (int entry = 0; entry < entries; entry++) {
            larger[slot(larger, ids, ids[entry])] = entry + 1;
        }
        slots = larger;
    }

    /** How many of the last tokens count; 0 for all. */
    int window() {
        return window;
    }

    /** How many different tokens there are. */
    int size() {
        return size;
    }

    /** The i-th of them, in no order. */
    int tokenId(int i) {
        return ids[present[i]];
    }

    /** How often it is there. */
    int count(int i) {
        return counts[present[i]];
    }
}
