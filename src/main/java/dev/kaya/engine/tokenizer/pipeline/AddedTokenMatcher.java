package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.LongIntMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds added tokens in text, at a place the longest that begins there: a trie whose edges are a
 * flat map. Immutable and thread-safe.
 */
public final class AddedTokenMatcher {

    private static final int NO_MATCH = -1;

    /**
     * A token and the text by which it is found, which a normalizer may have changed.
     *
     * @param text not empty
     */
    public record Pattern(String text, AddedToken token) {}

    /** What stands before a piece of text that lies between added tokens. */
    public enum Preceding {
        /** Nothing: it is the beginning of the text. */
        NOTHING,
        /** A special token. */
        SPECIAL,
        /** An added token that is not special. */
        ORDINARY
    }

    /** Receives what a text consists of, from left to right. */
    interface Parts {
        /** Text without added tokens, not empty. */
        void text(int start, int end, Preceding preceding);

        /** An added token. */
        void token(AddedToken token);
    }

    private final LongIntMap edges = new LongIntMap(256);

    /** The index of the pattern that ends at each node of the trie, or {@link #NO_MATCH}. */
    private final int[] patternByNode;

    private final List<Pattern> patterns;

    public AddedTokenMatcher(List<Pattern> patterns) {
        this.patterns = List.copyOf(patterns);
        var ends = new ArrayList<Integer>(List.of(NO_MATCH));
        for (int index = 0; index < this.patterns.size(); index++) {
            ends.set(insert(this.patterns.get(index).text(), ends), index);
        }
        patternByNode = ends.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Where the longest pattern ends that begins at {@code start}; {@code start} if none does. */
    int matchEnd(String text, int start) {
        Pattern match = longest(text, start, text.length());
        return match == null ? start : start + match.text().length();
    }

    /** The longest pattern that begins at {@code start} and ends at {@code limit} or before. */
    @Nullable Pattern longest(String text, int start, int limit) {
        int match = patterns.isEmpty() ? NO_MATCH : matchAt(text, start, limit);
        return match == NO_MATCH ? null : patterns.get(match);
    }

    private int matchAt(String text, int start, int limit) {
        int node = 0;
        int longest = NO_MATCH;
        for (int at = start; at < limit; at++) {
            node = edges.get(edge(node, text.charAt(at)));
            if (node == LongIntMap.ABSENT) {
                return longest;
            }
            longest = patternByNode[node] == NO_MATCH ? longest : patternByNode[node];
        }
        return longest;
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
