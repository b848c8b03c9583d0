package dev.kaya.engine.constraint;

import java.util.Arrays;

/**
 * Which states tokens lead to, state by state: the edges of an automaton over tokens. Bounded in
 * the steps that it takes; one thread's.
 */
final class TokenWalk {

    private final Dfa dfa;
    private final CompilationBudget budget;
    private final int[] stamps;
    private final int[] begins;
    private int walked;
    private int[] targets = new int[1024];
    private int size;

    /**
     * @param budget of steps and of bytes that edges take
     */
    TokenWalk(Dfa dfa, CompilationBudget budget) throws ConstraintException {
        this.dfa = dfa;
        this.budget = budget;
        budget.hold(8L * dfa.states());
        stamps = new int[dfa.states()];
        begins = new int[dfa.states() + 1];
    }

    /** Adds the next state's edges; {@code state} may be any. */
    void addTargets(TokenTrie trie, int state) throws ConstraintException {
        int[] path = new int[trie.deepest() + 1];
        path[0] = state;
        int stamp = ++walked;
        int node = 0;
        int steps = 0;
        while (node < trie.nodes()) {
            steps++;
            int depth = trie.depth(node);
            int at = dfa.next(path[depth - 1], trie.label(node));
            if (at == Dfa.DEAD) {
                node = trie.behind(node);
                continue;
            }
            path[depth] = at;
            if (trie.firstToken(node) < trie.firstToken(node + 1) && stamps[at] != stamp) {
                stamps[at] = stamp;
                add(at);
            }
            node++;
        }
        begins[walked] = size;
        budget.steps(steps); // of one state: as many as the tree has nodes, at most
    }

    private void add(int target) throws ConstraintException {
        if (size == targets.length) {
            budget.hold(8L * size);
            targets = Arrays.copyOf(targets, size * 2);
            budget.release(4L * size);
        }
        targets[size++] = target;
    }

    /** Where the edges of the i-th state that was added begin. */
    int begin(int i) {
        return begins[i];
    }

    int target(int edge) {
        return targets[edge];
    }

    /** The edges turned round: offsets by target, then the sources. */
    int[][] sourcesByTarget() throws ConstraintException {
        budget.steps(2L * size);
        budget.hold(4L * size + 8L * stamps.length);
        int[] offsets = new int[stamps.length + 1];
        for (int i = 0; i < size; i++) {
            offsets[targets[i] + 1]++;
        }
        for (int state = 0; state < stamps.length; state++) {
            offsets[state + 1] += offsets[state];
        }
        int[] sources = new int[size];
        int[] filled = Arrays.copyOf(offsets, stamps.length);
        for (int state = 0; state < walked; state++) {
            for (int i = begins[state]; i < begins[state + 1]; i++) {
                sources[filled[targets[i]]++] = state;
            }
        }
        return new int[][] {offsets, sources};
    }
}
