package dev.kaya.engine.constraint.token;

import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.sampling.TokenConstraint;

/** How far one text under a {@link Constraint} has come. One thread's. */
final class ConstraintState implements TokenConstraint.State {

    private final TokenAutomaton automaton;
    private final int[] endIds;
    private boolean atStart;
    private int state = Dfa.START;
    private int left;

    ConstraintState(Constraint constraint) {
        automaton = constraint.automaton();
        endIds = constraint.endIds();
        atStart = constraint.atStart();
        left = constraint.mostTokens();
    }

    /**
     * Those after which the text can still be finished with the tokens that are left, and where it
     * may end, those that end it.
     */
    @Override
    public void allow(long[] mask) {
        automaton.allow(state, atStart, left - 1, mask);
        if (automaton.accepts(state)) {
            for (int id : endIds) {
                mask[id >> 6] |= 1L << id;
            }
        }
    }

    @Override
    public void advance(int tokenId) {
        int next = automaton.after(state, tokenId, atStart);
        if (next == Dfa.DEAD) {
            throw new IllegalStateException("token " + tokenId + " breaks the constraint");
        }
        state = next;
        atStart = false;
        left--;
    }

    @Override
    public boolean isComplete() {
        return automaton.accepts(state) && automaton.next(state, atStart) == TokenAutomaton.NEVER;
    }

    @Override
    public boolean isSpent() {
        return automaton.accepts(state) && automaton.next(state, atStart) > left;
    }
}
