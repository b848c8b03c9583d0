package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.tokenizer.Segment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.UnaryOperator;

/** Where in a text special tokens may stand: ranges of characters, in order. Immutable. */
final class TrustedRanges {

    /** Nothing is trusted. */
    static final TrustedRanges NONE = new TrustedRanges(new int[0]);

    private static final char FIRST_MARK = '\uE000';
    private static final char LAST_MARK = '\uF8FF';

    /** Start and end of each range; where two touch, what stood between them has vanished. */
    private final int[] bounds;

    private TrustedRanges(int[] bounds) {
        this.bounds = bounds;
    }

    /** Those of the segments of a text; what stands in two that touch stands in one range. */
    static TrustedRanges of(List<Segment> segments) {
        var bounds = new int[2 * segments.size()];
        int count = 0;
        int end = 0;
        for (Segment segment : segments) {
            int start = end;
            end += segment.text().length();
            if (!segment.trusted() || start == end) {
                continue;
            }
            if (count > 0 && bounds[count - 1] == start) {
                bounds[count - 1] = end;
            } else {
                bounds[count++] = start;
                bounds[count++] = end;
            }
        }
        return new TrustedRanges(Arrays.copyOf(bounds, count));
    }

    /** Whether nothing is trusted. */
    boolean isEmpty() {
        return bounds.length == 0;
    }

    /** Where the range ends that holds a character; its own index where none does. */
    int endAt(int index) {
        int found = Arrays.binarySearch(bounds, index);
        int next = found < 0 ? -found - 1 : found + 1;
        while (next < bounds.length && bounds[next] == index) {
            next++; // of bounds at the same place the last one holds
        }
        return next % 2 == 1 ? bounds[next] : index;
    }

    /** Those of a part of the text, counted from its beginning. */
    TrustedRanges within(int start, int end) {
        var part = new int[bounds.length];
        int count = 0;
        for (int i = 0; i < bounds.length; i += 2) {
            int from = Math.max(start, bounds[i]);
            int to = Math.min(end, bounds[i + 1]);
            if (from < to) {
                part[count++] = from - start;
                part[count++] = to - start;
            }
        }
        return count == 0 ? NONE : new TrustedRanges(Arrays.copyOf(part, count));
    }

    /**
     * Those of a normalized text. The bounds travel through the normalizer as characters that it
     * leaves alone; where they change what it does, it works across a bound, and nothing is
     * trusted.
     *
     * @param text to which these ranges belong
     * @param normalized what the normalizer makes of it
     */
    TrustedRanges normalized(String text, String normalized, UnaryOperator<String> normalizer) {
        if (bounds.length == 0 || text.equals(normalized)) {
            return this;
        }
        int inner = innerBounds(text.length());
        if (inner == 0) {
            return moved(text.length(), normalized.length(), new int[0]);
        }
        int mark = unused(text, normalized);
        if (mark > LAST_MARK) {
            return NONE;
        }
        String marked = normalizer.apply(marked(text, (char) mark));
        int[] found = positions(marked, (char) mark, inner);
        return found.length == inner && marked.replace("" + (char) mark, "").equals(normalized)
                ? moved(text.length(), normalized.length(), found)
                : NONE;
    }

    /** Bounds that are not those of the whole text. */
    private int innerBounds(int length) {
        int inner = bounds.length;
        inner -= bounds[0] == 0 ? 1 : 0;
        inner -= bounds[bounds.length - 1] == length ? 1 : 0;
        return inner;
    }

    /** The first character for private use in neither text. */
    private static int unused(String text, String normalized) {
        var used = new BitSet(LAST_MARK + 1);
        text.chars().forEach(used::set);
        normalized.chars().forEach(used::set);
        return used.nextClearBit(FIRST_MARK);
    }

    private String marked(String text, char mark) {
        var marked = new StringBuilder(text.length() + bounds.length);
        int from = 0;
        for (int bound : bounds) {
            if (bound > 0 && bound < text.length()) {
                marked.append(text, from, bound).append(mark);
                from = bound;
            }
        }
        return marked.append(text, from, text.length()).toString();
    }

    /** Where the marks stood, had the text none. */
    private static int[] positions(String marked, char mark, int most) {
        var positions = new int[most];
        int count = 0;
        for (int at = marked.indexOf(mark); at >= 0; at = marked.indexOf(mark, at + 1)) {
            if (count == most) {
                return new int[0]; // more than were put there
            }
            positions[count] = at - count;
            count++;
        }
        return Arrays.copyOf(positions, count);
    }

    private TrustedRanges moved(int length, int normalizedLength, int[] inner) {
        var moved = new int[bounds.length];
        int next = 0;
        for (int i = 0; i < bounds.length; i++) {
            moved[i] = bounds[i] == 0 ? 0 : bounds[i] == length ? normalizedLength : inner[next++];
        }
        return new TrustedRanges(moved);
    }
}
