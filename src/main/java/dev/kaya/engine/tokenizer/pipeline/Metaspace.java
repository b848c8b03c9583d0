package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.tokenizer.model.MergeTable;
import dev.kaya.engine.tokenizer.model.TokenIndex;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Preceding;
import java.nio.charset.StandardCharsets;

/** Hugging Face's {@code Metaspace}: a sign in the place of every space, and one in front. */
public final class Metaspace {

    private Metaspace() {}

    /** Which pieces of a text get a sign in front, unless they begin with one. */
    public enum Scheme {
        /** Each that lies between added tokens. */
        ALWAYS,
        /** The first, unless an added token comes before it. */
        FIRST,
        /** None. */
        NEVER
    }

    /** Puts signs in the place of spaces, and in front. */
    public static TextNormalizer preparation(char sign, Scheme scheme) {
        return (text, preceding) -> {
            String signed = text.replace(' ', sign);
            boolean inFront =
                    switch (scheme) {
                        case ALWAYS -> true;
                        case FIRST -> preceding == Preceding.NOTHING;
                        case NEVER -> false;
                    };
            return inFront && !signed.isEmpty() && signed.charAt(0) != sign
                    ? sign + signed
                    : signed;
        };
    }

    /**
     * Whether no merge makes a token with a sign after something else: then text may be cut there
     * ({@link RunSplitter}).
     */
    public static boolean noMergeCrosses(char sign, TokenIndex index, MergeTable merges) {
        var splitter = new RunSplitter(sign);
        for (int merge = 0; merge < merges.size(); merge++) {
            String token = new String(index.key(merges.mergedAt(merge)), StandardCharsets.UTF_8);
            if (splitter.wordEnd(token, 0, token.length()) < token.length()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Begins a word with every sign.
     *
     * @param sign that stands for a space
     */
    public record Splitter(char sign) implements WordSplitter {
        @Override
        public int wordEnd(String text, int start, int limit) {
            int next = text.indexOf(sign, start + 1, limit);
            return next < 0 ? limit : next;
        }
    }

    /**
     * Begins a word with every sign that follows something else. Where no merge crosses such a
     * place, the words' tokens are those of the whole text.
     *
     * @param sign that stands for a space
     */
    public record RunSplitter(char sign) implements WordSplitter {
        @Override
        public int wordEnd(String text, int start, int limit) {
            int at = start;
            while (at < limit && text.charAt(at) == sign) {
                at++;
            }
            int next = text.indexOf(sign, at, limit);
            return next < 0 ? limit : next;
        }
    }
}
