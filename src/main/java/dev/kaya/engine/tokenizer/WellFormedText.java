package dev.kaya.engine.tokenizer;

/** Text as UTF-8 can hold it: without unpaired surrogates. */
public final class WellFormedText {

    private static final char REPLACEMENT = '\uFFFD';

    private WellFormedText() {}

    static boolean isWellFormed(String text) {
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
