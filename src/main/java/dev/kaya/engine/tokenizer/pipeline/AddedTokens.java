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

    private final AddedTokenPass asIs;
    private final AddedTokenPass normalized;

    AddedTokens(List<AddedToken> tokens, TextNormalizer normalizer) {
        asIs = new AddedTokenPass(asIs(tokens));
        normalized = new AddedTokenPass(normalized(tokens, normalizer));
    }

    /** For the text as it is. */
    AddedTokenPass asIs() {
        return asIs;
    }

    /** For the normalized text between those. */
    AddedTokenPass normalized() {
        return normalized;
    }

    private static List<Pattern> asIs(List<AddedToken> tokens) {
        var patterns = new ArrayList<Pattern>();
        for (AddedToken token : tokens) {
            if (!token.matching().normalized()) {
                patterns.add(new Pattern(token.content(), token));
            }
        }
        return patterns;
    }

    private static List<Pattern> normalized(List<AddedToken> tokens, TextNormalizer normalizer) {
        var patterns = new ArrayList<Pattern>();
        for (AddedToken token : tokens) {
            if (token.matching().normalized()) {
                String text = normalizer.normalizeContent(token.content());
                if (!text.isEmpty()) {
                    patterns.add(new Pattern(text, token));
                }
            }
        }
        return patterns;
    }
}
