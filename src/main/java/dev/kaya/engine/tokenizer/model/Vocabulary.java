package dev.kaya.engine.tokenizer.model;

import dev.kaya.engine.tokenizer.spelling.TokenTable;
import java.util.List;

/**
 * What a file says about its tokens. Made by {@link VocabularyBuilder}; immutable and thread-safe.
 *
 * @param table what each id stands for
 * @param index ids by the bytes from which text is encoded
 * @param addedTokens what is cut out of a text before all else
 * @param merges which tokens make which, in order of their ranks
 */
public record Vocabulary(
        TokenTable table, TokenIndex index, List<AddedToken> addedTokens, MergeTable merges) {

    public Vocabulary {
        addedTokens = List.copyOf(addedTokens);
    }

    /** One more than the largest id. */
    int size() {
        return table.size();
    }
}
