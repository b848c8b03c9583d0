package dev.kaya.engine.tokenizer;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Describes tokenizers in the keys of GGUF, for files that are written. */
public final class GgufTokenizerKeys {

    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;

    private final Map<Integer, String> tokens = new LinkedHashMap<>();
    private final Map<Integer, Integer> types = new LinkedHashMap<>();
    private List<String> merges = List.of();
    private String splitting = "gpt-2";

    private GgufTokenizerKeys() {}

    /**
     * The keys of a {@code tokenizer.json}.
     *
     * @param file for messages
     * @param root its tree
     * @param vocabulary of the model
     * @throws MalformedCheckpointException when it is neither a byte-level BPE of a kind that GGUF
     *     names nor a SentencePiece vocabulary
     */
    public static Map<String, Object> ofTokenizerJson(
            Path file, Map<String, @Nullable Object> root, int vocabulary)
            throws MalformedCheckpointException {
        var keys = new GgufTokenizerKeys();
        if (root.get("model") instanceof Map<?, ?> pieces
                && Boolean.TRUE.equals(pieces.get("byte_fallback"))
                && !String.valueOf(root.get("pre_tokenizer")).contains("ByteLevel")) {
            return GgufPieceKeys.of(file, root, pieces, vocabulary);
        }
        if (!(root.get("model") instanceof Map<?, ?> model)
                || !"BPE".equals(model.get("type"))
                || Boolean.TRUE.equals(model.get("byte_fallback"))
                || !(model.get("vocab") instanceof Map<?, ?> vocab)
                || !(model.get("merges") instanceof List<?> merges)) {
            throw unfit(file, "is no byte-level BPE");
        }
        keys.splitting = splitting(file, root, Boolean.TRUE.equals(model.get("ignore_merges")));
        keys.addAll(vocab);
        keys.merges = new ArrayList<>();
        for (Object merge : merges) {
            keys.merges.add(
                    merge instanceof List<?> pair
                            ? pair.get(0) + " " + pair.get(1)
                            : String.valueOf(merge));
        }
        if (root.get("added_tokens") instanceof List<?> added) {
            for (Object token : added) {
                keys.addAdded((Map<?, ?>) token);
            }
        }
        return keys.build(vocabulary);
    }

    /** The name that llama.cpp gives to the way a text is split into words. */
    private static String splitting(
            Path file, Map<String, @Nullable Object> root, boolean ignoresMerges)
            throws MalformedCheckpointException {
        GgufSplitting splitting =
                SplittingJson.find(
                        new JsonPart(file, "normalizer", root.get("normalizer")),
                        new JsonPart(file, "pre_tokenizer", root.get("pre_tokenizer")),
                        ignoresMerges);
        if (splitting == null) {
            throw unfit(file, "splits texts in a way that GGUF has no name for");
        }
        return splitting.nameInFiles();
    }

    private static MalformedCheckpointException unfit(Path file, String why) {
        return new MalformedCheckpointException(
                file, -1, "the tokenizer " + why + "; convert to safetensors instead");
    }

    /**
     * The keys of GPT-2's pair of files.
     *
     * @param vocab ids by tokens
     * @param lines of {@code merges.txt}
     * @param vocabulary of the model
     */
    public static Map<String, Object> ofVocabulary(
            Map<String, @Nullable Object> vocab, List<String> lines, int vocabulary) {
        var keys = new GgufTokenizerKeys();
        keys.addAll(vocab);
        keys.merges =
                lines.stream()
                        .filter(line -> !line.isBlank() && !line.startsWith("#version"))
                        .toList();
        vocab.forEach(
                (token, id) -> {
                    if (token.startsWith("<|")
                            && token.endsWith("|>")
                            && id instanceof Long number) {
                        keys.types.put(number.intValue(), CONTROL);
                    }
                });
        return keys.build(vocabulary);
    }

    /**
     * The keys of a vocabulary of characters, which in GGUF is one of bytes without merges.
     *
     * @param file for messages
     * @param characters ids by characters
     * @param vocabulary of the model
     * @throws MalformedCheckpointException when a character has more than one byte
     */
    public static Map<String, Object> ofCharacters(
            Path file, Map<String, Integer> characters, int vocabulary)
            throws MalformedCheckpointException {
        var keys = new GgufTokenizerKeys();
        for (Map.Entry<String, Integer> entry : characters.entrySet()) {
            byte[] bytes = entry.getKey().getBytes(StandardCharsets.UTF_8);
            if (bytes.length != 1) {
                throw unfit(file, "has the character '" + entry.getKey() + "' of several bytes");
            }
            keys.tokens.put(entry.getValue(), ByteAlphabet.spell(bytes));
        }
        return keys.build(vocabulary);
    }

    private void addAll(Map<?, ?> vocab) {
        vocab.forEach(
                (token, id) -> {
                    if (id instanceof Long number) {
                        tokens.put(number.intValue(), String.valueOf(token));
                    }
                });
    }

    private void addAdded(Map<?, ?> token) {
        if (token.get("id") instanceof Long id) {
            tokens.put(id.intValue(), String.valueOf(token.get("content")));
            boolean special = Boolean.TRUE.equals(token.get("special"));
            types.put(id.intValue(), special ? CONTROL : USER_DEFINED);
        }
    }

    private Map<String, Object> build(int vocabulary) {
        String[] texts = new String[vocabulary];
        int[] kinds = new int[vocabulary];
        for (int id = 0; id < vocabulary; id++) {
            String text = tokens.get(id);
            texts[id] = text == null ? "[PAD" + id + "]" : text;
            kinds[id] = text == null ? UNUSED : types.getOrDefault(id, NORMAL);
        }
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("tokenizer.ggml.model", "gpt2");
        keys.put("tokenizer.ggml.pre", splitting);
        keys.put("tokenizer.ggml.tokens", Collections.unmodifiableList(Arrays.asList(texts)));
        keys.put("tokenizer.ggml.token_type", kinds);
        keys.put("tokenizer.ggml.merges", List.copyOf(merges));
        return keys;
    }
}
