package dev.kaya.engine.tokenizer.model;

import dev.kaya.engine.tokenizer.WellFormedText;

/**
 * A token that is recognised in the text before any splitting or merging.
 *
 * @param id its token id
 * @param content the text it is recognised by, of 1 to {@value #LONGEST_CONTENT} characters
 * @param special whether it is a control token that a model's text never contains; it is then
 *     recognised only where the caller allows it
 * @param matching how it is looked for
 */
public record AddedToken(int id, String content, boolean special, Matching matching) {

    /** The longest content, which bounds the work a text can cause. */
    public static final int LONGEST_CONTENT = 512;

    /**
     * How a token is looked for, in the words of Hugging Face's {@code tokenizers}.
     *
     * @param normalized in normalized text, after the others and in what they leave
     * @param singleWord only where no letter, digit or the like stands beside it
     * @param leftStrip with the white space before it, which is dropped
     * @param rightStrip with the white space after it, which is dropped
     */
    public record Matching(
            boolean normalized, boolean singleWord, boolean leftStrip, boolean rightStrip) {

        /** In the text as it is, wherever it stands. */
        public static final Matching AS_IT_IS = new Matching(false, false, false, false);

        /** In normalized text, wherever it stands. */
        public static final Matching NORMALIZED = new Matching(true, false, false, false);
    }

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

    /**
     * Whether another is looked for first, in text that this one could have taken a part of: they
     * can overlap.
     */
    public boolean comesAfter(AddedToken other) {
        return matching.normalized()
                && !other.matching.normalized()
                && (content.contains(other.content)
                        || other.content.contains(content)
                        || meet(content, other.content)
                        || meet(other.content, content));
    }

    /** Whether one ends with what another begins with. */
    private static boolean meet(String one, String other) {
        for (int length = 1; length < Math.min(one.length(), other.length()); length++) {
            if (one.endsWith(other.substring(0, length))) {
                return true;
            }
        }
        return false;
    }

    /** A token that is looked for in the text as it is. */
    public AddedToken(int id, String content, boolean special) {
        this(id, content, special, Matching.AS_IT_IS);
    }
}
