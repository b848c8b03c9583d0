package dev.kaya.engine.tokenizer;

/** A text holds a character for which the vocabulary has no token. */
public final class UnencodableTextException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int codePoint;
    private final int offset;

    /**
     * @param codePoint the character
     * @param offset its position in the text, in characters (code points) from 0
     */
    public UnencodableTextException(int codePoint, int offset) {
        super(
                "the vocabulary has no token for '%s' (U+%04X) at character %d"
                        .formatted(Character.toString(codePoint), codePoint, offset));
        this.codePoint = codePoint;
        this.offset = offset;
    }

    /** The character. */
    public int codePoint() {
        return codePoint;
    }

    /** Its position, in characters (code points) from 0. */
    public int offset() {
        return offset;
    }
}
