package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Parts;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Pattern;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Preceding;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts added tokens out of text, at every place the longest that begins there; special ones only
 * where they lie in trusted text from end to end. Immutable and thread-safe.
 */
final class AddedTokenPass {

    private final AddedTokenMatcher all;
    private final AddedTokenMatcher ordinary;
    private final boolean findsSpecial;
    private final boolean findsOrdinary;

    AddedTokenPass(List<Pattern> patterns) {
        List<Pattern> withoutSpecial =
                patterns.stream().filter(pattern -> !pattern.token().special()).toList();
        all = new AddedTokenMatcher(patterns);
        ordinary = new AddedTokenMatcher(withoutSpecial);
        findsSpecial = withoutSpecial.size() < patterns.size();
        findsOrdinary = !withoutSpecial.isEmpty();
    }

    /** Whether there are special tokens to be found, so that it matters what is trusted. */
    boolean findsSpecial() {
        return findsSpecial;
    }

    /**
     * Cuts a text.
     *
     * @param trusted where special tokens may stand
     * @param preceding what stands before the text
     */
    void cut(String text, TrustedRanges trusted, Preceding preceding, Parts parts) {
        int limit = text.length();
        Preceding before = preceding;
        int from = 0;
        int at = findsOrdinary || (findsSpecial && !trusted.isEmpty()) ? 0 : limit;
        while (at < limit) {
            Pattern match = longest(text, trusted, at, limit);
            if (match == null) {
                at++;
                continue;
            }
            AddedToken token = match.token();
            int end = at + match.text().length();
            if (token.matching().singleWord() && !standsAlone(text, at, end)) {
                at = end;
                continue;
            }
            int start = token.matching().leftStrip() ? spaceStart(text, from, at) : at;
            if (from < start) {
                parts.text(from, start, before);
            }
            parts.token(token);
            before = token.special() ? Preceding.SPECIAL : Preceding.ORDINARY;
            from = token.matching().rightStrip() ? spaceEnd(text, end, limit) : end;
            at = from;
        }
        if (from < limit) {
            parts.text(from, limit, before);
        }
    }

    private @Nullable Pattern longest(String text, TrustedRanges trusted, int at, int limit) {
        int trustedEnd = findsSpecial ? trusted.endAt(at) : at;
        Pattern within = trustedEnd > at ? all.longest(text, at, trustedEnd) : null;
        if (trustedEnd == limit) {
            return within; // the ordinary ones are among them
        }
        Pattern anywhere = ordinary.longest(text, at, limit);
        boolean longer =
                anywhere != null
                        && (within == null || anywhere.text().length() > within.text().length());
        return longer ? anywhere : within;
    }

    private static boolean standsAlone(String text, int start, int end) {
        boolean wordBefore = start > 0 && CharacterKind.isWord(text.codePointBefore(start));
        boolean wordAfter = end < text.length() && CharacterKind.isWord(text.codePointAt(end));
        return !wordBefore && !wordAfter;
    }

    private static int spaceStart(String text, int from, int end) {
        int start = end;
        while (start > from && CharacterKind.isSpace(text.charAt(start - 1))) {
            start--;
        }
        return start;
    }

    private static int spaceEnd(String text, int start, int limit) {
        return CharacterKind.runEnd(text, start, limit, CharacterKind.SPACE);
    }
}
