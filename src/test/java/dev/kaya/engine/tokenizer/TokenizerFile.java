package dev.kaya.engine.tokenizer;

import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A {@code tokenizer.json} in the making, for Kaya and for Hugging Face's own library. Parts are
 * JSON.
 */
public final class TokenizerFile {

    static final String BYTE_LEVEL =
            "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true,"
                    + " \"use_regex\": true}";

    static final String BYTES_ONLY =
            "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true,"
                    + " \"use_regex\": false}";

    private static @Nullable String gpt2;

    private final String model;
    private final List<String> added = new ArrayList<>();
    private String normalizer = "null";
    private String preTokenizer = BYTE_LEVEL;
    private String postProcessor = "null";
    private String decoder = BYTE_LEVEL;

    private TokenizerFile(String model) {
        this.model = model;
    }

    /** With a model as JSON. */
    public static TokenizerFile of(String model) {
        return new TokenizerFile(model);
    }

    /** With a vocabulary and merges, and more settings of the model. */
    public static TokenizerFile bpe(
            Map<String, Integer> vocabulary, List<?> merges, Map<String, Object> settings) {
        var model = new LinkedHashMap<String, Object>(settings);
        model.putFirst("type", "BPE");
        model.put("vocab", vocabulary);
        model.put("merges", merges);
        return of(JsonMapper.shared().writeValueAsString(model));
    }

    /** GPT-2's vocabulary, and its merges as strings; its end of text is special. */
    static TokenizerFile gpt2() throws IOException {
        if (gpt2 == null) {
            gpt2 = gpt2(false, Map.of()).model;
        }
        return of(gpt2).added(50256, "<|endoftext|>", "special");
    }

    /** The same with other settings of the model. */
    static TokenizerFile gpt2(boolean mergesAsPairs, Map<String, Object> settings)
            throws IOException {
        Path source = TokenizerFixtures.folder("gpt2");
        var vocabulary = new LinkedHashMap<String, Integer>();
        JsonNode tokens = JsonMapper.shared().readTree(source.resolve("vocab.json"));
        tokens.properties().forEach(e -> vocabulary.put(e.getKey(), e.getValue().asInt()));
        var merges = new ArrayList<Object>();
        for (String line : Files.readAllLines(source.resolve("merges.txt"))) {
            if (!line.startsWith("#version")) {
                merges.add(mergesAsPairs ? List.of(line.split(" ")) : line);
            }
        }
        return bpe(vocabulary, merges, settings).added(50256, "<|endoftext|>", "special");
    }

    /**
     * A vocabulary of the 256 bytes whose merges show whether two neighbours are in the same word:
     * a character outside ASCII merges with the {@code a} before it, the {@code 7}, {@code !} or
     * line feed after it, and with another such character.
     */
    static TokenizerFile boundaryRevealing() {
        var merges = new ArrayList<String>();
        for (int last = 0x80; last < 0xC0; last++) {
            for (char neighbour : "7!Ċ".toCharArray()) {
                merges.add(ByteAlphabet.characterOf(last) + " " + neighbour);
            }
            for (int first = 0xC2; first < 0xF5; first++) {
                merges.add(ByteAlphabet.characterOf(last) + " " + ByteAlphabet.characterOf(first));
            }
        }
        for (int first = 0xC2; first < 0xF5; first++) {
            merges.add("a " + ByteAlphabet.characterOf(first));
            merges.add("' " + ByteAlphabet.characterOf(first));
        }
        merges.add("Ċ 7");
        var vocabulary = new LinkedHashMap<String, Integer>();
        for (int value = 0; value < 256; value++) {
            vocabulary.put(String.valueOf(ByteAlphabet.characterOf(value)), value);
        }
        for (String merge : merges) {
            vocabulary.put(merge.replace(" ", ""), vocabulary.size());
        }
        return bpe(vocabulary, merges, Map.of());
    }

    public TokenizerFile normalizer(String json) {
        normalizer = json;
        return this;
    }

    public TokenizerFile preTokenizer(String json) {
        preTokenizer = json;
        return this;
    }

    /** Splits by patterns, one after the other, before the bytes. */
    TokenizerFile split(String... patterns) {
        var steps = new ArrayList<String>();
        for (String pattern : patterns) {
            steps.add(
                    "{\"type\": \"Split\", \"pattern\": {\"Regex\": %s}, \"behavior\": \"Isolated\", \"invert\": false}"
                            .formatted(JsonMapper.shared().writeValueAsString(pattern)));
        }
        return beforeBytes(steps.toArray(String[]::new));
    }

    /** Steps before the bytes. */
    public TokenizerFile beforeBytes(String... steps) {
        var all = new ArrayList<>(List.of(steps));
        all.add(BYTES_ONLY);
        return preTokenizer(
                "{\"type\": \"Sequence\", \"pretokenizers\": [%s]}"
                        .formatted(String.join(", ", all)));
    }

    TokenizerFile postProcessor(String json) {
        postProcessor = json;
        return this;
    }

    public TokenizerFile decoder(String json) {
        decoder = json;
        return this;
    }

    /** An added token with the flags that are named, the others being false. */
    public TokenizerFile added(int id, String content, String... flags) {
        var token = new LinkedHashMap<String, Object>();
        token.put("id", id);
        token.put("content", content);
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
            token.put(flag, List.of(flags).contains(flag));
        }
        added.add(JsonMapper.shared().writeValueAsString(token));
        return this;
    }

    public Path write(Path folder) throws IOException {
        String json =
                """
                {"version": "1.0", "truncation": null, "padding": null,
                 "added_tokens": [%s], "normalizer": %s, "pre_tokenizer": %s,
                 "post_processor": %s, "decoder": %s, "model": %s}
                """
                        .formatted(
                                String.join(", ", added),
                                normalizer,
                                preTokenizer,
                                postProcessor,
                                decoder,
                                model);
        return Files.writeString(folder.resolve("tokenizer.json"), json);
    }
}
