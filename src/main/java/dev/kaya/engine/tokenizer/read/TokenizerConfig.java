package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.TokenIndex;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json}
 * say about a tokenizer whose own files do not say it: {@code vocab.json} with {@code merges.txt},
 * and {@code tokenizer.model}. A {@code tokenizer.json} says all by itself.
 */
public final class TokenizerConfig {

    private static final String CONFIG = "tokenizer_config.json";

    /** Under which names the files keep special tokens. */
    private static final List<String> SPECIAL_TOKENS =
            List.of(
                    "bos_token",
                    "eos_token",
                    "unk_token",
                    "sep_token",
                    "pad_token",
                    "cls_token",
                    "mask_token");

    private final JsonPart config;
    private final JsonPart specialTokensMap;
    private final JsonPart addedTokens;

    private TokenizerConfig(JsonPart config, JsonPart specialTokensMap, JsonPart addedTokens) {
        this.config = config;
        this.specialTokensMap = specialTokensMap;
        this.addedTokens = addedTokens;
    }

    /**
     * Reads the files that are there.
     *
     * @throws MalformedCheckpointException when one of them is broken
     */
    public static TokenizerConfig read(
            @Nullable Path config, @Nullable Path specialTokensMap, @Nullable Path addedTokens)
            throws IOException {
        return new TokenizerConfig(
                tree(config, CONFIG),
                tree(specialTokensMap, "special_tokens_map.json"),
                tree(addedTokens, "added_tokens.json"));
    }

    /** Where there are no such files. */
    public static TokenizerConfig none() {
        JsonPart nothing = new JsonPart(Path.of(CONFIG), CONFIG, null);
        return new TokenizerConfig(nothing, nothing, nothing);
    }

    private static JsonPart tree(@Nullable Path file, String name) throws IOException {
        if (file == null) {
            return new JsonPart(Path.of(name), name, null);
        }
        return TokenizerFileReader.read(
                file,
                json -> {
                    if (!json.isObject()) {
                        throw json.malformed("it must be an object");
                    }
                    return new JsonPart(file, name, json.tree());
                });
    }

    /** The name of the class that Hugging Face's {@code transformers} has for it, if given. */
    String tokenizerClass() {
        return config.member("tokenizer_class") instanceof String name ? name : "";
    }

    /** Whether a text gets a BOS in front, if the file says so. */
    Optional<Boolean> addsBos() throws MalformedCheckpointException {
        return config.member("add_bos_token") == null
                ? Optional.empty()
                : Optional.of(config.flag("add_bos_token", false));
    }

    /** Whether a text gets a space in front. */
    public boolean addsPrefixSpace() throws MalformedCheckpointException {
        return config.flag("add_prefix_space", false);
    }

    /** Whether text after a special token gets a space in front too, as it once was. */
    boolean isLegacy() throws MalformedCheckpointException {
        return config.flag("legacy", true);
    }

    /** The token that begins texts, if named. */
    @Nullable String bosToken() {
        String bos = content(config.member("bos_token"));
        return bos == null ? content(specialTokensMap.member("bos_token")) : bos;
    }

    /**
     * Adds the added tokens to a vocabulary that has all others, and marks the special ones.
     *
     * @throws MalformedCheckpointException when they contradict the vocabulary
     */
    void addTo(VocabularyBuilder builder) throws MalformedCheckpointException {
        Set<String> special = specialTokens();
        for (AddedToken token : declared(special)) {
            if (!builder.isAdded(token.content())) {
                builder.addedToken(token);
            }
        }
        for (String content : special) {
            int id = builder.isAdded(content) ? TokenIndex.ABSENT : builder.idOf(content);
            if (id != TokenIndex.ABSENT && content.length() <= AddedToken.LONGEST_CONTENT) {
                builder.addedToken(new AddedToken(id, content, true));
            }
        }
    }

    /** Tokens with ids: those of the newer file with their flags, then those of the older one. */
    private List<AddedToken> declared(Set<String> special) throws MalformedCheckpointException {
        var tokens = new ArrayList<AddedToken>();
        var contents = new HashSet<String>();
        if (config.member("added_tokens_decoder") instanceof Map<?, ?> byId) {
            for (Object key : byId.keySet()) {
                JsonPart entry = config.part("added_tokens_decoder").part(key.toString());
                tokens.add(AddedTokensJson.token(entry, id(entry, key.toString())));
                contents.add(entry.string("content"));
            }
        }
        if (addedTokens.tree() instanceof Map<?, ?> byContent) {
            for (Object key : byContent.keySet()) {
                String content = key.toString();
                if (contents.add(content)) {
                    int id = addedTokens.count(content, VocabularyBuilder.ID_LIMIT - 1);
                    tokens.add(added(id, content, special.contains(content)));
                }
            }
        }
        return tokens;
    }

    private AddedToken added(int id, String content, boolean special)
            throws MalformedCheckpointException {
        try {
            return new AddedToken(id, content, special);
        } catch (IllegalArgumentException e) {
            throw addedTokens.malformed("'%s': %s".formatted(content, e.getMessage()));
        }
    }

    private static long id(JsonPart entry, String key) throws MalformedCheckpointException {
        try {
            return Long.parseLong(key);
        } catch (NumberFormatException e) {
            throw entry.malformed("'%s' in 'added_tokens_decoder' is not an id".formatted(key));
        }
    }

    private Set<String> specialTokens() {
        var special = new LinkedHashSet<String>();
        for (JsonPart file : List.of(config, specialTokensMap)) {
            for (String name : SPECIAL_TOKENS) {
                add(file.member(name), special);
            }
            if (file.member("additional_special_tokens") instanceof List<?> more) {
                more.forEach(token -> add(token, special));
            }
        }
        return special;
    }

    private static void add(@Nullable Object token, Set<String> target) {
        String content = content(token);
        if (content != null && !content.isEmpty()) {
            target.add(content);
        }
    }

    /** A token is written as its content, or as an object that has it. */
    private static @Nullable String content(@Nullable Object token) {
        Object content = token instanceof Map<?, ?> map ? map.get("content") : token;
        return content instanceof String text ? text : null;
    }
}
