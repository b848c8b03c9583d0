package dev.kaya.engine;

import dev.kaya.engine.checkpoint.CheckpointFolder;
import dev.kaya.engine.checkpoint.JsonFile;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.GgufTokenizerKeys;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The tokenizer of a converted checkpoint: its files, or its keys in GGUF. */
final class ConvertedTokenizer {

    private static final List<String> FILES =
            List.of(
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "added_tokens.json",
                    "vocab.json",
                    "merges.txt",
                    "tokenizer.model",
                    "generation_config.json");
    private static final String GGUF_PREFIX = "tokenizer.";

    private final CheckpointFolder folder;
    private final Map<String, @Nullable Object> metadata;
    private final Tokenizer tokenizer;

    ConvertedTokenizer(
            CheckpointFolder folder, Map<String, @Nullable Object> metadata, Tokenizer tokenizer) {
        this.folder = folder;
        this.metadata = metadata;
        this.tokenizer = tokenizer;
    }

    /**
     * Copies the files beside the weights, or writes the one that a vocabulary of characters needs.
     *
     * @throws MalformedCheckpointException when the tokenizer lies within the weight file and is no
     *     vocabulary of characters
     */
    void writeTo(Path target) throws IOException {
        for (String name : FILES) {
            Path file = folder.weights().resolveSibling(name);
            if (Files.isRegularFile(file)) {
                Files.copy(file, target.resolve(name));
            }
        }
        if (Files.exists(target.resolve("tokenizer.json"))
                || Files.exists(target.resolve("vocab.json"))
                || Files.exists(target.resolve("tokenizer.model"))) {
            return;
        }
        Files.writeString(
                target.resolve("vocab.json"), JsonMapper.shared().writeValueAsString(characters()));
    }

    /** Ids by characters. */
    private Map<String, Integer> characters() throws MalformedCheckpointException {
        Map<String, Integer> characters = new LinkedHashMap<>();
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            String text = new String(tokenizer.bytes(id), StandardCharsets.UTF_8);
            if (tokenizer.isDefined(id) && !tokenizer.isSpecial(id)) {
                if (text.codePointCount(0, text.length()) != 1) {
                    throw new MalformedCheckpointException(
                            folder.weights(),
                            -1,
                            "its tokenizer lies within the file and cannot be written as one of its"
                                    + " own; put its tokenizer.json beside the file, or convert to"
                                    + " gguf");
                }
                characters.put(text, id);
            }
        }
        return characters;
    }

    /**
     * GGUF's keys of the tokenizer.
     *
     * @param vocabulary of the model; what the tokenizer lacks is filled up
     * @throws MalformedCheckpointException when GGUF has no place for the tokenizer
     */
    Map<String, Object> gguf(int vocabulary) throws IOException {
        Map<String, Object> keys = new LinkedHashMap<>();
        if (metadata.containsKey(GGUF_PREFIX + "ggml.model")) {
            metadata.forEach(
                    (key, value) -> {
                        if (key.startsWith(GGUF_PREFIX) && value != null) {
                            keys.put(key, narrowed(value));
                        }
                    });
            return keys;
        }
        CheckpointFolder.TokenizerFiles files = folder.tokenizer();
        if (files.tokenizerJson() != null) {
            return GgufTokenizerKeys.ofTokenizerJson(
                    files.tokenizerJson(), JsonFile.read(files.tokenizerJson()), vocabulary);
        }
        if (files.vocabJson() != null && files.merges() != null) {
            return GgufTokenizerKeys.ofVocabulary(
                    JsonFile.read(files.vocabJson()),
                    Files.readAllLines(files.merges(), StandardCharsets.UTF_8),
                    vocabulary);
        }
        return GgufTokenizerKeys.ofCharacters(folder.weights(), characters(), vocabulary);
    }

    /** The types of GGUF that its readers expect: 32 bits are enough for all of a tokenizer's. */
    private static Object narrowed(Object value) {
        return switch (value) {
            case Long number -> number.intValue();
            case Double number -> number.floatValue();
            case List<?> list when !list.isEmpty() && list.getFirst() instanceof Long ->
                    list.stream().mapToInt(number -> ((Long) number).intValue()).toArray();
            case List<?> list when !list.isEmpty() && list.getFirst() instanceof Double -> {
                float[] numbers = new float[list.size()];
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = ((Double) list.get(i)).floatValue();
                }
                yield numbers;
            }
            default -> value;
        };
    }
}
