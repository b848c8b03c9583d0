package dev.kaya.engine.constraint.automaton;

import dev.kaya.engine.constraint.ConstraintException;

/**
 * Sets of characters as sequences of ranges of bytes. A range of characters is cut where the length
 * of its encoding changes, and where its bytes do not run from the first to the last independently
 * of each other (Russ Cox, "Regular Expression Matching in the Wild").
 */
final class Utf8Ranges {

    private static final int[] LAST_BY_LENGTH = {0x7F, 0x7FF, 0xFFFF, CharacterSet.LAST};

    private Utf8Ranges() {}

    /** Adds ways from one state to another over the bytes of any character of the set. */
    static void add(Nfa nfa, CharacterSet set, int from, int to) throws ConstraintException {
        for (int i = 0; i < set.ranges(); i++) {
            int low = set.low(i);
            for (int length = 1; length <= LAST_BY_LENGTH.length; length++) {
                int last = Math.min(set.high(i), LAST_BY_LENGTH[length - 1]);
                if (low <= last) {
                    addRange(nfa, new int[] {low, last, length}, from, to);
                    low = last + 1;
                }
            }
        }
    }

    /**
     * @param range its first character, its last, and the bytes that each of them has
     */
    private static void addRange(Nfa nfa, int[] range, int from, int to)
            throws ConstraintException {
        int low = range[0];
        int high = range[1];
        int length = range[2];
        for (int i = 1; i < length; i++) {
            int mask = (1 << (6 * i)) - 1;
            if ((low & ~mask) != (high & ~mask)) {
                if ((low & mask) != 0) {
                    addRange(nfa, new int[] {low, low | mask, length}, from, to);
                    addRange(nfa, new int[] {(low | mask) + 1, high, length}, from, to);
                    return;
                }
                if ((high & mask) != mask) {
                    addRange(nfa, new int[] {low, (high & ~mask) - 1, length}, from, to);
                    addRange(nfa, new int[] {high & ~mask, high, length}, from, to);
                    return;
                }
            }
        }
        int at = from;
        for (int i = 0; i < length; i++) {
            int next = i == length - 1 ? to : nfa.state();
            nfa.edge(at, byteAt(low, length, i), byteAt(high, length, i), next);
            at = next;
        }
    }

    /** A byte of a character's encoding. */
    static int byteAt(int character, int length, int index) {
        int bits = character >>> (6 * (length - 1 - index));
        if (length == 1) {
            return bits;
        }
        return index == 0 ? (0xF00 >>> length & 0xFF) | bits : 0x80 | (bits & 0x3F);
    }
}
