package dev.kaya.engine.tokenizer;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The small parts of a {@code tokenizer.json}, as trees: added tokens, normalizer, pre-tokenizer,
 * post-processor and decoder. What is not supported is refused with its name.
 */
final class TokenizerJsonRules {

    private static final String PRE_TOKENIZER = "pre_tokenizer";
    private static final String POST_PROCESSOR = "post_processor";
    private static final String BYTE_LEVEL = "ByteLevel";

    private final Path file;

    TokenizerJsonRules(Path file) {
        this.file = file;
    }

    /** How to cut text into words. */
    record Splitting(WordSplitter splitter, boolean addsPrefixSpace) {}

    List<AddedToken> addedTokens(@Nullable Object tree) throws MalformedCheckpointException {
        var tokens = new ArrayList<AddedToken>();
        for (Object element : list(tree, "added_tokens")) {
            tokens.add(addedToken(element));
        }
        return tokens;
    }

    void checkNormalizer(@Nullable Object tree) throws MalformedCheckpointException {
        if (tree != null) {
            throw unsupported("normalizer", tree);
        }
    }

    void checkDecoder(@Nullable Object tree) throws MalformedCheckpointException {
        if (tree != null && !BYTE_LEVEL.equals(type(tree))) {
            throw unsupported("decoder", tree);
        }
    }

    /**
     * A ByteLevel that splits by itself, or a Split by a known pattern before one that does not.
     */
    Splitting splitting(@Nullable Object tree) throws MalformedCheckpointException {
        List<Object> steps = steps(tree, "pretokenizers");
        if (steps.size() == 1 && BYTE_LEVEL.equals(type(steps.getFirst()))) {
            Object step = steps.getFirst();
            if (!flag(step, "use_regex", true)) {
                throw malformed("pre_tokenizer 'ByteLevel' without 'use_regex' is not supported");
            }
            return new Splitting(new Gpt2WordSplitter(), flag(step, "add_prefix_space", true));
        }
        if (steps.size() == 2
                && "Split".equals(type(steps.getFirst()))
                && BYTE_LEVEL.equals(type(steps.getLast()))) {
            return new Splitting(split(steps.getFirst(), steps.getLast()), false);
        }
        for (Object step : steps) {
            if (!BYTE_LEVEL.equals(type(step))) {
                throw unsupported(PRE_TOKENIZER, step);
            }
        }
        throw unsupported(PRE_TOKENIZER, tree);
    }

    /** The token that the template puts before a single text, if any. */
    OptionalInt bosTokenId(@Nullable Object tree, BpeVocabulary vocabulary)
            throws MalformedCheckpointException {
        OptionalInt bos = OptionalInt.empty();
        for (Object step : steps(tree, "processors")) {
            Object type = type(step);
            if ("TemplateProcessing".equals(type) && bos.isEmpty()) {
                bos = bosOfTemplate(step);
            } else if (!BYTE_LEVEL.equals(type)) {
                throw unsupported(POST_PROCESSOR, step);
            }
        }
        if (bos.isPresent() && !vocabulary.isDefined(bos.getAsInt())) {
            throw malformed(
                    "post_processor puts the token %d in front, which is not in the vocabulary"
                            .formatted(bos.getAsInt()));
        }
        return bos;
    }

    private AddedToken addedToken(@Nullable Object tree) throws MalformedCheckpointException {
        if (!(member(tree, "id") instanceof Long id)
                || !(member(tree, "content") instanceof String content)) {
            throw malformed("an entry of 'added_tokens' must have 'id' and 'content'");
        }
        for (String option : List.of("single_word", "lstrip", "rstrip")) {
            if (flag(tree, option, false)) {
                throw malformed(
                        "the added token '%s' has '%s', which is not supported"
                                .formatted(content, option));
            }
        }
        boolean special = flag(tree, "special", false);
        boolean normalized = flag(tree, "normalized", !special);
        try {
            return new AddedToken(Math.toIntExact(id), content, special, normalized);
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw malformed("the added token with id %d: %s".formatted(id, e.getMessage()));
        }
    }

    private WordSplitter split(Object split, Object byteLevel) throws MalformedCheckpointException {
        Object pattern = member(split, "pattern");
        Object regex = pattern instanceof Map<?, ?> map ? map.get("Regex") : null;
        if (!Gpt2WordSplitter.PATTERN.equals(regex)) {
            throw malformed(
                    "pre_tokenizer 'Split' by the pattern %s is not supported; Kaya knows GPT-2's"
                            .formatted(regex == null ? pattern : regex));
        }
        if (!"Isolated".equals(member(split, "behavior")) || flag(split, "invert", false)) {
            throw malformed("pre_tokenizer 'Split' must be 'Isolated' and not inverted");
        }
        if (flag(byteLevel, "use_regex", true) || flag(byteLevel, "add_prefix_space", true)) {
            throw malformed(
                    "pre_tokenizer 'ByteLevel' after 'Split' must have neither 'use_regex' nor"
                            + " 'add_prefix_space'");
        }
        return new Gpt2WordSplitter();
    }

    private OptionalInt bosOfTemplate(Object template) throws MalformedCheckpointException {
        List<Object> pieces = list(member(template, "single"), "single");
        boolean endsWithText =
                !pieces.isEmpty() && member(pieces.getLast(), "Sequence") instanceof Map;
        if (!endsWithText || pieces.size() > 2) {
            throw unsupported("post_processor 'TemplateProcessing' with 'single'", pieces);
        }
        if (pieces.size() == 1) {
            return OptionalInt.empty();
        }
        Object name = member(member(pieces.getFirst(), "SpecialToken"), "id");
        Object special = member(member(template, "special_tokens"), String.valueOf(name));
        List<Object> ids = list(member(special, "ids"), "ids");
        if (ids.size() != 1
                || !(ids.getFirst() instanceof Long id)
                || id < 0
                || id >= BpeVocabularyBuilder.ID_LIMIT) {
            throw malformed(
                    "post_processor: the special token '%s' must be one id".formatted(name));
        }
        return OptionalInt.of(id.intValue());
    }

    /** The members of a Sequence, or the one step there is, or none. */
    private List<Object> steps(@Nullable Object tree, String membersName)
            throws MalformedCheckpointException {
        if (tree == null) {
            return List.of();
        }
        return "Sequence".equals(type(tree))
                ? list(member(tree, membersName), membersName)
                : List.of(tree);
    }

    private List<Object> list(@Nullable Object tree, String name)
            throws MalformedCheckpointException {
        if (tree == null) {
            return List.of();
        }
        if (!(tree instanceof List<?> elements) || elements.contains(null)) {
            throw malformed("'%s' must be an array of values".formatted(name));
        }
        return List.copyOf(elements);
    }

    private static @Nullable Object member(@Nullable Object tree, String name) {
        return tree instanceof Map<?, ?> map ? map.get(name) : null;
    }

    private boolean flag(@Nullable Object tree, String name, boolean otherwise)
            throws MalformedCheckpointException {
        Object value = member(tree, name);
        if (value == null) {
            return otherwise;
        }
        if (!(value instanceof Boolean flag)) {
            throw malformed("'%s' must be true or false".formatted(name));
        }
        return flag;
    }

    private static @Nullable Object type(@Nullable Object tree) {
        return member(tree, "type");
    }

    private MalformedCheckpointException unsupported(String part, @Nullable Object tree) {
        Object type = type(tree);
        return malformed(
                "%s %s is not supported; Kaya reads byte-level BPE as GPT-2 has it"
                        .formatted(part, type == null ? tree : "'" + type + "'"));
    }

    private MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, -1, reason);
    }
}
