package dev.kaya.engine.convert;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.read.AddedTokensJson;
import dev.kaya.engine.tokenizer.read.GgufSplitting;
import dev.kaya.engine.tokenizer.read.Gpt2Vocabulary;
import dev.kaya.engine.tokenizer.read.JsonPart;
import dev.kaya.engine.tokenizer.read.TokenizerConfig;
import dev.kaya.engine.tokenizer.read.VocabularyFiles;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
    private GgufSplitting splitting = GgufSplitting.GPT_2;

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
            throw unfit(file, "is not byte-level BPE");
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
        keys.addAdded(
                file,
                AddedTokensJson.read(new JsonPart(file, "added_tokens", root.get("added_tokens"))));
        return keys.build(vocabulary);
    }

    /** The way a text is split into words, of those that llama.cpp has names for. */
    private static GgufSplitting splitting(
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
        return splitting;
    }

    private static MalformedCheckpointException unfit(Path file, String why) {
        return new MalformedCheckpointException(
                file, -1, "the tokenizer " + why + "; convert to safetensors instead");
    }

    /**
     * The keys of a byte-level BPE in two files, as {@link VocabularyFiles} reads it.
     *
     * @param file {@code vocab.json}
     * @param vocab its tree: ids by tokens
     * @param merges {@code merges.txt}
     * @param config what the files beside them say
     * @param vocabulary of the model
     * @throws MalformedCheckpointException when GGUF has no place for what they say
     */
    public static Map<String, Object> ofVocabularyFiles(
            Path file,
            Map<String, @Nullable Object> vocab,
            Path merges,
            TokenizerConfig config,
            int vocabulary)
            throws IOException {
        if (config.addsPrefixSpace()) {
            throw unfit(file, "puts a space in front of texts, by add_prefix_space");
        }
        var keys = new GgufTokenizerKeys();
        keys.splitting = VocabularyFiles.splitting(config);
        keys.addAll(vocab);
        try (InputStream stream = Files.newInputStream(merges)) {
            keys.merges = VocabularyFiles.merges(merges, stream);
        }
        keys.addAdded(file, VocabularyFiles.addedTokens(file, config));
        return keys.build(vocabulary);
    }

    /** The keys of GPT-2's own vocabulary; see the other form. */
    public static Map<String, Object> ofGpt2(int vocabulary) {
        var keys = new GgufTokenizerKeys();
        keys.addAll(Gpt2Vocabulary.ids());
        keys.merges = Gpt2Vocabulary.merges();
        keys.types.put(Gpt2Vocabulary.SIZE - 1, CONTROL); // <|endoftext|>, the last
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

    /**
     * Adds tokens that are cut out of texts. GGUF does not say how: its readers look for all of
     * them at once, in the text as it is and wherever they stand.
     */
    private void addAdded(Path file, List<AddedToken> added) throws MalformedCheckpointException {
        for (AddedToken token : added) {
            String flag = lostFlag(token, added);
            if (flag != null) {
                throw unfit(
                        file,
                        "looks for '%s' by %s, which GGUF has no place for"
                                .formatted(token.content(), flag));
            }
            tokens.put(token.id(), token.content());
            types.put(token.id(), token.special() ? CONTROL : USER_DEFINED);
        }
    }

    /** A flag without which a token would be found elsewhere; null when there is none. */
    private @Nullable String lostFlag(AddedToken token, List<AddedToken> added) {
        AddedToken.Matching matching = token.matching();
        if (matching.leftStrip()) {
            return "lstrip";
        }
        if (matching.rightStrip()) {
            return "rstrip";
        }
        if (matching.singleWord()) {
            return "single_word";
        }
        boolean matters = splitting.composes() || added.stream().anyMatch(token::comesAfter);
        return matching.normalized() && matters ? "normalized" : null;
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
        keys.put("tokenizer.ggml.pre", splitting.nameInFiles());
        keys.put("tokenizer.ggml.tokens", Collections.unmodifiableList(Arrays.asList(texts)));
        keys.put("tokenizer.ggml.token_type", kinds);
        keys.put("tokenizer.ggml.merges", List.copyOf(merges));
        return keys;
    }
}
