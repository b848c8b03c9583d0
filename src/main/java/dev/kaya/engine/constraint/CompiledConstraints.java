package dev.kaya.engine.constraint;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What became of patterns and schemas: automata, and refusals, which would be the same again. Each
 * kind is bounded in number and in bytes; those used longest ago go. Not thread-safe.
 */
final class CompiledConstraints {

    private static final int REFUSAL_BYTES = 512; // of a refusal without its message, and its key

    private final Kept<TokenAutomaton> automata;
    private final Kept<ConstraintException> refusals =
            new Kept<>(Limits.REFUSALS, Limits.REFUSALS_BYTES, CompiledConstraints::bytes);

    /**
     * @param bytes of all automata that are kept; the latest is, whatever its size
     */
    CompiledConstraints(long bytes) {
        automata = new Kept<>(Limits.COMPILED, bytes, TokenAutomaton::bytes);
    }

    /**
     * What was asked for, by a digest of it.
     *
     * @param kind that keeps a pattern and a schema of the same letters apart
     */
    record ConstraintKey(String kind, String digest) {}

    private static long bytes(ConstraintException refusal) {
        String message = String.valueOf(refusal.getMessage());
        return REFUSAL_BYTES + 2L * (message.length() + refusal.place().length());
    }

    /**
     * The automaton, if it is here.
     *
     * @throws ConstraintException the refusal, if that is here
     */
    @Nullable TokenAutomaton get(ConstraintKey key) throws ConstraintException {
        ConstraintException refusal = refusals.get(key);
        if (refusal != null) {
            throw refusal;
        }
        return automata.get(key);
    }

    void keep(ConstraintKey key, TokenAutomaton automaton) {
        automata.put(key, automaton);
    }

    void keep(ConstraintKey key, ConstraintException refusal) {
        refusals.put(key, refusal);
    }

    /** How many automata are kept. */
    int automata() {
        return automata.entries.size();
    }

    /** How many refusals are kept. */
    int refusals() {
        return refusals.entries.size();
    }

    /** Values by key; the latest is kept whatever its size. */
    private static final class Kept<V> {
        private final int mostEntries;
        private final long mostBytes;
        private final ToLongFunction<V> size;
        private final Map<ConstraintKey, V> entries = new LinkedHashMap<>(16, 0.75f, true);
        private long bytes;

        Kept(int mostEntries, long mostBytes, ToLongFunction<V> size) {
            this.mostEntries = mostEntries;
            this.mostBytes = mostBytes;
            this.size = size;
        }

        @Nullable V get(ConstraintKey key) {
            return entries.get(key);
        }

        void put(ConstraintKey key, V value) {
            V before = entries.put(key, value);
            bytes += size.applyAsLong(value) - (before == null ? 0 : size.applyAsLong(before));
            Iterator<V> oldest = entries.values().iterator();
            while (entries.size() > 1 && (entries.size() > mostEntries || bytes > mostBytes)) {
                bytes -= size.applyAsLong(oldest.next());
                oldest.remove();
            }
        }
    }
}
