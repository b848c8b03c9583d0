package dev.kaya.engine.tokenizer;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads Hugging Face's {@code tokenizer.json}, as far as it describes a byte-level BPE with GPT-2's
 * split pattern. Whatever else a file asks for is refused by name, because a tokenizer that is
 * nearly right makes a model quietly worse.
 *
 * <p>{@code truncation} and {@code padding} are not read: they are how a training run cut its
 * batches, and no property of the text. {@code version} and the answer for pairs of texts are not
 * read either.
 *
 * @see <a href="https://github.com/huggingface/tokenizers">Hugging Face tokenizers</a>
 */
public final class TokenizerJson {

    private final JsonFile json;
    private final TokenizerJsonRules rules;
    private final BpeVocabularyBuilder vocabulary;
    private final List<String> merges = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();

    private @Nullable Object addedTokens;
    private @Nullable Object preTokenizer;
    private @Nullable Object postProcessor;
    private boolean ignoresMerges;
    private @Nullable String needsAllBytes;

    private TokenizerJson(JsonFile json) {
        this.json = json;
        rules = new TokenizerJsonRules(json.path());
        vocabulary = new BpeVocabularyBuilder(json.path());
    }

    /**
     * Reads a file.
     *
     * @throws MalformedCheckpointException when it is broken, or asks for what is not supported
     * @throws IOException when it cannot be read
     */
    public static Tokenizer read(Path file) throws IOException {
        return JsonFile.read(file, json -> new TokenizerJson(json).tokenizer());
    }

    private Tokenizer tokenizer() throws MalformedCheckpointException {
        if (!json.isObject()) {
            throw json.malformed("a tokenizer.json must be an object");
        }
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            checkNew(name);
            readPart(name);
        }
        if (!seen.contains("model.vocab") || !seen.contains("model.merges")) {
            throw malformed("'model' with 'vocab' and 'merges' is missing");
        }
        // First, because a foreign pre-tokenizer explains whatever else would be found wrong.
        TokenizerJsonRules.Splitting splitting = rules.splitting(preTokenizer);
        for (AddedToken token : rules.addedTokens(addedTokens)) {
            vocabulary.addedToken(token);
        }
        for (String merge : merges) {
            vocabulary.merge(merge, json.path());
        }
        return build(splitting);
    }

    private void readPart(String name) throws MalformedCheckpointException {
        switch (name) {
            case "version", "truncation", "padding" -> json.tree();
            case "added_tokens" -> addedTokens = json.tree();
            case "normalizer" -> rules.checkNormalizer(json.tree());
            case "pre_tokenizer" -> preTokenizer = json.tree();
            case "post_processor" -> postProcessor = json.tree();
            case "decoder" -> rules.checkDecoder(json.tree());
            case "model" -> readModel();
            default -> throw json.malformed("'" + name + "' is not supported");
        }
    }

    private void readModel() throws MalformedCheckpointException {
        if (!json.isObject()) {
            throw json.malformed("'model' must be an object");
        }
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            checkNew("model." + name);
            switch (name) {
                case "vocab" -> readVocabulary();
                case "merges" -> readMerges();
                default -> readSetting(name, json.tree());
            }
        }
    }

    private void readSetting(String name, @Nullable Object value)
            throws MalformedCheckpointException {
        switch (name) {
            case "type" -> {
                if (!"BPE".equals(value)) {
                    throw json.malformed(
                            "model type '%s' is not supported; Kaya reads 'BPE'".formatted(value));
                }
            }
            case "dropout" -> refuse(name, value, value == null || isZero(value));
            case "continuing_subword_prefix", "end_of_word_suffix" ->
                    refuse(name, value, value == null || "".equals(value));
            case "unk_token" -> needAllBytes(name, value != null);
            case "byte_fallback" -> needAllBytes(name, isTrue(name, value));
            case "fuse_unk" -> {
                // How to join unknown tokens; where there is an unk_token, none is ever unknown.
            }
            case "ignore_merges" -> ignoresMerges = isTrue(name, value);
            default -> throw json.malformed("'model." + name + "' is not supported");
        }
    }

    private void readVocabulary() throws MalformedCheckpointException {
        if (!json.isObject()) {
            throw json.malformed("'model.vocab' must be an object of token: id");
        }
        for (String token = json.nextName(); token != null; token = json.nextName()) {
            vocabulary.token(token, json.integer("an id in 'model.vocab'"));
        }
    }

    private void readMerges() throws MalformedCheckpointException {
        if (!json.isArray()) {
            throw json.malformed("'model.merges' must be an array");
        }
        while (json.nextElement()) {
            merges.add(json.isArray() ? mergePair() : json.string("a merge"));
        }
    }

    private String mergePair() throws MalformedCheckpointException {
        String fault = "a merge must be two tokens";
        if (!json.nextElement()) {
            throw json.malformed(fault);
        }
        String left = json.string("a merge's token");
        if (!json.nextElement()) {
            throw json.malformed(fault);
        }
        String right = json.string("a merge's token");
        if (json.nextElement()) {
            throw json.malformed(fault);
        }
        return left + " " + right;
    }

    private Tokenizer build(TokenizerJsonRules.Splitting splitting)
            throws MalformedCheckpointException {
        BpeVocabulary built = vocabulary.build();
        if (needsAllBytes != null && !built.coversAllBytes()) {
            throw malformed(
                    "'model.%s' is supported only when each of the 256 bytes has a token"
                            .formatted(needsAllBytes));
        }
        var options =
                new BpeOptions(
                        splitting.addsPrefixSpace(),
                        ignoresMerges,
                        rules.bosTokenId(postProcessor, built));
        return new ByteLevelBpeTokenizer(built, splitting.splitter(), options);
    }

    private void needAllBytes(String name, boolean needed) {
        if (needed) {
            needsAllBytes = name;
        }
    }

    private void refuse(String name, @Nullable Object value, boolean supported)
            throws MalformedCheckpointException {
        if (!supported) {
            throw json.malformed("'model.%s' %s is not supported".formatted(name, value));
        }
    }

    private boolean isTrue(String name, @Nullable Object value)
            throws MalformedCheckpointException {
        if (value != null && !(value instanceof Boolean)) {
            throw json.malformed("'model.%s' must be true or false".formatted(name));
        }
        return Boolean.TRUE.equals(value);
    }

    private static boolean isZero(Object value) {
        return value instanceof Number number && number.doubleValue() == 0;
    }

    private void checkNew(String name) throws MalformedCheckpointException {
        if (!seen.add(name)) {
            throw json.malformed("'" + name + "' stands there twice");
        }
    }

    private MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(json.path(), -1, reason);
    }
}
