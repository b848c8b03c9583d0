package dev.kaya.engine.tokenizer;

/** Text as UTF-8 can hold it: without unpaired surrogates. */
public final class WellFormedText {

    private static final char REPLACEMENT = '\uFFFD';

    private WellFormedText() {}

    public static boolean isWellFormed(String text) {
        return firstUnpaired(text, 0) < 0;
    }

    /** The text with U+FFFD for each unpaired surrogate; the same object when there is none. */
    public static String of(String text) {
        int at = firstUnpaired(text, 0);
        if (at < 0) {
            return text;
        }
        char[] characters = text.toCharArray();
        while (at >= 0) {
            characters[at] = REPLACEMENT;
            at = firstUnpaired(text, at + 1);
        }
        return new String(characters);
    }

    /** The first so many characters of a text, or one fewer where that would split a pair. */
    public static String beginning(String text, int most) {
        return text.substring(0, end(text, 0, most));
    }

    /** Where a piece of a text ends that has so many characters, or one fewer for that reason. */
    public static int end(String text, int from, int most) {
        if (text.length() - from <= most) {
            return text.length();
        }
        int end = from + most;
        return Character.isSurrogatePair(text.charAt(end - 1), text.charAt(end)) ? end - 1 : end;
    }

    /** Where an unpaired surrogate stands, from an index on; −1 when there is none. */
    public static int firstUnpaired(String text, int start) {
        int length = text.length();
        for (int i = start; i < length; i++) {
            char character = text.charAt(i);
            if (Character.isSurrogate(character)) {
                boolean pair =
                        Character.isHighSurrogate(character)
                                && i + 1 < length
                                && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
