package dev.kaya.engine.tokenizer.model;

import dev.kaya.engine.tokenizer.UnencodableTextException;

/**
 * What stands for parts of a text that have no token.
 *
 * @param tokenId the unknown token, or {@link TokenIndex#ABSENT}: such a text is refused
 * @param fused whether several in a row are one unknown token
 */
public record UnknownRule(int tokenId, boolean fused) {

    /** Refuses what has no token. */
    public static final UnknownRule REFUSE = new UnknownRule(TokenIndex.ABSENT, false);

    /**
     * The unknown token.
     *
     * @param missing the character or word it stands for
     * @param offset where it is
     * @throws UnencodableTextException when there is no such token
     */
    int tokenFor(String missing, int offset) {
        if (tokenId == TokenIndex.ABSENT) {
            throw new UnencodableTextException(missing, offset);
        }
        return tokenId;
    }
}
