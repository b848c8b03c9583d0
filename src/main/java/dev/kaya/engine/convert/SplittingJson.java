package dev.kaya.engine.convert;

import static dev.kaya.engine.convert.TokenizerTree.object;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.pipeline.Gpt2WordSplitter;
import dev.kaya.engine.tokenizer.pipeline.Llama3WordSplitter;
import dev.kaya.engine.tokenizer.read.GgufSplitting;
import dev.kaya.engine.tokenizer.read.JsonPart;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Between a {@link GgufSplitting} and the parts {@code normalizer} and {@code pre_tokenizer} of the
 * {@code tokenizer.json} of a byte-level BPE.
 */
final class SplittingJson {

    /** GPT-4's pattern, which cuts where Llama 3's does. */
    private static final String GPT_4 =
            "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}"
                    + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

    private SplittingJson() {}

    /** The part {@code normalizer}. */
    static @Nullable Map<String, @Nullable Object> normalizer(GgufSplitting splitting) {
        return splitting.composes() ? object("type", "NFC") : null;
    }

    /** The part {@code pre_tokenizer}, in the form that the tokenizers in use have. */
    static Map<String, @Nullable Object> preTokenizer(GgufSplitting splitting) {
        List<Map<String, @Nullable Object>> steps = new ArrayList<>();
        boolean split = false;
        for (String pattern : splitting.patterns()) {
            split |= pattern.equals(Gpt2WordSplitter.PATTERN);
            if (pattern.equals(GgufSplitting.NUMBER)) {
                steps.add(object("type", "Digits", "individual_digits", true));
            } else if (!split) {
                steps.add(split(pattern));
            }
        }
        steps.add(byteLevel(false, split));
        return steps.size() == 1
                ? steps.getFirst()
                : object("type", "Sequence", "pretokenizers", steps);
    }

    private static Map<String, @Nullable Object> split(String pattern) {
        return object(
                "type",
                "Split",
                "pattern",
                object("Regex", pattern),
                "behavior",
                "Isolated",
                "invert",
                false);
    }

    /**
     * The step that makes bytes of words.
     *
     * @param prefixed whether a text gets a space in front
     * @param split whether it cuts texts, as GPT-2, too
     */
    static Map<String, @Nullable Object> byteLevel(boolean prefixed, boolean split) {
        return object(
                "type",
                "ByteLevel",
                "add_prefix_space",
                prefixed,
                "trim_offsets",
                true,
                "use_regex",
                split);
    }

    /**
     * The splitting of a file that {@code TokenizerJson} has read; null when there is none that
     * does the same.
     */
    static @Nullable GgufSplitting find(
            JsonPart normalizer, JsonPart preTokenizer, boolean ignoresMerges)
            throws MalformedCheckpointException {
        boolean composes = false;
        for (JsonPart step : normalizer.steps("normalizers")) {
            if (!step.type().equals("NFC")) {
                return null;
            }
            composes = true;
        }
        List<String> patterns = new ArrayList<>();
        boolean bytes = false;
        for (JsonPart step : preTokenizer.steps("pretokenizers")) {
            bytes = step.type().equals("ByteLevel");
            if (!bytes || step.flag("use_regex", true)) {
                String pattern = pattern(step);
                if (pattern == null) {
                    return null;
                }
                patterns.add(pattern);
            }
            if (bytes && step.flag("add_prefix_space", true)) {
                return null;
            }
        }
        return bytes ? GgufSplitting.of(patterns, composes, ignoresMerges) : null;
    }

    /** The pattern whose matches are words; null when the step does anything else. */
    private static @Nullable String pattern(JsonPart step) throws MalformedCheckpointException {
        return switch (step.type()) {
            case "ByteLevel" -> Gpt2WordSplitter.PATTERN;
            case "Digits" -> step.flag("individual_digits", false) ? GgufSplitting.NUMBER : null;
            case "Split" -> {
                boolean isolates =
                        step.string("behavior").equals("Isolated") && !step.flag("invert", false);
                yield isolates && step.part("pattern").member("Regex") instanceof String regex
                        ? escaped(regex)
                        : null;
            }
            default -> null;
        };
    }

    /** Some files have line breaks in patterns as they are. */
    private static String escaped(String regex) {
        String pattern = regex.replace("\r", "\\r").replace("\n", "\\n");
        return pattern.equals(GPT_4) ? Llama3WordSplitter.LLAMA_3 : pattern;
    }
}
