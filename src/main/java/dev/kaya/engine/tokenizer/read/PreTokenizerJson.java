package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Preceding;
import dev.kaya.engine.tokenizer.pipeline.CharacterKind;
import dev.kaya.engine.tokenizer.pipeline.DelimiterSplitter;
import dev.kaya.engine.tokenizer.pipeline.DelimiterSplitter.Behavior;
import dev.kaya.engine.tokenizer.pipeline.Gpt2WordSplitter;
import dev.kaya.engine.tokenizer.pipeline.Llama3WordSplitter;
import dev.kaya.engine.tokenizer.pipeline.Metaspace;
import dev.kaya.engine.tokenizer.pipeline.PreTokenizer;
import dev.kaya.engine.tokenizer.pipeline.TextNormalizer;
import dev.kaya.engine.tokenizer.pipeline.WordSplitter;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Reads the part {@code pre_tokenizer} of a {@code tokenizer.json}: how text is cut into words. */
final class PreTokenizerJson {

    private static final String BYTE_LEVEL = "ByteLevel";

    private static final String SUPPORTED =
            "ByteLevel, Split, Digits, Metaspace, Punctuation, Whitespace, WhitespaceSplit,"
                    + " BertPreTokenizer and Sequence";

    private final JsonPart part;
    private final List<WordSplitter> splitters = new ArrayList<>();
    private TextNormalizer preparation = TextNormalizer.NONE;
    private boolean byteLevel;

    private PreTokenizerJson(JsonPart part) {
        this.part = part;
    }

    /**
     * What the part says.
     *
     * @param byteLevel whether words become bytes, in the alphabet of GPT-2
     */
    record PreTokenization(PreTokenizer preTokenizer, boolean byteLevel) {}

    static PreTokenization read(JsonPart preTokenizer) throws MalformedCheckpointException {
        return new PreTokenizerJson(preTokenizer).read();
    }

    private PreTokenization read() throws MalformedCheckpointException {
        List<JsonPart> steps = part.steps("pretokenizers");
        for (JsonPart step : steps) {
            if (byteLevel) {
                throw step.malformed(
                        "'%s' after ByteLevel is not supported".formatted(step.type()));
            }
            add(step, steps.size() == 1);
        }
        return new PreTokenization(new PreTokenizer(preparation, splitters), byteLevel);
    }

    private void add(JsonPart step, boolean alone) throws MalformedCheckpointException {
        switch (step.type()) {
            case BYTE_LEVEL -> addByteLevel(step, alone);
            case "Split" -> splitters.add(split(step));
            case "Digits" -> {
                boolean single = step.flag("individual_digits", false);
                addSplit(CharacterKind::isNumber, single ? Behavior.ISOLATED : Behavior.CONTIGUOUS);
            }
            case "Punctuation" -> {
                boolean given = step.member("behavior") != null;
                addSplit(CharacterKind::isPunctuation, given ? behavior(step) : Behavior.ISOLATED);
            }
            case "Whitespace" -> {
                addSplit(CharacterKind::isSpace, Behavior.REMOVED);
                addSplit(c -> !CharacterKind.isWord(c), Behavior.CONTIGUOUS);
            }
            case "WhitespaceSplit" -> addSplit(CharacterKind::isSpace, Behavior.REMOVED);
            case "BertPreTokenizer" -> {
                addSplit(CharacterKind::isSpace, Behavior.REMOVED);
                addSplit(CharacterKind::isPunctuation, Behavior.ISOLATED);
            }
            case "Metaspace" -> addMetaspace(step, alone);
            default -> throw step.unsupported(SUPPORTED);
        }
    }

    private void addSplit(IntPredicate isDelimiter, Behavior behavior) {
        splitters.add(DelimiterSplitter.at(isDelimiter, behavior));
    }

    private void addByteLevel(JsonPart step, boolean alone) throws MalformedCheckpointException {
        byteLevel = true;
        if (step.flag("add_prefix_space", true)) {
            if (!alone) {
                throw step.malformed("ByteLevel with 'add_prefix_space' must be the only step");
            }
            preparation = PreTokenizerJson::withSpaceInFront;
        }
        if (step.flag("use_regex", true)) {
            splitters.add(new Gpt2WordSplitter());
        }
    }

    /** A space before a text that does not begin with one. */
    static String withSpaceInFront(String text, Preceding preceding) {
        return text.isEmpty() || text.charAt(0) == ' ' ? text : " " + text;
    }

    private static WordSplitter split(JsonPart step) throws MalformedCheckpointException {
        JsonPart pattern = step.part("pattern");
        Behavior behavior = behavior(step);
        boolean inverted = step.flag("invert", false);
        if (behavior == Behavior.ISOLATED && pattern.member("Regex") instanceof String regex) {
            if (regex.equals(Gpt2WordSplitter.PATTERN)) {
                return new Gpt2WordSplitter();
            }
            if (regex.equals(Llama3WordSplitter.LLAMA_3)) {
                return new Llama3WordSplitter(3);
            }
            if (regex.equals(Llama3WordSplitter.QWEN_2)) {
                return new Llama3WordSplitter(1);
            }
        }
        return new DelimiterSplitter(
                DelimiterSplitter.matches(PatternJson.pattern(pattern)), behavior, inverted);
    }

    private static Behavior behavior(JsonPart step) throws MalformedCheckpointException {
        String behavior = step.string("behavior");
        return switch (behavior) {
            case "Isolated" -> Behavior.ISOLATED;
            case "Removed" -> Behavior.REMOVED;
            case "MergedWithPrevious" -> Behavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> Behavior.MERGED_WITH_NEXT;
            case "Contiguous" -> Behavior.CONTIGUOUS;
            default -> throw step.malformed("the behavior '%s' is unknown".formatted(behavior));
        };
    }

    private void addMetaspace(JsonPart step, boolean alone) throws MalformedCheckpointException {
        if (!alone) {
            throw step.malformed("Metaspace must be the only step");
        }
        char sign =
                step.member("replacement") == null
                        ? PieceSpelling.SPACE_SIGN
                        : step.character("replacement");
        preparation = Metaspace.preparation(sign, scheme(step));
        if (step.flag("split", true)) {
            splitters.add(new Metaspace.Splitter(sign));
        }
    }

    /** When text gets a space in front; older files say it by {@code add_prefix_space}. */
    static Metaspace.Scheme scheme(JsonPart step) throws MalformedCheckpointException {
        if (step.member("prepend_scheme") == null) {
            return step.flag("add_prefix_space", true)
                    ? Metaspace.Scheme.ALWAYS
                    : Metaspace.Scheme.NEVER;
        }
        String scheme = step.string("prepend_scheme");
        return switch (scheme) {
            case "always" -> Metaspace.Scheme.ALWAYS;
            case "first" -> Metaspace.Scheme.FIRST;
            case "never" -> Metaspace.Scheme.NEVER;
            default -> throw step.malformed("the scheme '%s' is unknown".formatted(scheme));
        };
    }
}
