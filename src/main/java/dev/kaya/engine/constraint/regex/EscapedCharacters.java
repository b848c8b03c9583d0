package dev.kaya.engine.constraint.regex;

import dev.kaya.engine.constraint.automaton.CharacterSet;
import org.jspecify.annotations.Nullable;

/** What a backslash and the character behind it stand for in a regular expression. */
final class EscapedCharacters {

    /** Whatever ends a line to some dialect. */
    static final CharacterSet LINE_ENDS = CharacterSet.anyOf("\n\r\u0085\u2028\u2029");

    private static final CharacterSet DIGITS = CharacterSet.range('0', '9');
    private static final CharacterSet WORD =
            DIGITS.or(CharacterSet.range('A', 'Z'))
                    .or(CharacterSet.range('a', 'z'))
                    .or(CharacterSet.of('_'));

    /** White space to every dialect. */
    private static final CharacterSet SPACE_TO_ALL = CharacterSet.anyOf(" \t\n\u000B\f\r");

    /** White space to some dialect. */
    private static final CharacterSet SPACE_TO_ANY =
            SPACE_TO_ALL
                    .or(CharacterSet.range(0x1C, 0x1F))
                    .or(CharacterSet.anyOf("\u0085\u00A0\u1680\u180E\u202F\u205F\u3000\uFEFF"))
                    .or(CharacterSet.range(0x2000, 0x200A))
                    .or(CharacterSet.range(0x2028, 0x2029));

    private EscapedCharacters() {}

    /**
     * The characters of an escape of one letter or sign.
     *
     * @param c behind the backslash
     * @param negated whether it stands in a class that takes all but its members
     * @return null when there is no such escape
     */
    static @Nullable CharacterSet of(int c, boolean negated) {
        return switch (c) {
            case 'd' -> DIGITS;
            case 'D' -> DIGITS.complement();
            case 'w' -> WORD;
            case 'W' -> WORD.complement();
            case 's' -> negated ? SPACE_TO_ANY : SPACE_TO_ALL;
            case 'S' -> (negated ? SPACE_TO_ALL : SPACE_TO_ANY).complement();
            case 't' -> CharacterSet.of('\t');
            case 'n' -> CharacterSet.of('\n');
            case 'r' -> CharacterSet.of('\r');
            case 'f' -> CharacterSet.of('\f');
            case 'v' -> CharacterSet.of(0x0B);
            default -> isPunctuation(c) ? CharacterSet.of(c) : null;
        };
    }

    private static boolean isPunctuation(int c) {
        return c >= ' ' && c < 0x7F && !Character.isLetterOrDigit(c);
    }

    /** What an escape that is not supported is, with its verb. */
    static String refusal(int c, boolean inClass) {
        if (c >= '0' && c <= '9') {
            return inClass || c == '0' ? "this escape is" : "a back reference is";
        }
        return switch (c) {
            case 'k' -> "a back reference is";
            case 'b', 'B' -> "a word boundary is";
            case 'A', 'Z', 'z', 'G' -> "an anchor other than ^ and $ is";
            case 'p', 'P' -> "a Unicode property is";
            default -> "the escape \\" + Character.toString(c) + " is";
        };
    }
}
