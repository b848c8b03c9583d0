package dev.kaya.engine.constraint.token;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.automaton.Dfa;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tokens of a vocabulary as one automaton tells them apart: bytes of the same class are the
 * same here, so that most of a large vocabulary falls together. Knows of every node what is below
 * it, so that a walk need not go there where all of that leads the same way: within a string,
 * whatever the letters, only their number counts. Immutable.
 */
final class ClassTrie {

    /** Deepest part of the tree whose depths fit in the bits of a number. */
    private static final int MOST_LEVELS = Long.SIZE - 2;

    /** What a node takes, its tree's arrays and its token's included. */
    private static final int NODE_BYTES = 1 + 2 + 4 + 4 + 8 + 8;

    private static final int TOKEN_BYTES = 24 + 24; // an array of few bytes and what holds it

    private final TokenTrie trie;
    private final long[] below;
    private final long[] ends;

    private ClassTrie(TokenTrie trie) {
        this.trie = trie;
        below = new long[trie.nodes()];
        ends = new long[trie.nodes()];
        for (int node = trie.nodes() - 1; node >= 0; node--) {
            describe(node);
        }
    }

    /**
     * The tree for an automaton.
     *
     * @param budget that it is held in from now on
     */
    static ClassTrie of(Dfa dfa, ConstraintVocabulary vocabulary, CompilationBudget budget)
            throws ConstraintException {
        long before = budget.bytesHeld();
        TokenTrie plain = vocabulary.trie(false);
        budget.hold((long) TOKEN_BYTES * plain.tokens() + plain.nodes());
        budget.steps(20L * plain.tokens()); // to sort them
        byte[][] classed = new byte[plain.tokens()][];
        for (int i = 0; i < classed.length; i++) {
            classed[i] = classed(dfa, vocabulary.within(plain.tokenId(i)));
        }
        Arrays.sort(classed, Arrays::compareUnsigned);
        List<TokenTrie.Token> different = new ArrayList<>();
        for (int i = 0; i < classed.length; i++) {
            if (i == 0 || !Arrays.equals(classed[i - 1], classed[i])) {
                different.add(new TokenTrie.Token(0, classed[i]));
            }
        }
        long bytes = (long) NODE_BYTES * TokenTrie.nodes(different);
        budget.hold(bytes);
        budget.steps(TokenTrie.nodes(different));
        var trie = new ClassTrie(TokenTrie.ofSorted(different));
        budget.releaseTo(before);
        budget.hold(bytes);
        return trie;
    }

    private static byte[] classed(Dfa dfa, byte[] bytes) {
        byte[] classed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            classed[i] = (byte) dfa.classOf()[bytes[i] & 0xFF];
        }
        return classed;
    }

    /** From what its children, which stand behind it, are known to be. */
    private void describe(int node) {
        long classes = 0;
        long depths = trie.firstToken(node) < trie.firstToken(node + 1) ? 1 : 0;
        boolean deep = false;
        int child = node + 1;
        while (child < trie.behind(node)) {
            classes |= bit(trie.label(child)) | below[child];
            depths |= ends[child] << 1;
            deep |= ends[child] >>> MOST_LEVELS != 0;
            child = trie.behind(child);
        }
        below[node] = classes;
        ends[node] = deep ? Long.MIN_VALUE | (depths & 1) : depths;
    }

    /** Several classes share a bit where there are more than bits. */
    static long bit(int clazz) {
        return 1L << clazz;
    }

    TokenTrie trie() {
        return trie;
    }

    /** The classes below a node, by their bits. */
    long below(int node) {
        return below[node];
    }

    /** At which depths below a node tokens end, bit 0 being the node; negative if too deep. */
    long ends(int node) {
        return ends[node];
    }
}
