package dev.kaya.engine.constraint.token;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.automaton.Dfa;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which states tokens lead to, state by state: the edges of an automaton over tokens. One thread's.
 *
 * <p>Few states are walked along the vocabulary as it is. Where there are many, tokens are brought
 * together by classes of bytes first ({@link ClassTrie}), which takes about as long as a few dozen
 * walks and makes each of the others many times shorter.
 */
final class TokenWalk {

    /** So many walks along all tokens are cheaper than bringing tokens together. */
    private static final int PLAIN_WALKS = 20;

    private final Dfa dfa;
    private final ConstraintVocabulary vocabulary;
    private final CompilationBudget budget;
    private final long plainly;
    private final int[] stamps;
    private final int[] begins;
    private @Nullable ClassTrie classed;
    private int[] mostly = new int[0];
    private long[] alike = new long[0];
    private int walked;
    private int[] targets = new int[1024];
    private int size;
    private long plainSteps;

    /**
     * @param budget of steps and of bytes that edges take
     */
    TokenWalk(Dfa dfa, ConstraintVocabulary vocabulary, CompilationBudget budget)
            throws ConstraintException {
        this(dfa, vocabulary, budget, PLAIN_WALKS);
    }

    /**
     * The same for tests.
     *
     * @param plainWalks after which tokens are brought together
     */
    TokenWalk(Dfa dfa, ConstraintVocabulary vocabulary, CompilationBudget budget, int plainWalks)
            throws ConstraintException {
        this.dfa = dfa;
        this.vocabulary = vocabulary;
        this.budget = budget;
        plainly = (long) plainWalks * vocabulary.trie(false).nodes();
        budget.hold(8L * dfa.states());
        stamps = new int[dfa.states()];
        begins = new int[dfa.states() + 1];
    }

    /** Adds the next state's edges, over the tokens within texts; {@code state} may be any. */
    void addTargets(int state) throws ConstraintException {
        TokenTrie trie = vocabulary.trie(false);
        if (classed == null && plainSteps >= plainly) {
            classed = ClassTrie.of(dfa, vocabulary, budget);
            findWhatIsAlike();
        }
        if (classed == null) {
            addTargets(trie, state);
        } else {
            walked++;
            addClassed(classed, state);
            begins[walked] = size;
        }
    }

    /** Adds the next state's edges over some tokens. */
    void addTargets(TokenTrie trie, int state) throws ConstraintException {
        int[] path = new int[trie.deepest() + 1];
        path[0] = state;
        walked++;
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
            if (trie.firstToken(node) < trie.firstToken(node + 1)) {
                add(at);
            }
            node++;
        }
        begins[walked] = size;
        plainSteps += steps;
        budget.steps(steps); // of one state: as many as the tree has nodes, at most
    }

    /** For each state, where most bytes lead, and the classes of those. */
    private void findWhatIsAlike() throws ConstraintException {
        int classes = dfa.classes();
        budget.hold(12L * dfa.states());
        mostly = new int[dfa.states()];
        alike = new long[dfa.states()];
        int[] bytes = new int[classes];
        for (int c : dfa.classOf()) {
            bytes[c]++;
        }
        for (int state = 0; state < mostly.length; state++) {
            budget.steps(3L * classes);
            int row = state * classes;
            mostly[state] = majority(row, bytes);
            for (int c = 0; c < classes; c++) {
                alike[state] |= ClassTrie.bit(c);
            }
            for (int c = 0; c < classes; c++) {
                if (dfa.table()[row + c] != mostly[state]) {
                    alike[state] &= ~ClassTrie.bit(c); // also for others of the same bit
                }
            }
        }
    }

    /**
     * The state to which more than half of the bytes lead, of those that lead anywhere, if there is
     * one (Boyer and Moore's vote).
     *
     * @param bytes of each class
     */
    private int majority(int row, int[] bytes) {
        int candidate = Dfa.DEAD;
        int lead = 0;
        for (int c = 0; c < bytes.length; c++) {
            int target = dfa.table()[row + c];
            if (target == Dfa.DEAD) {
                continue;
            }
            lead += target == candidate ? bytes[c] : -bytes[c];
            if (lead < 0) {
                candidate = target;
                lead = -lead;
            }
        }
        return candidate;
    }

    private void addClassed(ClassTrie classed, int state) throws ConstraintException {
        TokenTrie trie = classed.trie();
        int[] path = new int[trie.deepest() + 1];
        path[0] = state;
        int node = 0;
        int steps = 0;
        while (node < trie.nodes()) {
            steps++;
            int depth = trie.depth(node);
            int at = dfa.table()[path[depth - 1] * dfa.classes() + trie.label(node)];
            if (at == Dfa.DEAD) {
                node = trie.behind(node);
                continue;
            }
            path[depth] = at;
            if ((classed.ends(node) & 1) != 0) {
                add(at);
            }
            int levels = alikeBelow(classed, node, at);
            steps += levels;
            node = levels > 0 ? trie.behind(node) : node + 1;
        }
        budget.steps(steps);
    }

    /**
     * Adds the targets below a node, if all classes there lead one way.
     *
     * @return how many levels below it were done with; 0 when they have to be walked
     */
    private int alikeBelow(ClassTrie classed, int node, int state) throws ConstraintException {
        long ends = classed.ends(node);
        long below = classed.below(node);
        int levels = Long.SIZE - 1 - Long.numberOfLeadingZeros(ends);
        if (levels == 0 || ends < 0 || (below & ~alike[state]) != 0) {
            return 0;
        }
        int at = state;
        for (int level = 1; level <= levels; level++) {
            if ((below & ~alike[at]) != 0) {
                return 0;
            }
            at = mostly[at];
            if (at == Dfa.DEAD) {
                return 0;
            }
        }
        at = state;
        for (int level = 1; level <= levels; level++) {
            at = mostly[at];
            if ((ends >>> level & 1) != 0) {
                add(at);
            }
        }
        return levels;
    }

    private void add(int target) throws ConstraintException {
        if (stamps[target] == walked) {
            return;
        }
        stamps[target] = walked;
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
