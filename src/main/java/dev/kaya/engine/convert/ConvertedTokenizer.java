package dev.kaya.engine.convert;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.folder.CheckpointFolder;
import dev.kaya.engine.checkpoint.json.JsonFile;
import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.engine.resolve.TokenizerLoader;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.read.GgufVocabulary;
import dev.kaya.engine.tokenizer.read.Gpt2Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
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

    /** Under which keys the ends of a text, of a turn and of a message stand. */
    private static final List<String> ENDS =
            List.of("ggml.eos_token_id", "ggml.eot_token_id", "ggml.eom_token_id");

    private final CheckpointFolder folder;
    private final Map<String, @Nullable Object> metadata;
    private final @Nullable Tokenizer tokenizer;

    /**
     * @param tokenizer null where the checkpoint relies on GPT-2's
     */
    ConvertedTokenizer(
            CheckpointFolder folder,
            Map<String, @Nullable Object> metadata,
            @Nullable Tokenizer tokenizer) {
        this.folder = folder;
        this.metadata = metadata;
        this.tokenizer = tokenizer;
    }

    /**
     * Copies the files beside the weights, or writes those that the vocabulary needs: GPT-2's where
     * the checkpoint relies on it, a {@code tokenizer.json} of what GGUF carries, or characters
     * from within the file.
     *
     * @throws MalformedCheckpointException when the tokenizer lies within the weight file and is
     *     another one
     */
    void writeTo(Path target, SpecialTokens special) throws IOException {
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
        if (tokenizer == null) {
            write(target.resolve("vocab.json"), Gpt2Vocabulary.ids());
            Files.write(target.resolve("merges.txt"), List.of("#version: 0.2"));
            Files.write(
                    target.resolve("merges.txt"),
                    Gpt2Vocabulary.merges(),
                    StandardOpenOption.APPEND);
        } else if (metadata.containsKey(GgufVocabulary.MODEL)) {
            writeJson(target, special);
        } else {
            write(target.resolve("vocab.json"), characters(tokenizer));
        }
    }

    private void writeJson(Path target, SpecialTokens special) throws IOException {
        var json = new GgufTokenizerJson(folder.weights(), metadata::get);
        OptionalInt bos = special.addBos() ? special.bos() : OptionalInt.empty();
        write(target.resolve("tokenizer.json"), json.tokenizer(bos));
        Path config = target.resolve("tokenizer_config.json");
        if (!Files.exists(config)) {
            OptionalInt eos = special.eos().stream().mapToInt(Integer::intValue).findFirst();
            write(config, json.config(special.bos(), eos));
        }
    }

    private static void write(Path file, Map<String, ? extends @Nullable Object> values)
            throws IOException {
        Files.writeString(file, JsonMapper.shared().writeValueAsString(values));
    }

    /** Ids by characters. */
    private Map<String, Integer> characters(Tokenizer tokenizer)
            throws MalformedCheckpointException {
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
     * @param special tokens that begin and end texts
     * @throws MalformedCheckpointException when GGUF has no place for the tokenizer
     */
    Map<String, Object> gguf(int vocabulary, SpecialTokens special) throws IOException {
        Map<String, Object> keys = new LinkedHashMap<>(keys(vocabulary));
        special.bos().ifPresent(id -> keys.putIfAbsent(GGUF_PREFIX + "ggml.bos_token_id", id));
        for (int i = 0; i < Math.min(special.eos().size(), ENDS.size()); i++) {
            keys.putIfAbsent(GGUF_PREFIX + ENDS.get(i), special.eos().get(i));
        }
        keys.putIfAbsent(GGUF_PREFIX + "ggml.add_bos_token", special.addBos());
        return keys;
    }

    private Map<String, Object> keys(int vocabulary) throws IOException {
        CheckpointFolder.TokenizerFiles files = folder.tokenizer();
        if (files.tokenizerJson() != null) {
            return GgufTokenizerKeys.ofTokenizerJson(
                    files.tokenizerJson(), JsonFile.read(files.tokenizerJson()), vocabulary);
        }
        if (files.vocabJson() != null && files.merges() != null) {
            return GgufTokenizerKeys.ofVocabularyFiles(
                    files.vocabJson(),
                    JsonFile.read(files.vocabJson()),
                    files.merges(),
                    TokenizerLoader.config(files.settings()),
                    vocabulary);
        }
        if (tokenizer == null) {
            return GgufTokenizerKeys.ofGpt2(vocabulary);
        }
        return metadata.containsKey(GgufVocabulary.MODEL)
                ? stored()
                : GgufTokenizerKeys.ofCharacters(
                        folder.weights(), characters(tokenizer), vocabulary);
    }

    /** What a GGUF file says already. */
    private Map<String, Object> stored() {
        Map<String, Object> keys = new LinkedHashMap<>();
        metadata.forEach(
                (key, value) -> {
                    if (key.startsWith(GGUF_PREFIX) && value != null) {
                        keys.put(key, narrowed(value));
                    }
                });
        return keys;
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
