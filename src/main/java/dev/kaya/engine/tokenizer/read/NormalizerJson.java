package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.WellFormedText;
import dev.kaya.engine.tokenizer.pipeline.TextNormalizer;
import java.text.Normalizer.Form;
import java.util.ArrayList;

/** Reads the part {@code normalizer} of a {@code tokenizer.json}. */
final class NormalizerJson {

    private static final String SUPPORTED =
            "NFC, NFD, NFKC, NFKD, Lowercase, Prepend, Replace, Strip, StripAccents and Sequence";

    private NormalizerJson() {}

    static TextNormalizer read(JsonPart normalizer) throws MalformedCheckpointException {
        var steps = new ArrayList<TextNormalizer>();
        for (JsonPart step : normalizer.steps("normalizers")) {
            steps.add(step(step));
        }
        return TextNormalizer.sequence(steps);
    }

    private static TextNormalizer step(JsonPart step) throws MalformedCheckpointException {
        return switch (step.type()) {
            case "NFC" -> TextNormalizer.form(Form.NFC);
            case "NFD" -> TextNormalizer.form(Form.NFD);
            case "NFKC" -> TextNormalizer.form(Form.NFKC);
            case "NFKD" -> TextNormalizer.form(Form.NFKD);
            case "Lowercase" -> TextNormalizer.lowercase();
            case "Prepend" -> TextNormalizer.prepend(step.text("prepend"));
            case "Strip" ->
                    TextNormalizer.strip(
                            step.flag("strip_left", true), step.flag("strip_right", true));
            case "StripAccents" -> TextNormalizer.stripAccents();
            case "Replace" -> replace(step);
            default -> throw step.unsupported(SUPPORTED);
        };
    }

    private static TextNormalizer replace(JsonPart step) throws MalformedCheckpointException {
        String content = step.string("content");
        if (!WellFormedText.isWellFormed(content)) {
            throw step.malformed("'content' must be well-formed text");
        }
        JsonPart pattern = step.part("pattern");
        return pattern.member("Regex") == null
                ? TextNormalizer.replace(pattern.text("String"), content)
                : TextNormalizer.replace(PatternJson.regex(pattern), content);
    }
}
