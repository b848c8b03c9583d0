package dev.kaya.engine.tokenizer.pipeline;

/**
 * The four kinds of characters that tokenizers' split patterns tell apart, by Unicode property:
 * {@code \p{L}}, {@code \p{N}}, {@code \s} and the rest.
 *
 * <p>{@code \s} is the property White_Space, as in Rust's {@code regex} and in Oniguruma: U+0085
 * and U+00A0 are in, U+001C–U+001F, U+180E, U+200B and U+FEFF are out. Java's {@link
 * Character#isWhitespace} differs in every one of these but U+180E, U+200B and U+FEFF.
 */
public final class CharacterKind {

    static final int LETTER = 0;
    static final int NUMBER = 1;
    static final int SPACE = 2;
    static final int OTHER = 3;

    private static final int LETTERS =
            1 << Character.UPPERCASE_LETTER
                    | 1 << Character.LOWERCASE_LETTER
                    | 1 << Character.TITLECASE_LETTER
                    | 1 << Character.MODIFIER_LETTER
                    | 1 << Character.OTHER_LETTER;

    private static final int NUMBERS =
            1 << Character.DECIMAL_DIGIT_NUMBER
                    | 1 << Character.LETTER_NUMBER
                    | 1 << Character.OTHER_NUMBER;

    private static final int SEPARATORS =
            1 << Character.SPACE_SEPARATOR
                    | 1 << Character.LINE_SEPARATOR
                    | 1 << Character.PARAGRAPH_SEPARATOR;

    private static final int MARKS =
            1 << Character.NON_SPACING_MARK
                    | 1 << Character.COMBINING_SPACING_MARK
                    | 1 << Character.ENCLOSING_MARK;

    private static final int WORD_TYPES =
            MARKS | 1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.CONNECTOR_PUNCTUATION;

    private static final int PUNCTUATION =
            1 << Character.CONNECTOR_PUNCTUATION
                    | 1 << Character.DASH_PUNCTUATION
                    | 1 << Character.START_PUNCTUATION
                    | 1 << Character.END_PUNCTUATION
                    | 1 << Character.INITIAL_QUOTE_PUNCTUATION
                    | 1 << Character.FINAL_QUOTE_PUNCTUATION
                    | 1 << Character.OTHER_PUNCTUATION;

    private static final byte[] LATIN_1 = latin1();

    private CharacterKind() {}

    /** The kind of a code point; unpaired surrogates are {@link #OTHER}. */
    static int of(int codePoint) {
        return codePoint < LATIN_1.length ? LATIN_1[codePoint] : byType(codePoint);
    }

    /**
     * The end of the longest run of one kind.
     *
     * @return the first index from {@code start} up to {@code limit} whose character is of another
     *     kind, or {@code limit}
     */
    static int runEnd(String text, int start, int limit, int kind) {
        int at = start;
        while (at < limit) {
            int codePoint = text.codePointAt(at);
            if (of(codePoint) != kind) {
                return at;
            }
            at += Character.charCount(codePoint);
        }
        return at;
    }

    /**
     * Whether a code point is matched by {@code \w} as Rust's {@code regex} has it: alphabetic, a
     * mark, a decimal digit, connector punctuation or a joiner.
     */
    public static boolean isWord(int codePoint) {
        return Character.isAlphabetic(codePoint)
                || (1 << Character.getType(codePoint) & WORD_TYPES) != 0
                || codePoint == 0x200C
                || codePoint == 0x200D;
    }

    /** Whether a code point is white space. */
    public static boolean isSpace(int codePoint) {
        return of(codePoint) == SPACE;
    }

    /** Whether a code point is a number, {@code \p{N}}. */
    public static boolean isNumber(int codePoint) {
        return of(codePoint) == NUMBER;
    }

    /** Whether a code point is a mark, {@code \p{M}}, on the character before it. */
    static boolean isMark(int codePoint) {
        return (1 << Character.getType(codePoint) & MARKS) != 0;
    }

    /** Whether a code point is punctuation, or one of the other printable marks of ASCII. */
    public static boolean isPunctuation(int codePoint) {
        boolean ascii = codePoint > ' ' && codePoint < 0x7F && !isLetterOrDigitOfAscii(codePoint);
        return ascii || (1 << Character.getType(codePoint) & PUNCTUATION) != 0;
    }

    private static boolean isLetterOrDigitOfAscii(int codePoint) {
        int lower = codePoint | 0x20;
        return (codePoint >= '0' && codePoint <= '9') || (lower >= 'a' && lower <= 'z');
    }

    private static byte[] latin1() {
        var kinds = new byte[256];
        for (int codePoint = 0; codePoint < kinds.length; codePoint++) {
            boolean control = (codePoint >= '\t' && codePoint <= '\r') || codePoint == 0x85;
            kinds[codePoint] = (byte) (control ? SPACE : byType(codePoint));
        }
        return kinds;
    }

    private static int byType(int codePoint) {
        int type = 1 << Character.getType(codePoint);
        if ((type & LETTERS) != 0) {
            return LETTER;
        }
        if ((type & NUMBERS) != 0) {
            return NUMBER;
        }
        return (type & SEPARATORS) != 0 ? SPACE : OTHER;
    }
}
