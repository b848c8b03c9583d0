package dev.kaya.engine.tokenizer.pipeline;

import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text at delimiters, in the ways of Hugging Face's {@code Split}.
 *
 * @param delimiter what to cut at
 * @param behavior what becomes of delimiters
 * @param inverted whether it is the text between delimiters that counts as the delimiter
 */
public record DelimiterSplitter(Delimiter delimiter, Behavior behavior, boolean inverted)
        implements WordSplitter {

    /** What becomes of a delimiter. */
    public enum Behavior {
        /** It is a word. */
        ISOLATED,
        /** It is dropped. */
        REMOVED,
        /** It belongs to the word before it. */
        MERGED_WITH_PREVIOUS,
        /** It belongs to the word after it. */
        MERGED_WITH_NEXT,
        /** It is a word together with the delimiters that follow at once. */
        CONTIGUOUS
    }

    /** Finds delimiters. */
    public interface Delimiter {

        /** Where the delimiter that begins at {@code start} ends; {@code start} if none does. */
        int end(String text, int start, int limit);

        /** Where the next delimiter begins, from {@code start} on; {@code limit} if none does. */
        int next(String text, int start, int limit);
    }

    /** At single characters. */
    public static DelimiterSplitter at(IntPredicate isDelimiter, Behavior behavior) {
        return new DelimiterSplitter(characters(isDelimiter), behavior, false);
    }

    /** At matches of a pattern, each of which is a word. */
    public static DelimiterSplitter isolating(Pattern pattern) {
        return new DelimiterSplitter(matches(pattern), Behavior.ISOLATED, false);
    }

    /** Single characters. */
    private static Delimiter characters(IntPredicate isDelimiter) {
        return new Delimiter() {
            @Override
            public int end(String text, int start, int limit) {
                int codePoint = text.codePointAt(start);
                return isDelimiter.test(codePoint) ? start + Character.charCount(codePoint) : start;
            }

            @Override
            public int next(String text, int start, int limit) {
                int at = start;
                while (at < limit && !isDelimiter.test(text.codePointAt(at))) {
                    at += Character.charCount(text.codePointAt(at));
                }
                return at;
            }
        };
    }

    /** Matches of a pattern that looks at nothing before them. */
    public static Delimiter matches(Pattern pattern) {
        return new Delimiter() {
            @Override
            public int end(String text, int start, int limit) {
                Matcher matcher = pattern.matcher(text).region(start, limit);
                return matcher.lookingAt() ? matcher.end() : start;
            }

            @Override
            public int next(String text, int start, int limit) {
                Matcher matcher = pattern.matcher(text).region(start, limit);
                return matcher.find() ? matcher.start() : limit;
            }
        };
    }

    @Override
    public int wordEnd(String text, int start, int limit) {
        int end = runEnd(text, start, limit);
        boolean delimits = isDelimiter(text, start, limit);
        return switch (behavior) {
            case ISOLATED, REMOVED -> end;
            case MERGED_WITH_PREVIOUS ->
                    !delimits && end < limit && isDelimiter(text, end, limit)
                            ? runEnd(text, end, limit)
                            : end;
            case MERGED_WITH_NEXT ->
                    delimits && end < limit && !isDelimiter(text, end, limit)
                            ? runEnd(text, end, limit)
                            : end;
            case CONTIGUOUS -> {
                while (end < limit && isDelimiter(text, end, limit) == delimits) {
                    end = runEnd(text, end, limit);
                }
                yield end;
            }
        };
    }

    @Override
    public boolean keeps(String text, int start, int limit) {
        return behavior != Behavior.REMOVED || !isDelimiter(text, start, limit);
    }

    /** The end of one delimiter, or of what lies between two, whichever begins at {@code start}. */
    private int runEnd(String text, int start, int limit) {
        int end = delimiter.end(text, start, limit);
        return end > start ? end : delimiter.next(text, start, limit);
    }

    private boolean isDelimiter(String text, int start, int limit) {
        return delimiter.end(text, start, limit) > start != inverted;
    }
}
