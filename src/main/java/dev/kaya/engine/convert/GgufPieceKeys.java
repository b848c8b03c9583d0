package dev.kaya.engine.convert;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.read.PieceMerges;
import dev.kaya.engine.tokenizer.read.SentencePieces.Kind;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Describes the {@code tokenizer.json} of a SentencePiece vocabulary, with byte fallback and signs
 * for spaces, in the keys of GGUF. Scores are made up so that pieces merge in the order of the
 * file.
 */
final class GgufPieceKeys {

    private static final String SIGN = String.valueOf(PieceSpelling.SPACE_SIGN);

    private final Map<String, @Nullable Object> root;
    private final Map<?, ?> model;
    private final PieceMerges merging;
    private final Map<Integer, String> tokens = new LinkedHashMap<>();
    private final Map<Integer, Kind> kinds = new LinkedHashMap<>();

    private GgufPieceKeys(Path file, Map<String, @Nullable Object> root, Map<?, ?> model) {
        this.root = root;
        this.model = model;
        merging = new PieceMerges(file);
    }

    /**
     * The keys.
     *
     * @param file for messages
     * @param root its tree
     * @param model the part of that name, with byte fallback
     * @param vocabulary of the model; what the tokenizer lacks is filled up
     * @throws MalformedCheckpointException when GGUF has no place for what the file does
     */
    static Map<String, Object> of(
            Path file, Map<String, @Nullable Object> root, Map<?, ?> model, int vocabulary)
            throws MalformedCheckpointException {
        return new GgufPieceKeys(file, root, model).keys(vocabulary);
    }

    private Map<String, Object> keys(int vocabulary) throws MalformedCheckpointException {
        boolean prefixed = prefixesSpace();
        addTokens();
        List<String> normal = new ArrayList<>();
        tokens.forEach(
                (id, token) -> {
                    if (kinds.get(id) == Kind.NORMAL) {
                        normal.add(token);
                    }
                });
        Map<String, Float> made = merging.ofMerges(normal, merges());
        String[] texts = new String[vocabulary];
        int[] types = new int[vocabulary];
        float[] scores = new float[vocabulary];
        for (int id = 0; id < vocabulary; id++) {
            String token = tokens.get(id);
            Kind kind = token == null ? Kind.UNUSED : kinds.get(id);
            texts[id] = token == null ? "[PAD" + id + "]" : token;
            types[id] = numberOf(kind);
            scores[id] = kind == Kind.NORMAL ? made.getOrDefault(token, 0f) : 0f;
        }
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("tokenizer.ggml.model", "llama");
        keys.put("tokenizer.ggml.pre", "default");
        keys.put("tokenizer.ggml.tokens", List.copyOf(Arrays.asList(texts)));
        keys.put("tokenizer.ggml.scores", scores);
        keys.put("tokenizer.ggml.token_type", types);
        keys.put("tokenizer.ggml.add_space_prefix", prefixed);
        return keys;
    }

    private static int numberOf(@Nullable Kind kind) {
        for (int number = 1; ; number++) {
            if (Kind.of(number) == kind) {
                return number;
            }
        }
    }

    /** Whether every text gets a space in front; refuses what would do anything else. */
    private boolean prefixesSpace() throws MalformedCheckpointException {
        Object unused = root.get("pre_tokenizer");
        boolean split =
                unused != null
                        && !(unused instanceof Map<?, ?> metaspace
                                && "Metaspace".equals(metaspace.get("type"))
                                && "never".equals(metaspace.get("prepend_scheme"))
                                && Boolean.FALSE.equals(metaspace.get("split")));
        if (split) {
            throw merging.unfit("cuts texts, or puts a space in front of some, by pre_tokenizer");
        }
        List<?> steps = steps(root.get("normalizer"), "normalizers");
        boolean prefixed = false;
        boolean signed = unused != null;
        for (Object step : steps) {
            if (isStep(step, "Prepend", "prepend", SIGN) && !prefixed) {
                prefixed = true;
            } else if (isStep(step, "Replace", "content", SIGN)
                    && Map.of("String", " ").equals(((Map<?, ?>) step).get("pattern"))) {
                signed = true;
            } else {
                throw merging.unfit("changes texts by normalizer");
            }
        }
        if (!signed) {
            throw merging.unfit("does not write spaces as " + SIGN);
        }
        checkDecoder(prefixed);
        return prefixed;
    }

    private static List<?> steps(@Nullable Object part, String name) {
        if (part instanceof Map<?, ?> map) {
            return map.get(name) instanceof List<?> steps ? steps : List.of(map);
        }
        return List.of();
    }

    private static boolean isStep(Object step, String type, String key, String value) {
        return step instanceof Map<?, ?> map
                && type.equals(map.get("type"))
                && value.equals(map.get(key));
    }

    /** A space that was put in front is taken off again, and no other. */
    private void checkDecoder(boolean prefixed) throws MalformedCheckpointException {
        boolean strips = false;
        boolean signs = false;
        for (Object step : steps(root.get("decoder"), "decoders")) {
            strips |=
                    isStep(step, "Strip", "content", " ")
                            && !Long.valueOf(0).equals(((Map<?, ?>) step).get("start"));
            signs |= isStep(step, "Replace", "content", " ");
        }
        if (strips != prefixed || !signs) {
            throw merging.unfit("makes texts of tokens in another way than of texts tokens");
        }
    }

    private void addTokens() throws MalformedCheckpointException {
        if (model.get("vocab") instanceof Map<?, ?> vocab) {
            vocab.forEach(
                    (token, id) -> {
                        if (id instanceof Long number) {
                            String text = String.valueOf(token);
                            boolean isByte = PieceSpelling.byteOf(text) >= 0;
                            tokens.put(number.intValue(), text);
                            kinds.put(number.intValue(), isByte ? Kind.BYTE : Kind.NORMAL);
                        }
                    });
        }
        if (root.get("added_tokens") instanceof List<?> added) {
            for (Object token : added) {
                addAdded((Map<?, ?>) token);
            }
        }
        Object unknown = model.get("unk_token");
        tokens.forEach(
                (id, token) -> {
                    if (token.equals(unknown)) {
                        kinds.put(id, Kind.UNKNOWN);
                    }
                });
    }

    private void addAdded(Map<?, ?> token) throws MalformedCheckpointException {
        boolean special = Boolean.TRUE.equals(token.get("special"));
        Object normalized = token.get("normalized");
        for (String flag : List.of("lstrip", "rstrip", "single_word")) {
            if (Boolean.TRUE.equals(token.get(flag))) {
                throw merging.unfit("looks for '%s' by %s".formatted(token.get("content"), flag));
            }
        }
        if (normalized == null ? !special : Boolean.TRUE.equals(normalized)) {
            throw merging.unfit("looks for '%s' by normalized".formatted(token.get("content")));
        }
        if (token.get("id") instanceof Long id) {
            tokens.put(id.intValue(), String.valueOf(token.get("content")));
            kinds.put(id.intValue(), special ? Kind.CONTROL : Kind.USER_DEFINED);
        }
    }

    private List<String> merges() {
        List<String> merges = new ArrayList<>();
        if (model.get("merges") instanceof List<?> list) {
            for (Object merge : list) {
                merges.add(
                        merge instanceof List<?> pair
                                ? pair.get(0) + " " + pair.get(1)
                                : String.valueOf(merge));
            }
        }
        return merges;
    }
}
