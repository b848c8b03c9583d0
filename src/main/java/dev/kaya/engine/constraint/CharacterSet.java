package dev.kaya.engine.constraint;

import java.util.Arrays;

/**
 * A set of Unicode scalar values: sorted ranges that neither touch nor hold surrogates, which no
 * UTF-8 has. Immutable.
 */
final class CharacterSet {

    /** The last code point. */
    static final int LAST = Character.MAX_CODE_POINT;

    static final CharacterSet NONE = new CharacterSet(new int[0]);
    static final CharacterSet ALL = range(0, LAST);

    private final int[] bounds; // low, high, low, high …; both within

    private CharacterSet(int[] bounds) {
        this.bounds = bounds;
    }

    /** One character. */
    static CharacterSet of(int character) {
        return range(character, character);
    }

    /** The characters of a text. */
    static CharacterSet anyOf(String characters) {
        CharacterSet set = NONE;
        for (int c : characters.codePoints().toArray()) {
            set = set.or(of(c));
        }
        return set;
    }

    /** From one character to another, without surrogates. */
    static CharacterSet range(int low, int high) {
        boolean cut = low <= Character.MAX_SURROGATE && high >= Character.MIN_SURROGATE;
        if (!cut) {
            return low > high ? NONE : new CharacterSet(new int[] {low, high});
        }
        CharacterSet below =
                low < Character.MIN_SURROGATE
                        ? new CharacterSet(new int[] {low, Character.MIN_SURROGATE - 1})
                        : NONE;
        CharacterSet above =
                high > Character.MAX_SURROGATE
                        ? new CharacterSet(new int[] {Character.MAX_SURROGATE + 1, high})
                        : NONE;
        return below.or(above);
    }

    /** How many ranges there are. */
    int ranges() {
        return bounds.length / 2;
    }

    /** First character of a range. */
    int low(int range) {
        return bounds[2 * range];
    }

    /** Last character of a range. */
    int high(int range) {
        return bounds[2 * range + 1];
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    boolean contains(int character) {
        for (int i = 0; i < ranges(); i++) {
            if (character >= low(i) && character <= high(i)) {
                return true;
            }
        }
        return false;
    }

    /** What is in either. */
    CharacterSet or(CharacterSet other) {
        int[][] all = new int[ranges() + other.ranges()][];
        for (int i = 0; i < all.length; i++) {
            CharacterSet from = i < ranges() ? this : other;
            int range = i < ranges() ? i : i - ranges();
            all[i] = new int[] {from.low(range), from.high(range)};
        }
        Arrays.sort(all, (a, b) -> Integer.compare(a[0], b[0]));
        int[] merged = new int[2 * all.length];
        int size = 0;
        for (int[] range : all) {
            if (size > 0 && range[0] <= merged[size - 1] + 1) {
                merged[size - 1] = Math.max(merged[size - 1], range[1]);
            } else {
                merged[size++] = range[0];
                merged[size++] = range[1];
            }
        }
        return new CharacterSet(Arrays.copyOf(merged, size));
    }

    /** What is in this, and not in the other. */
    CharacterSet without(CharacterSet other) {
        CharacterSet rest = NONE;
        for (int i = 0; i < ranges(); i++) {
            int from = low(i);
            for (int j = 0; j < other.ranges() && from <= high(i); j++) {
                if (other.high(j) >= from && other.low(j) <= high(i)) {
                    rest = rest.or(range(from, other.low(j) - 1));
                    from = other.high(j) + 1;
                }
            }
            rest = rest.or(range(from, high(i)));
        }
        return rest;
    }

    /** All other characters. */
    CharacterSet complement() {
        return ALL.without(this);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CharacterSet set && Arrays.equals(bounds, set.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        return Arrays.toString(bounds);
    }
}
