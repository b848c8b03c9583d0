package dev.kaya.engine.constraint.token;

import dev.kaya.engine.constraint.RecentlyUsed;
import org.jspecify.annotations.Nullable;

/**
 * The sets of tokens that may follow states, as bits by token id. Holds as many as fit in its
 * bytes; those used longest ago go. Thread-safe.
 */
final class MaskCache {

    private final RecentlyUsed<Long, long[]> masks;

    /**
     * @param mostBytes of all masks
     */
    MaskCache(long mostBytes) {
        masks = new RecentlyUsed<>(Integer.MAX_VALUE, mostBytes, mask -> 8L * mask.length);
    }

    /** The mask of a state of an automaton, if it is here; not to be changed. */
    synchronized long @Nullable [] get(int automaton, int state) {
        return masks.get(key(automaton, state));
    }

    /** Keeps a mask, which must not change any more. */
    synchronized void put(int automaton, int state, long[] mask) {
        masks.put(key(automaton, state), mask);
    }

    synchronized int size() {
        return masks.count();
    }

    private static long key(int automaton, int state) {
        return (long) automaton << 32 | state;
    }
}
