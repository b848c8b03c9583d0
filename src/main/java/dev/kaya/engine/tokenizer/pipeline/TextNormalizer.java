package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Preceding;
import java.text.Normalizer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites a piece of text before it is cut into words. Implementations are immutable and
 * thread-safe, and keep well-formed text well-formed.
 */
@FunctionalInterface
public interface TextNormalizer {

    /** Leaves text as it is. */
    TextNormalizer NONE = (text, preceding) -> text;

    /**
     * Rewrites a text.
     *
     * @param preceding what stands before it
     */
    String normalize(String text, Preceding preceding);

    /** Rewrites the content of an added token that is looked for in normalized text. */
    default String normalizeContent(String content) {
        return normalize(content, Preceding.NOTHING);
    }

    /** Several, one after the other. */
    static TextNormalizer sequence(List<TextNormalizer> steps) {
        List<TextNormalizer> copy = List.copyOf(steps);
        return switch (copy.size()) {
            case 0 -> NONE;
            case 1 -> copy.getFirst();
            default ->
                    (text, preceding) -> {
                        String result = text;
                        for (TextNormalizer step : copy) {
                            result = step.normalize(result, preceding);
                        }
                        return result;
                    };
        };
    }

    /** One of Unicode's four forms. */
    static TextNormalizer form(Normalizer.Form form) {
        return (text, preceding) -> CombiningMarks.normalize(text, form);
    }

    /** Every character's lower case by itself: a final sigma is a sigma like others. */
    static TextNormalizer lowercase() {
        return (text, preceding) -> {
            var lower = new StringBuilder(text.length());
            for (int at = 0; at < text.length(); ) {
                int codePoint = text.codePointAt(at);
                // The one character whose lower case is two: a dotted capital I.
                if (codePoint == 0x130) {
                    lower.append("i\u0307");
                } else {
                    lower.appendCodePoint(Character.toLowerCase(codePoint));
                }
                at += Character.charCount(codePoint);
            }
            return lower.toString();
        };
    }

    /** Puts {@code prefix} before a text that is not empty. */
    static TextNormalizer prepend(String prefix) {
        return (text, preceding) -> text.isEmpty() ? text : prefix + text;
    }

    /** Replaces every occurrence of {@code target}. */
    static TextNormalizer replace(String target, String replacement) {
        return (text, preceding) -> text.replace(target, replacement);
    }

    /** Replaces every match of {@code target} by {@code replacement} as it stands. */
    static TextNormalizer replace(Pattern target, String replacement) {
        String literal = Matcher.quoteReplacement(replacement);
        return (text, preceding) -> target.matcher(text).replaceAll(literal);
    }

    /** Takes white space off the ends. */
    static TextNormalizer strip(boolean left, boolean right) {
        return (text, preceding) -> {
            int length = text.length();
            int start = left ? CharacterKind.runEnd(text, 0, length, CharacterKind.SPACE) : 0;
            int end = length;
            while (right && end > start && CharacterKind.isSpace(text.charAt(end - 1))) {
                end--;
            }
            return text.substring(start, end);
        };
    }

    /** Drops marks, which a decomposed text has beside its letters. */
    static TextNormalizer stripAccents() {
        return (text, preceding) -> {
            var kept = new StringBuilder(text.length());
            text.codePoints().filter(c -> !CharacterKind.isMark(c)).forEach(kept::appendCodePoint);
            return kept.toString();
        };
    }
}
