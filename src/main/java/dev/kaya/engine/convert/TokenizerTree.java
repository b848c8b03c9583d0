package dev.kaya.engine.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tree of a {@code tokenizer.json} in the making, whose model is a BPE. Not thread-safe. */
final class TokenizerTree {

    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final List<Map<String, @Nullable Object>> added = new ArrayList<>();

    /** Keys and values in turn, which keep their order in the file. */
    static Map<String, @Nullable Object> object(@Nullable Object... members) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            object.put(String.valueOf(members[i]), members[i + 1]);
        }
        return object;
    }

    void addToken(String text, int id) {
        vocabulary.put(text, id);
    }

    /** A token that is cut out of texts as it stands; in the vocabulary too, which fixes its id. */
    void addAdded(String text, int id, boolean special) {
        addToken(text, id);
        Map<String, @Nullable Object> token = object("id", id, "content", text);
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
            token.put(flag, false);
        }
        token.put("special", special);
        added.add(token);
    }

    /**
     * The part {@code model}.
     *
     * @param settings those that are not the usual ones
     */
    Map<String, @Nullable Object> model(
            Map<String, @Nullable Object> settings, List<String> merges) {
        Map<String, @Nullable Object> model = object("type", "BPE");
        for (String name :
                List.of(
                        "dropout",
                        "unk_token",
                        "continuing_subword_prefix",
                        "end_of_word_suffix")) {
            model.put(name, null);
        }
        for (String name : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
            model.put(name, false);
        }
        model.putAll(settings);
        model.put("vocab", vocabulary);
        model.put("merges", merges);
        return model;
    }

    /**
     * The whole tree.
     *
     * @param bos what a text gets in front, if anything
     */
    Map<String, @Nullable Object> tree(
            @Nullable String bos,
            @Nullable Map<String, @Nullable Object> normalizer,
            @Nullable Map<String, @Nullable Object> preTokenizer,
            Map<String, @Nullable Object> decoder,
            Map<String, @Nullable Object> model) {
        Map<String, @Nullable Object> tree =
                object("version", "1.0", "truncation", null, "padding", null);
        tree.put("added_tokens", added);
        tree.put("normalizer", normalizer);
        tree.put("pre_tokenizer", preTokenizer);
        tree.put("post_processor", bos == null ? null : template(bos));
        tree.put("decoder", decoder);
        tree.put("model", model);
        return tree;
    }

    private Map<String, @Nullable Object> template(String bos) {
        var ids = List.of(vocabulary.getOrDefault(bos, 0));
        Map<String, @Nullable Object> special =
                object("id", bos, "ids", ids, "tokens", List.of(bos));
        var single = List.of(part("SpecialToken", bos, 0), part("Sequence", "A", 0));
        var pair = new ArrayList<>(single);
        pair.add(part("SpecialToken", bos, 1));
        pair.add(part("Sequence", "B", 1));
        Map<String, @Nullable Object> template = object("type", "TemplateProcessing");
        template.put("single", single);
        template.put("pair", pair);
        template.put("special_tokens", object(bos, special));
        return template;
    }

    private static Map<String, @Nullable Object> part(String kind, String id, int type) {
        return object(kind, object("id", id, "type_id", type));
    }
}
