package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.pipeline.Metaspace;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import dev.kaya.engine.tokenizer.spelling.LeadingSpace;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling.Replacement;
import dev.kaya.engine.tokenizer.spelling.TokenSpelling;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the part {@code decoder} of a {@code tokenizer.json}: how tokens that are not bytes in
 * GPT-2's alphabet become text. Steps that act on each token, then {@code Fuse}, then a {@code
 * Strip} at the beginning.
 */
final class DecoderJson {

    private static final String SUPPORTED =
            "ByteLevel, or else Metaspace, Replace, ByteFallback, Fuse, Strip and Sequence";

    private final List<Replacement> replacements = new ArrayList<>();
    private boolean byteFallback;
    private boolean fused;
    private LeadingSpace leadingSpace = LeadingSpace.KEPT;

    private DecoderJson() {}

    /**
     * @param byteLevel whether the tokens are bytes in GPT-2's alphabet
     */
    static TokenSpelling read(JsonPart decoder, boolean byteLevel)
            throws MalformedCheckpointException {
        List<JsonPart> steps = decoder.steps("decoders");
        boolean bytes = steps.size() == 1 && steps.getFirst().type().equals("ByteLevel");
        if (byteLevel) {
            if (!steps.isEmpty() && !bytes) {
                throw decoder.malformed(
                        "the pre_tokenizer is ByteLevel, so the decoder must be it too");
            }
            return ByteAlphabet.SPELLING;
        }
        if (bytes) {
            throw decoder.malformed(
                    "the decoder is ByteLevel, so the pre_tokenizer must be it too");
        }
        if (steps.isEmpty()) {
            return new PieceSpelling(List.of(), " ", false, LeadingSpace.FIRST_TAKEN);
        }
        return new DecoderJson().pieces(steps);
    }

    private PieceSpelling pieces(List<JsonPart> steps) throws MalformedCheckpointException {
        for (JsonPart step : steps) {
            add(step);
        }
        return new PieceSpelling(replacements, "", byteFallback, leadingSpace);
    }

    private void add(JsonPart step) throws MalformedCheckpointException {
        if (leadingSpace != LeadingSpace.KEPT
                || (fused && !step.type().equals("Strip"))
                || (byteFallback && !step.type().equals("Fuse") && !fused)) {
            throw step.malformed("'%s' in this place is not supported".formatted(step.type()));
        }
        switch (step.type()) {
            case "Replace" ->
                    replacements.add(
                            new Replacement(
                                    step.part("pattern").text("String"), step.string("content")));
            case "ByteFallback" -> byteFallback = true;
            case "Fuse" -> fused = true;
            case "Strip" -> addStrip(step);
            case "Metaspace" -> addMetaspace(step);
            default -> throw step.unsupported(SUPPORTED);
        }
    }

    private void addStrip(JsonPart step) throws MalformedCheckpointException {
        int start = step.count("start", Integer.MAX_VALUE);
        if (!fused || start > 1 || step.count("stop", Integer.MAX_VALUE) > 0) {
            throw step.malformed(
                    "'Strip' is supported only after 'Fuse', of one character at the start");
        }
        if (start == 1 && step.character("content") != ' ') {
            throw step.malformed("'Strip' is supported only of a space");
        }
        leadingSpace = start == 1 ? LeadingSpace.FIRST_TAKEN : LeadingSpace.KEPT;
    }

    private void addMetaspace(JsonPart step) throws MalformedCheckpointException {
        char sign =
                step.member("replacement") == null
                        ? PieceSpelling.SPACE_SIGN
                        : step.character("replacement");
        replacements.add(new Replacement(String.valueOf(sign), " "));
        if (PreTokenizerJson.scheme(step) != Metaspace.Scheme.NEVER) {
            leadingSpace = LeadingSpace.TAKEN_FROM_FIRST_TOKEN;
        }
    }
}
