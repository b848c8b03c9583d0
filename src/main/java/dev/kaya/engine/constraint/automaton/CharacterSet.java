package dev.kaya.engine.constraint.automaton;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A set of Unicode scalar values: sorted ranges that neither touch nor hold surrogates, which no
 * UTF-8 has. Immutable.
 */
public final class CharacterSet {

    /** The last code point. */
    public static final int LAST = Character.MAX_CODE_POINT;

    static final CharacterSet NONE = new CharacterSet(new int[0]);
    public static final CharacterSet ALL = range(0, LAST);

    private final int[] bounds; // low, high, low, high …; both within

    private CharacterSet(int[] bounds) {
        this.bounds = bounds;
    }

    /** One character. */
    public static CharacterSet of(int character) {
        return range(character, character);
    }

    /** The characters of a text. */
    public static CharacterSet anyOf(String characters) {
        return union(characters.codePoints().mapToObj(CharacterSet::of).toList());
    }

    /** What is in any of them. */
    public static CharacterSet union(List<CharacterSet> sets) {
        return ofRanges(sets.stream().flatMapToLong(CharacterSet::packed).sorted().toArray());
    }

    /** The ranges, each as one number that sorts by its low end. */
    private LongStream packed() {
        return IntStream.range(0, ranges()).mapToLong(i -> (long) low(i) << 32 | high(i));
    }

    /**
     * @param sorted ranges by their low ends, which may overlap
     */
    private static CharacterSet ofRanges(long[] sorted) {
        int[] merged = new int[2 * sorted.length];
        int size = 0;
        for (long range : sorted) {
            int low = (int) (range >>> 32);
            int high = (int) range;
            if (size > 0 && low <= merged[size - 1] + 1) {
                merged[size - 1] = Math.max(merged[size - 1], high);
            } else {
                merged[size++] = low;
                merged[size++] = high;
            }
        }
        return size == 0 ? NONE : new CharacterSet(Arrays.copyOf(merged, size));
    }

    /** From one character to another, without surrogates. */
    public static CharacterSet range(int low, int high) {
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
    public int ranges() {
        return bounds.length / 2;
    }

    /** First character of a range. */
    public int low(int range) {
        return bounds[2 * range];
    }

    /** Last character of a range. */
    public int high(int range) {
        return bounds[2 * range + 1];
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    public boolean contains(int character) {
        for (int i = 0; i < ranges(); i++) {
            if (character >= low(i) && character <= high(i)) {
                return true;
            }
        }
        return false;
    }

    /** What is in either. */
    public CharacterSet or(CharacterSet other) {
        return union(List.of(this, other));
    }

    /** What is in this, and not in the other. */
    public CharacterSet without(CharacterSet other) {
        int[] rest = new int[2 * (ranges() + other.ranges())];
        int size = 0;
        int j = 0;
        for (int i = 0; i < ranges(); i++) {
            int from = low(i);
            while (j < other.ranges() && other.high(j) < from) {
                j++;
            }
            // a range of the other may reach into several of these, so the last one stays
            for (int k = j; k < other.ranges() && other.low(k) <= high(i); j = k++) {
                if (from < other.low(k)) {
                    rest[size++] = from;
                    rest[size++] = other.low(k) - 1;
                }
                from = other.high(k) + 1;
            }
            if (from <= high(i)) {
                rest[size++] = from;
                rest[size++] = high(i);
            }
        }
        return new CharacterSet(Arrays.copyOf(rest, size));
    }

    /** All other characters. */
    public CharacterSet complement() {
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
