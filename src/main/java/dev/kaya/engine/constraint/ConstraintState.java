package dev.kaya.engine.constraint;

/** How far one text under a {@link Constraint} has come. One thread's. */
public final class ConstraintState {

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
     * Tells which tokens may come next: those after which the text can still be finished with the
     * tokens that are left, and where it may end, those that end it. At least one, unless the text
     * is over.
     *
     * @param mask a bit for each id of the vocabulary; overwritten
     */
    public void allow(long[] mask) {
        automaton.allow(state, atStart, left - 1, mask);
        if (automaton.accepts(state)) {
            for (int id : endIds) {
                mask[id >> 6] |= 1L << id;
            }
        }
    }

    /**
     * A token became part of the text.
     *
     * @throws IllegalStateException when it was not one of those allowed
     */
    public void advance(int tokenId) {
        int next = automaton.after(state, tokenId, atStart);
        if (next == Dfa.DEAD) {
            throw new IllegalStateException("token " + tokenId + " breaks the constraint");
        }
        state = next;
        atStart = false;
        left--;
    }

    /** Whether the text is whole, and nothing could ever follow. */
    public boolean isComplete() {
        return automaton.accepts(state) && automaton.next(state, atStart) == TokenAutomaton.NEVER;
    }

    /** Whether the text is whole, and nothing that could follow can be finished any more. */
    public boolean isSpent() {
        return automaton.accepts(state) && automaton.next(state, atStart) > left;
    }
}
