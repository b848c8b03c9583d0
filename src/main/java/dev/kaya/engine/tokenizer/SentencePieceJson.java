package dev.kaya.engine.tokenizer;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.SentencePieces.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the SentencePiece vocabulary of a GGUF file as a {@code tokenizer.json}, in the form that
 * Hugging Face gives to Llama's: characters and bytes merged, spaces written as signs.
 */
public final class SentencePieceJson {

    private static final String SIGN = String.valueOf(PieceSpelling.SPACE_SIGN);

    private final Path file;
    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final Map<String, Float> scores = new LinkedHashMap<>();
    private final List<Map<String, @Nullable Object>> added = new ArrayList<>();
    private @Nullable String unknown;

    private SentencePieceJson(Path file) {
        this.file = file;
    }

    /**
     * The tree of the file.
     *
     * @param file where the key-values come from, for messages
     * @param values the value of a key of a GGUF file that {@link GgufVocabulary} has read
     * @param bos what a text gets in front, if anything
     * @throws MalformedCheckpointException when the form has no place for the vocabulary
     */
    public static Map<String, @Nullable Object> ofGguf(
            Path file, Function<String, @Nullable Object> values, OptionalInt bos)
            throws MalformedCheckpointException {
        var json = new SentencePieceJson(file);
        List<?> tokens = list(values, "tokens");
        List<?> types = list(values, "token_type");
        List<?> scores = list(values, "scores");
        if (types.size() != tokens.size() || scores.size() != tokens.size()) {
            throw new PieceMerges(file).unfit("does not say what each token is and scores");
        }
        for (int id = 0; id < tokens.size(); id++) {
            Kind kind = types.get(id) instanceof Long type ? Kind.of(type) : null;
            if (kind != null && scores.get(id) instanceof Number score) {
                json.add(String.valueOf(tokens.get(id)), id, score.floatValue(), kind);
            }
        }
        boolean prefixed = !Boolean.FALSE.equals(values.apply("tokenizer.ggml.add_space_prefix"));
        return json.tree(
                prefixed, bos.isPresent() ? String.valueOf(tokens.get(bos.getAsInt())) : null);
    }

    private static List<?> list(Function<String, @Nullable Object> values, String name) {
        return values.apply("tokenizer.ggml." + name) instanceof List<?> list ? list : List.of();
    }

    private void add(String text, int id, float score, Kind kind) {
        if (text.isEmpty() || kind == Kind.UNUSED) {
            return;
        }
        vocabulary.put(text, id);
        switch (kind) {
            case NORMAL -> scores.put(text, score);
            case UNKNOWN -> {
                unknown = text;
                added.add(added(text, id, true));
            }
            case CONTROL -> added.add(added(text, id, true));
            case USER_DEFINED -> added.add(added(text, id, false));
            case UNUSED, BYTE -> {
                // Bytes are told by their text.
            }
        }
    }

    private static Map<String, @Nullable Object> added(String text, int id, boolean special) {
        return object(
                "id",
                id,
                "content",
                text,
                "single_word",
                false,
                "lstrip",
                false,
                "rstrip",
                false,
                "normalized",
                false,
                "special",
                special);
    }

    /** Keys and values in turn, which keep their order in the file. */
    private static Map<String, @Nullable Object> object(@Nullable Object... members) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            object.put(String.valueOf(members[i]), members[i + 1]);
        }
        return object;
    }

    private Map<String, @Nullable Object> tree(boolean prefixed, @Nullable String bos)
            throws MalformedCheckpointException {
        Map<String, @Nullable Object> model =
                object(
                        "type",
                        "BPE",
                        "dropout",
                        null,
                        "unk_token",
                        unknown,
                        "continuing_subword_prefix",
                        null,
                        "end_of_word_suffix",
                        null,
                        "fuse_unk",
                        true,
                        "byte_fallback",
                        true,
                        "ignore_merges",
                        false,
                        "vocab",
                        vocabulary,
                        "merges",
                        new PieceMerges(file).ofScores(scores));
        return object(
                "version",
                "1.0",
                "truncation",
                null,
                "padding",
                null,
                "added_tokens",
                added,
                "normalizer",
                normalizer(prefixed),
                "pre_tokenizer",
                null,
                "post_processor",
                bos == null ? null : template(bos),
                "decoder",
                decoder(prefixed),
                "model",
                model);
    }

    private static Map<String, @Nullable Object> normalizer(boolean prefixed) {
        Map<String, @Nullable Object> replace = replace(" ", SIGN);
        return prefixed
                ? object(
                        "type",
                        "Sequence",
                        "normalizers",
                        List.of(object("type", "Prepend", "prepend", SIGN), replace))
                : replace;
    }

    private static Map<String, @Nullable Object> replace(String text, String content) {
        return object("type", "Replace", "pattern", object("String", text), "content", content);
    }

    private static Map<String, @Nullable Object> decoder(boolean prefixed) {
        List<Map<String, @Nullable Object>> steps = new ArrayList<>();
        steps.add(replace(SIGN, " "));
        steps.add(object("type", "ByteFallback"));
        steps.add(object("type", "Fuse"));
        if (prefixed) {
            steps.add(object("type", "Strip", "content", " ", "start", 1, "stop", 0));
        }
        return object("type", "Sequence", "decoders", steps);
    }

    private Map<String, @Nullable Object> template(String bos) {
        return object(
                "type",
                "TemplateProcessing",
                "single",
                List.of(part("SpecialToken", bos, 0), part("Sequence", "A", 0)),
                "pair",
                List.of(
                        part("SpecialToken", bos, 0),
                        part("Sequence", "A", 0),
                        part("SpecialToken", bos, 1),
                        part("Sequence", "B", 1)),
                "special_tokens",
                object(
                        bos,
                        object(
                                "id",
                                bos,
                                "ids",
                                List.of(vocabulary.getOrDefault(bos, 0)),
                                "tokens",
                                List.of(bos))));
    }

    private static Map<String, @Nullable Object> part(String kind, String id, int type) {
        return object(kind, object("id", id, "type_id", type));
    }
}
