package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Preceding;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What SentencePiece does to text before it looks for pieces: replaces characters by a table,
 * removes spaces, puts one in front, and writes a sign for each. Immutable and thread-safe.
 *
 * @param sign that stands for a space
 * @param prefix which pieces of a text get a space in front
 * @param removesExtraSpaces whether spaces at the ends go, and all but one of several in a row
 * @param characters what to replace; null for nothing
 * @param userDefined pieces that the table must not change
 * @see <a
 *     href="https://github.com/google/sentencepiece/blob/master/src/normalizer.cc">normalizer.cc
 *     </a>
 */
public record SentencePieceNormalizer(
        char sign,
        Prefix prefix,
        boolean removesExtraSpaces,
        @Nullable CharacterMap characters,
        AddedTokenMatcher userDefined)
        implements TextNormalizer {

    /** Which pieces of a text, cut at special tokens, get a space in front. */
    public enum Prefix {
        NONE,
        /** The one at the beginning. */
        FIRST,
        /** All of them. */
        ALL
    }

    /** A normalizer that changes no characters and no spaces. */
    public static SentencePieceNormalizer identity(char sign, Prefix prefix) {
        return new SentencePieceNormalizer(
                sign, prefix, false, null, new AddedTokenMatcher(List.of()));
    }

    @Override
    public String normalize(String text, Preceding preceding) {
        String replaced = characters == null ? text : replace(text, characters);
        String spaced = removesExtraSpaces ? withoutExtraSpaces(replaced) : replaced;
        if (text.isEmpty() || (removesExtraSpaces && spaced.isEmpty())) {
            return "";
        }
        boolean prefixed =
                switch (prefix) {
                    case NONE -> false;
                    case FIRST -> preceding == Preceding.NOTHING;
                    case ALL -> true;
                };
        String signed = spaced.replace(' ', sign);
        return prefixed ? sign + signed : signed;
    }

    /** Pieces are written with signs already. */
    @Override
    public String normalizeContent(String content) {
        return content;
    }

    private String replace(String text, CharacterMap map) {
        var result = new StringBuilder(text.length());
        for (int at = 0; at < text.length(); ) {
            int literal = userDefined.matchEnd(text, at);
            if (literal > at) {
                result.append(text, at, literal);
                at = literal;
            } else {
                at = map.replaceAt(text, at, result);
            }
        }
        return result.toString();
    }

    private String withoutExtraSpaces(String text) {
        var kept = new StringBuilder(text.length());
        boolean afterSpace = true;
        for (int i = 0; i < text.length(); i++) {
            boolean space = text.charAt(i) == ' ';
            if (!space || !afterSpace) {
                kept.append(text.charAt(i));
            }
            afterSpace = space;
        }
        int length = kept.length();
        while (length > 0 && isSpace(kept.charAt(length - 1))) {
            length--;
        }
        return kept.substring(0, length);
    }

    /** At the end, a sign in the text counts as a space. */
    private boolean isSpace(char character) {
        return character == ' ' || character == sign;
    }
}
