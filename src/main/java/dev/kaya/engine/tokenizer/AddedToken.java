package dev.kaya.engine.tokenizer;

/**
 * A token that is recognised in the text before any splitting or merging.
 *
 * @param id its token id
 * @param content the text it is recognised by, of 1 to {@value #LONGEST_CONTENT} characters
 * @param special whether it is a control token that a model's text never contains; it is then
 *     recognised only where the caller allows it
 * @param normalized whether it is looked for after the others, in what they leave (Hugging Face's
 *     meaning, for files without a normalizer)
 */
public record AddedToken(int id, String content, boolean special, boolean normalized) {

    /** The longest content, which bounds the work a text can cause. */
    public static final int LONGEST_CONTENT = 512;

    /** Checks the bounds. */
    public AddedToken {
        if (id < 0) {
            throw new IllegalArgumentException("the id must not be negative; given " + id);
        }
        if (content.isEmpty() || content.length() > LONGEST_CONTENT) {
            throw new IllegalArgumentException(
                    "the content must have 1 to %d characters; given %d"
                            .formatted(LONGEST_CONTENT, content.length()));
        }
        if (!WellFormedText.isWellFormed(content)) {
            throw new IllegalArgumentException("the content must not hold half a surrogate pair");
        }
    }
}
