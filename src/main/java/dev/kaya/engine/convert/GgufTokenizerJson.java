package dev.kaya.engine.convert;

import static dev.kaya.engine.convert.TokenizerTree.object;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.read.GgufVocabulary;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes the tokenizer that a GGUF file carries in its key-values in Hugging Face's files. */
public final class GgufTokenizerJson {

    private static final String CHAT_TEMPLATE = "tokenizer.chat_template";

    private final Path file;
    private final Function<String, @Nullable Object> values;
    private final GgufVocabulary source;

    /**
     * @param file where the key-values come from, for messages
     * @param values the value of a key of a GGUF file that {@link GgufVocabulary} has read
     */
    public GgufTokenizerJson(Path file, Function<String, @Nullable Object> values) {
        this.file = file;
        this.values = values;
        source = new GgufVocabulary(file, values);
    }

    /**
     * The tree of {@code tokenizer.json}.
     *
     * @param bos what a text gets in front, if anything
     * @throws MalformedCheckpointException when the form has no place for the tokenizer
     */
    public Map<String, @Nullable Object> tokenizer(OptionalInt bos)
            throws MalformedCheckpointException {
        String front = text(bos);
        return source.isSentencePiece()
                ? SentencePieceJson.of(file, source, front)
                : ByteLevelJson.of(source, front);
    }

    /**
     * The tree of {@code tokenizer_config.json}. The class is the one that takes all of {@code
     * tokenizer.json} as it is; those named after a model would put that model's BOS in front.
     *
     * @param bos the token that begins texts, if any
     * @param eos the token that ends them, if any
     */
    public Map<String, @Nullable Object> config(OptionalInt bos, OptionalInt eos)
            throws MalformedCheckpointException {
        Map<String, @Nullable Object> config =
                object(
                        "tokenizer_class",
                        "PreTrainedTokenizerFast",
                        "clean_up_tokenization_spaces",
                        false);
        putUnlessNull(config, "bos_token", text(bos));
        putUnlessNull(config, "eos_token", text(eos));
        putUnlessNull(config, "chat_template", values.apply(CHAT_TEMPLATE));
        return config;
    }

    private static void putUnlessNull(
            Map<String, @Nullable Object> target, String key, @Nullable Object value) {
        if (value != null) {
            target.put(key, value);
        }
    }

    private @Nullable String text(OptionalInt id) throws MalformedCheckpointException {
        List<String> tokens = source.tokens();
        return id.isPresent() && id.getAsInt() < tokens.size() ? tokens.get(id.getAsInt()) : null;
    }
}
