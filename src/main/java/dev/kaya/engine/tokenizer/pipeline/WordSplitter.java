package dev.kaya.engine.tokenizer.pipeline;

/**
 * Cuts text into the words within which tokens may merge. The words of a text, one after the other,
 * are the whole text. Implementations are stateless.
 */
@FunctionalInterface
public interface WordSplitter {

    /**
     * Where the word that begins at {@code start} ends. The text is taken to end at {@code limit};
     * what stands before {@code start} plays no part.
     *
     * @param start index of the word's first {@code char}, less than {@code limit}
     * @param limit index after the last {@code char} that may be looked at
     * @return index after the word's last {@code char}: more than {@code start}, at most {@code
     *     limit}, never inside a surrogate pair
     */
    int wordEnd(String text, int start, int limit);

    /** Whether the word that begins at {@code start} counts; white space, for one, may not. */
    default boolean keeps(String text, int start, int limit) {
        return true;
    }
}
