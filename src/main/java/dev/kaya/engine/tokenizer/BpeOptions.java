package dev.kaya.engine.tokenizer;

import java.util.OptionalInt;

/**
 * How a byte-level BPE treats text beyond its vocabulary.
 *
 * @param addsPrefixSpace whether text that does not begin with a space gets one, also after an
 *     added token ({@code add_prefix_space})
 * @param ignoresMerges whether a word that is a token as a whole is that token, whatever the merges
 *     make of it ({@code ignore_merges})
 * @param bosTokenId the token to put in front of a text, if any
 */
public record BpeOptions(boolean addsPrefixSpace, boolean ignoresMerges, OptionalInt bosTokenId) {

    /** GPT-2's own: nothing added, merges rule. */
    public static final BpeOptions GPT_2 = new BpeOptions(false, false, OptionalInt.empty());
}
