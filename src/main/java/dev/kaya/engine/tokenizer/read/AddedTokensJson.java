package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Reads the parts {@code added_tokens} and {@code post_processor} of a {@code tokenizer.json}. */
public final class AddedTokensJson {

    private AddedTokensJson() {}

    /** The added tokens, in the order of the file. */
    public static List<AddedToken> read(JsonPart addedTokens) throws MalformedCheckpointException {
        var tokens = new ArrayList<AddedToken>();
        for (JsonPart element : addedTokens.elements()) {
            if (!(element.member("id") instanceof Long id)
                    || !(element.member("content") instanceof String)) {
                throw element.malformed("an entry must have 'id' and 'content'");
            }
            tokens.add(token(element, id));
        }
        return tokens;
    }

    /**
     * One added token.
     *
     * @param part with its content and flags
     */
    static AddedToken token(JsonPart part, long id) throws MalformedCheckpointException {
        boolean special = part.flag("special", false);
        var matching =
                new AddedToken.Matching(
                        part.flag("normalized", !special),
                        part.flag("single_word", false),
                        part.flag("lstrip", false),
                        part.flag("rstrip", false));
        try {
            return new AddedToken(Math.toIntExact(id), part.string("content"), special, matching);
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw part.malformed("the added token with id %d: %s".formatted(id, e.getMessage()));
        }
    }

    /**
     * The token that the post-processor's template puts before a text, if any. What it puts behind
     * the text is not wanted: a text that ends with its end cannot be continued.
     */
    static OptionalInt bosTokenId(JsonPart postProcessor) throws MalformedCheckpointException {
        OptionalInt bos = OptionalInt.empty();
        for (JsonPart step : postProcessor.steps("processors")) {
            if (step.type().equals("TemplateProcessing")) {
                if (bos.isPresent()) {
                    throw step.malformed("two templates are not supported");
                }
                bos = bosOfTemplate(step);
            } else if (!step.type().equals("ByteLevel")) {
                throw step.unsupported("TemplateProcessing, ByteLevel and Sequence");
            }
        }
        return bos;
    }

    private static OptionalInt bosOfTemplate(JsonPart template)
            throws MalformedCheckpointException {
        List<JsonPart> pieces = template.list("single");
        int text = 0;
        while (text < pieces.size() && pieces.get(text).member("Sequence") == null) {
            text++;
        }
        if (text == pieces.size() || text > 1) {
            throw template.malformed("'single' must be a text with at most one token before it");
        }
        for (JsonPart piece : pieces.subList(text + 1, pieces.size())) {
            if (piece.member("SpecialToken") == null) {
                throw template.malformed("'single' must hold one text, and tokens behind it");
            }
        }
        return text == 0 ? OptionalInt.empty() : OptionalInt.of(id(template, pieces.getFirst()));
    }

    private static int id(JsonPart template, JsonPart piece) throws MalformedCheckpointException {
        String name = piece.part("SpecialToken").string("id");
        JsonPart special = template.part("special_tokens").part(name);
        if (!(special.member("ids") instanceof List<?> ids)
                || ids.size() != 1
                || !(ids.getFirst() instanceof Long id)
                || id < 0
                || id >= VocabularyBuilder.ID_LIMIT) {
            throw template.malformed("the special token '%s' must be one id".formatted(name));
        }
        return id.intValue();
    }
}
