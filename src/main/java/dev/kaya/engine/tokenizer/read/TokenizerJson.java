package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import dev.kaya.engine.tokenizer.pipeline.PipelineTokenizer;
import dev.kaya.engine.tokenizer.pipeline.TextNormalizer;
import dev.kaya.engine.tokenizer.spelling.TokenSpelling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads Hugging Face's {@code tokenizer.json} with a model of type BPE, over bytes or characters,
 * or WordLevel. Whatever else a file asks for is refused by name, because a tokenizer that is
 * nearly right makes a model quietly worse.
 *
 * <p>{@code truncation} and {@code padding} are not read: they are how a training run cut its
 * batches, and no property of the text. {@code version} and the answer for pairs of texts are not
 * read either.
 *
 * @see <a href="https://github.com/huggingface/tokenizers">Hugging Face tokenizers</a>
 */
public final class TokenizerJson {

    private final TokenizerFileReader json;
    private final Map<String, @Nullable Object> parts = new HashMap<>();
    private final Set<String> seen = new HashSet<>();
    private final ModelJson model;

    private TokenizerJson(TokenizerFileReader json) {
        this.json = json;
        model = new ModelJson(json);
    }

    /**
     * Reads a file.
     *
     * @throws MalformedCheckpointException when it is broken, or asks for what is not supported
     * @throws IOException when it cannot be read
     */
    public static Tokenizer read(Path file) throws IOException {
        return TokenizerFileReader.read(file, json -> new TokenizerJson(json).tokenizer());
    }

    private Tokenizer tokenizer() throws MalformedCheckpointException {
        if (!json.isObject()) {
            throw json.malformed("a tokenizer.json must be an object");
        }
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            if (!seen.add(name)) {
                throw json.malformed("'" + name + "' stands there twice");
            }
            readPart(name);
        }
        return build();
    }

    private void readPart(String name) throws MalformedCheckpointException {
        switch (name) {
            case "version", "truncation", "padding" -> json.tree();
            case "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder" ->
                    parts.put(name, json.tree());
            case "model" -> model.read();
            default -> throw json.malformed("'" + name + "' is not supported");
        }
    }

    private Tokenizer build() throws MalformedCheckpointException {
        model.check();
        TextNormalizer normalizer = NormalizerJson.read(part("normalizer"));
        PreTokenizerJson.PreTokenization words = PreTokenizerJson.read(part("pre_tokenizer"));
        TokenSpelling spelling = DecoderJson.read(part("decoder"), words.byteLevel());
        var builder = new VocabularyBuilder(json.path(), spelling);
        model.addTokens(builder);
        for (AddedToken token : AddedTokensJson.read(part("added_tokens"))) {
            builder.addedToken(token);
        }
        model.addMerges(builder);
        Vocabulary vocabulary = builder.build();
        OptionalInt bos = AddedTokensJson.bosTokenId(part("post_processor"));
        ModelJson.Encoding encoding = model.encoding(vocabulary, words);
        try {
            return new PipelineTokenizer(
                    vocabulary,
                    spelling,
                    new PipelineTokenizer.Steps(
                            normalizer, encoding.preTokenizer(), encoding.model()),
                    bos);
        } catch (IllegalArgumentException e) {
            throw part("post_processor").malformed(String.valueOf(e.getMessage()));
        }
    }

    private JsonPart part(String name) {
        return new JsonPart(json.path(), name, parts.get(name));
    }
}
