package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Pattern;
import java.util.ArrayList;
import java.util.List;

/**
 * The added tokens of a vocabulary, by the two passes in which they are looked for: some in the
 * text as it is, the others in what a normalizer made of the rest. Immutable and thread-safe.
 */
final class AddedTokens {

    private final AddedTokenMatcher ordinaryAsIs;
    private final AddedTokenMatcher allAsIs;
    private final AddedTokenMatcher ordinaryNormalized;
    private final AddedTokenMatcher allNormalized;

    AddedTokens(List<AddedToken> tokens, TextNormalizer normalizer) {
        ordinaryAsIs = new AddedTokenMatcher(asIs(tokens, false));
        allAsIs = new AddedTokenMatcher(asIs(tokens, true));
        ordinaryNormalized = new AddedTokenMatcher(normalized(tokens, normalizer, false));
        allNormalized = new AddedTokenMatcher(normalized(tokens, normalizer, true));
    }

    /** For the text as it is. */
    AddedTokenMatcher asIs(boolean allowSpecial) {
        return allowSpecial ? allAsIs : ordinaryAsIs;
    }

    /** For the normalized text between those. */
    AddedTokenMatcher normalized(boolean allowSpecial) {
        return allowSpecial ? allNormalized : ordinaryNormalized;
    }

    private static List<Pattern> asIs(List<AddedToken> tokens, boolean special) {
        var patterns = new ArrayList<Pattern>();
        for (AddedToken token : tokens) {
            if (!token.matching().normalized() && (special || !token.special())) {
                patterns.add(new Pattern(token.content(), token));
            }
        }
        return patterns;
    }

    private static List<Pattern> normalized(
            List<AddedToken> tokens, TextNormalizer normalizer, boolean special) {
        var patterns = new ArrayList<Pattern>();
        for (AddedToken token : tokens) {
            if (token.matching().normalized() && (special || !token.special())) {
                String text = normalizer.normalizeContent(token.content());
                if (!text.isEmpty()) {
                    patterns.add(new Pattern(text, token));
                }
            }
        }
        return patterns;
    }
}
