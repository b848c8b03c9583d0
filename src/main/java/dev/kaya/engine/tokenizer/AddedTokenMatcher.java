package dev.kaya.engine.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds added tokens in text, the longest that begins at a place: a trie whose edges are a flat
 * map. Immutable and thread-safe.
 */
final class AddedTokenMatcher {

    /** What {@link #matchAt} returns when no token begins there. */
    static final int NO_MATCH = -1;

    private final LongIntMap edges = new LongIntMap(256);

    /** The index of the token that ends at each node of the trie, or {@link #NO_MATCH}. */
    private final int[] tokenByNode;

    private final List<AddedToken> tokens;

    AddedTokenMatcher(List<AddedToken> tokens) {
        this.tokens = List.copyOf(tokens);
        var ends = new ArrayList<Integer>(List.of(NO_MATCH));
        for (int index = 0; index < this.tokens.size(); index++) {
            ends.set(insert(this.tokens.get(index).content(), ends), index);
        }
        tokenByNode = ends.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The index of the longest token that begins at {@code start} and ends by {@code limit}. */
    int matchAt(String text, int start, int limit) {
        int node = 0;
        int longest = NO_MATCH;
        for (int at = start; at < limit; at++) {
            node = edges.get(edge(node, text.charAt(at)));
            if (node == LongIntMap.ABSENT) {
                return longest;
            }
            longest = tokenByNode[node] == NO_MATCH ? longest : tokenByNode[node];
        }
        return longest;
    }

    AddedToken token(int index) {
        return tokens.get(index);
    }

    private int insert(String content, List<Integer> ends) {
        int node = 0;
        for (int i = 0; i < content.length(); i++) {
            long edge = edge(node, content.charAt(i));
            int child = edges.get(edge);
            if (child == LongIntMap.ABSENT) {
                child = ends.size();
                ends.add(NO_MATCH);
                edges.put(edge, child);
            }
            node = child;
        }
        return node;
    }

    private static long edge(int node, char character) {
        return (long) node << Character.SIZE | character;
    }
}
