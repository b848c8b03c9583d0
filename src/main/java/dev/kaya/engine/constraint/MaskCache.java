package dev.kaya.engine.constraint;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sets of tokens that may follow states, as bits by token id. Holds as many as fit in its
 * bytes; those used longest ago go. Thread-safe.
 */
final class MaskCache {

    private final long mostBytes;
    private final Map<Long, long[]> masks = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /**
     * @param mostBytes of all masks
     */
    MaskCache(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** The mask of a state of an automaton, if it is here; not to be changed. */
    synchronized long @Nullable [] get(int automaton, int state) {
        return masks.get(key(automaton, state));
    }

    /** Keeps a mask, which must not change any more. */
    synchronized void put(int automaton, int state, long[] mask) {
        long[] before = masks.put(key(automaton, state), mask);
        bytes += 8L * mask.length - (before == null ? 0 : 8L * before.length);
        Iterator<long[]> oldest = masks.values().iterator();
        while (bytes > mostBytes && masks.size() > 1) {
            bytes -= 8L * oldest.next().length;
            oldest.remove();
        }
    }

    synchronized int size() {
        return masks.size();
    }

    private static long key(int automaton, int state) {
        return (long) automaton << 32 | state;
    }
}
