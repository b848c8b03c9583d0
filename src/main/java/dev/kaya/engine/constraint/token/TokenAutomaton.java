package dev.kaya.engine.constraint.token;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.automaton.Dfa;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An automaton over bytes with the tokens of a vocabulary laid over it: for every state the tokens
 * that may come next, and the fewest that lead to an end. Immutable and thread-safe.
 */
public final class TokenAutomaton {

    /** No number of tokens leads to an end. */
    public static final int NEVER = Integer.MAX_VALUE;

    private static final AtomicInteger SERIAL = new AtomicInteger();

    private final int serial = SERIAL.incrementAndGet();
    private final Dfa dfa;
    private final ConstraintVocabulary vocabulary;
    private final int[] needed;
    private final int[] next;
    private final int[] highest;
    private final int firstNext;

    /**
     * @param budget of counting tokens
     */
    public TokenAutomaton(Dfa dfa, ConstraintVocabulary vocabulary, CompilationBudget budget)
            throws ConstraintException {
        this.dfa = dfa;
        this.vocabulary = vocabulary;
        budget.hold(bytes(dfa));
        needed = new int[dfa.states()];
        next = new int[dfa.states()];
        highest = new int[dfa.states()];
        long before = budget.bytesHeld();
        var walk = new TokenWalk(dfa, vocabulary, budget);
        for (int state = 0; state < dfa.states(); state++) {
            walk.addTargets(state);
        }
        countTokens(walk, budget);
        firstNext = vocabulary.startDiffers() ? firstNext(budget) : next[Dfa.START];
        budget.releaseTo(before);
    }

    private static long bytes(Dfa dfa) {
        return dfa.bytes() + 3L * Integer.BYTES * dfa.states();
    }

    /** Bytes that it takes, its vocabulary apart. */
    public long bytes() {
        return bytes(dfa);
    }

    /** Steps back from the states that accept, a token at a time. */
    private void countTokens(TokenWalk walk, CompilationBudget budget) throws ConstraintException {
        Arrays.fill(needed, NEVER);
        var queue = new ArrayDeque<Integer>();
        for (int state = 0; state < needed.length; state++) {
            if (dfa.accepts(state)) {
                needed[state] = 0;
                queue.add(state);
            }
        }
        int[][] sources = walk.sourcesByTarget();
        while (!queue.isEmpty()) {
            int target = queue.remove();
            budget.steps(sources[0][target + 1] - sources[0][target]);
            for (int i = sources[0][target]; i < sources[0][target + 1]; i++) {
                int source = sources[1][i];
                if (needed[source] == NEVER) {
                    needed[source] = needed[target] + 1;
                    queue.add(source);
                }
            }
        }
        for (int state = 0; state < needed.length; state++) {
            next[state] = NEVER;
            budget.steps(walk.begin(state + 1) - walk.begin(state));
            for (int i = walk.begin(state); i < walk.begin(state + 1); i++) {
                int after = needed[walk.target(i)];
                if (after != NEVER) {
                    next[state] = Math.min(next[state], after + 1);
                    highest[state] = Math.max(highest[state], after);
                }
            }
        }
    }

    private int firstNext(CompilationBudget budget) throws ConstraintException {
        var walk = new TokenWalk(dfa, vocabulary, budget);
        walk.addTargets(vocabulary.trie(true), Dfa.START);
        int fewest = vocabulary.silentAtStart().length > 0 ? needed[Dfa.START] : NEVER;
        for (int i = 0; i < walk.begin(1); i++) {
            fewest = Math.min(fewest, needed[walk.target(i)]);
        }
        return fewest == NEVER ? NEVER : fewest + 1;
    }

    Dfa dfa() {
        return dfa;
    }

    ConstraintVocabulary vocabulary() {
        return vocabulary;
    }

    /** Whether a text may end in a state. */
    public boolean accepts(int state) {
        return dfa.accepts(state);
    }

    /**
     * The fewest tokens, at least one, that lead from a state to one where a text may end.
     *
     * @param atStart whether the next token begins a text
     */
    public int next(int state, boolean atStart) {
        return atStart ? firstNext : next[state];
    }

    /** Where a token leads, or {@link Dfa#DEAD}. */
    int after(int state, int tokenId, boolean atStart) {
        byte[] bytes = vocabulary.bytes(tokenId, atStart);
        return bytes == null ? Dfa.DEAD : dfa.next(state, bytes);
    }

    /**
     * Sets the bits of the tokens that may come next.
     *
     * @param left how many tokens may come after the next one
     * @param mask of as many bits as the vocabulary; overwritten
     */
    void allow(int state, boolean atStart, int left, long[] mask) {
        if (atStart && vocabulary.startDiffers()) {
            Arrays.fill(mask, 0);
            fill(vocabulary.trie(true), state, left, mask);
            if (needed[state] <= left) {
                for (int id : vocabulary.silentAtStart()) {
                    mask[id >> 6] |= 1L << id;
                }
            }
        } else if (left >= highest[state]) {
            long[] cached = vocabulary.masks().get(serial, state);
            if (cached == null) {
                cached = new long[mask.length];
                fill(vocabulary.trie(false), state, highest[state], cached);
                vocabulary.masks().put(serial, state, cached);
            }
            System.arraycopy(cached, 0, mask, 0, mask.length);
        } else {
            Arrays.fill(mask, 0);
            fill(vocabulary.trie(false), state, left, mask);
        }
    }

    /** Walks the vocabulary along the automaton and leaves out whatever it does not accept. */
    private void fill(TokenTrie trie, int state, int left, long[] mask) {
        int[] path = new int[trie.deepest() + 1];
        path[0] = state;
        int node = 0;
        while (node < trie.nodes()) {
            int depth = trie.depth(node);
            int at = dfa.next(path[depth - 1], trie.label(node));
            if (at == Dfa.DEAD) {
                node = trie.behind(node);
                continue;
            }
            path[depth] = at;
            if (needed[at] <= left) {
                for (int i = trie.firstToken(node); i < trie.firstToken(node + 1); i++) {
                    int id = trie.tokenId(i);
                    mask[id >> 6] |= 1L << id;
                }
            }
            node++;
        }
    }
}
