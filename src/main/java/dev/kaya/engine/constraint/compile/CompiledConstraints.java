package dev.kaya.engine.constraint.compile;

import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.RecentlyUsed;
import dev.kaya.engine.constraint.token.TokenAutomaton;
import org.jspecify.annotations.Nullable;

/**
 * What became of patterns and schemas: automata, and refusals, which would be the same again. Each
 * kind is bounded in number and in bytes; those used longest ago go. Not thread-safe.
 */
final class CompiledConstraints {

    private static final int REFUSAL_BYTES = 512; // of a refusal without its message, and its key

    private final RecentlyUsed<ConstraintKey, TokenAutomaton> automata;
    private final RecentlyUsed<ConstraintKey, ConstraintException> refusals =
            new RecentlyUsed<>(Limits.REFUSALS, Limits.REFUSALS_BYTES, CompiledConstraints::bytes);

    /**
     * @param bytes of all automata that are kept; the latest is, whatever its size
     */
    CompiledConstraints(long bytes) {
        automata = new RecentlyUsed<>(Limits.COMPILED, bytes, TokenAutomaton::bytes);
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
        return automata.count();
    }

    /** How many refusals are kept. */
    int refusals() {
        return refusals.count();
    }
}
