package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.pipeline.SplitPattern;
import java.util.regex.Pattern;

/** Reads patterns in a {@code tokenizer.json}: {@code {"String": …}} or {@code {"Regex": …}}. */
final class PatternJson {

    private PatternJson() {}

    /** Either of them. */
    static Pattern pattern(JsonPart pattern) throws MalformedCheckpointException {
        return pattern.member("Regex") == null
                ? Pattern.compile(pattern.text("String"), Pattern.LITERAL)
                : regex(pattern);
    }

    /** A regular expression. */
    static Pattern regex(JsonPart pattern) throws MalformedCheckpointException {
        String regex = pattern.text("Regex");
        try {
            return SplitPattern.compile(regex);
        } catch (SplitPattern.UnsupportedPatternException e) {
            throw pattern.malformed(
                    "the pattern %s is not supported: %s".formatted(regex, e.getMessage()));
        }
    }
}
