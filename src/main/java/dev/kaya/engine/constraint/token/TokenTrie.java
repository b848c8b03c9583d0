package dev.kaya.engine.constraint.token;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The bytes of many tokens as a tree in flat arrays. Nodes stand in the order of a walk that goes
 * down first, so a walk is a loop over the arrays, and a part of the tree is left out by going on
 * behind it. Immutable and thread-safe.
 */
final class TokenTrie {

    private final byte[] labels;
    private final short[] depths;
    private final int[] behind;
    private final int[] firstToken;
    private final int[] tokenIds;
    private final int deepest;

    /**
     * @param label the byte that leads to a node
     * @param depth of the node, from 1
     * @param behind the first node that is not below it
     * @param firstToken where its tokens begin
     */
    private TokenTrie(byte[] label, short[] depth, int[] behind, int[] firstToken, int[] tokenIds) {
        labels = label;
        depths = depth;
        this.behind = behind;
        this.firstToken = firstToken;
        this.tokenIds = tokenIds;
        int most = 0;
        for (short each : depth) {
            most = Math.max(most, each);
        }
        deepest = most;
    }

    /** A token and its bytes, of which there is at least one. */
    record Token(int id, byte[] bytes) {}

    /** The tree of some tokens, several of which may have the same bytes. */
    static TokenTrie of(List<Token> tokens) {
        Token[] sorted = tokens.toArray(Token[]::new);
        Arrays.sort(
                sorted,
                Comparator.comparing(Token::bytes, Arrays::compareUnsigned)
                        .thenComparingInt(Token::id));
        return ofSorted(Arrays.asList(sorted));
    }

    /** The tree of tokens that are sorted by their bytes. */
    static TokenTrie ofSorted(List<Token> sorted) {
        return build(sorted.toArray(Token[]::new), nodes(sorted));
    }

    /** How many nodes the tree of sorted tokens has. */
    static int nodes(List<Token> sorted) {
        int nodes = 0;
        byte[] before = {};
        for (Token token : sorted) {
            nodes += token.bytes().length - shared(before, token.bytes());
            before = token.bytes();
        }
        return nodes;
    }

    private static TokenTrie build(Token[] sorted, int nodes) {
        byte[] label = new byte[nodes];
        short[] depth = new short[nodes];
        int[] firstToken = new int[nodes + 1];
        int[] ids = new int[sorted.length];
        int node = 0;
        byte[] before = {};
        for (int i = 0; i < sorted.length; i++) {
            byte[] bytes = sorted[i].bytes();
            for (int d = shared(before, bytes); d < bytes.length; d++) {
                label[node] = bytes[d];
                depth[node] = (short) (d + 1);
                firstToken[node++] = i;
            }
            ids[i] = sorted[i].id();
            before = bytes;
        }
        firstToken[nodes] = sorted.length;
        return new TokenTrie(label, depth, behind(depth), firstToken, ids);
    }

    private static int shared(byte[] a, byte[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    private static int[] behind(short[] depth) {
        int[] behind = new int[depth.length];
        for (int node = depth.length - 1; node >= 0; node--) {
            int next = node + 1;
            while (next < depth.length && depth[next] > depth[node]) {
                next = behind[next];
            }
            behind[node] = next;
        }
        return behind;
    }

    int nodes() {
        return labels.length;
    }

    /** How many tokens there are. */
    int tokens() {
        return tokenIds.length;
    }

    /** Depth of the deepest node. */
    int deepest() {
        return deepest;
    }

    /** The byte that leads to a node. */
    int label(int node) {
        return labels[node] & 0xFF;
    }

    /** How far below the root a node stands, from 1. */
    int depth(int node) {
        return depths[node];
    }

    /** The first node after a node and all that is below it. */
    int behind(int node) {
        return behind[node];
    }

    /** Where the tokens begin that end in a node; those of the next node begin where they end. */
    int firstToken(int node) {
        return firstToken[node];
    }

    /** A token by its place. */
    int tokenId(int place) {
        return tokenIds[place];
    }
}
