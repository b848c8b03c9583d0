package dev.kaya.engine.tokenizer;

/** A text holds a character, or a word, for which the vocabulary has no token. */
public final class UnencodableTextException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final int SHOWN_CHARACTERS = 64;

    private final String missing;
    private final int offset;

    /**
     * @param missing the character or the word
     * @param offset its position in the text, in characters (code points) from 0
     */
    public UnencodableTextException(String missing, int offset) {
        super(
                "the vocabulary has no token for %s at character %d"
                        .formatted(named(missing), offset));
        this.missing = missing;
        this.offset = offset;
    }

    /** The character or the word. */
    public String missing() {
        return missing;
    }

    /** Its position, in characters (code points) from 0. */
    public int offset() {
        return offset;
    }

    /** The same at another offset. */
    public UnencodableTextException at(int otherOffset) {
        return new UnencodableTextException(missing, otherOffset);
    }

    /**
     * The same where it stands in a whole text: from {@code start} on, or at {@code start} where a
     * normalizer made it.
     */
    public UnencodableTextException in(String text, int start) {
        int found = text.indexOf(missing, start);
        return at(text.codePointCount(0, found < 0 ? start : found));
    }

    private static String named(String missing) {
        int first = missing.codePointAt(0);
        if (missing.length() == Character.charCount(first)) {
            return "'%s' (U+%04X)".formatted(missing, first);
        }
        int shown = Math.min(missing.length(), SHOWN_CHARACTERS);
        String end = shown < missing.length() ? "…" : "";
        return "the word '%s%s'".formatted(missing.substring(0, shown), end);
    }
}
