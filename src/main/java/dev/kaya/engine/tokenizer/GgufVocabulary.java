package dev.kaya.engine.tokenizer;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tokenizer that a GGUF file carries in its key-values: the byte-level BPE of GPT-2.
 *
 * <p>Control tokens are special, tokens that a user has added are cut out of a text as they stand,
 * unused ones only pad the vocabulary.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#tokenizer">the keys</a>
 */
public final class GgufVocabulary {

    /** The key that names the kind of tokenizer. */
    public static final String MODEL = "tokenizer.ggml.model";

    private static final String PRE = "tokenizer.ggml.pre";
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TOKEN_TYPES = "tokenizer.ggml.token_type";
    private static final String MERGES = "tokenizer.ggml.merges";
    private static final String BOS = "tokenizer.ggml.bos_token_id";
    private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
    private static final String ADD_EOS = "tokenizer.ggml.add_eos_token";

    /** Splitting rules that are GPT-2's; files older than the key leave it out. */
    private static final Set<Object> GPT_2_SPLITTING = Set.of("gpt-2", "default");

    private static final String END_OF_TEXT = "<|endoftext|>";

    private static final long NORMAL = 1;
    private static final long UNKNOWN = 2;
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;
    private static final long UNUSED = 5;

    private final Path file;
    private final Function<String, @Nullable Object> values;

    private GgufVocabulary(Path file, Function<String, @Nullable Object> values) {
        this.file = file;
        this.values = values;
    }

    /**
     * Reads the tokenizer.
     *
     * @param file where the key-values come from, for messages
     * @param values the value of a key, null when it is not there
     * @throws MalformedCheckpointException when it is broken, or of a kind that is not supported
     */
    public static Tokenizer read(Path file, Function<String, @Nullable Object> values)
            throws MalformedCheckpointException {
        return new GgufVocabulary(file, values).read();
    }

    private Tokenizer read() throws MalformedCheckpointException {
        refuseUnsupported();
        var builder = new BpeVocabularyBuilder(file);
        List<?> tokens = list(TOKENS);
        List<?> types = values.apply(TOKEN_TYPES) == null ? typesByText(tokens) : list(TOKEN_TYPES);
        if (types.size() != tokens.size()) {
            throw malformed(
                    TOKENS
                            + " has "
                            + tokens.size()
                            + " elements, but "
                            + TOKEN_TYPES
                            + " has "
                            + types.size());
        }
        for (int id = 0; id < tokens.size(); id++) {
            add(builder, id, string(TOKENS, tokens.get(id)), types.get(id));
        }
        for (Object merge : list(MERGES)) {
            builder.merge(string(MERGES, merge), file);
        }
        BpeVocabulary vocabulary = builder.build();
        return new ByteLevelBpeTokenizer(
                vocabulary,
                new Gpt2WordSplitter(),
                new BpeOptions(false, false, bosInFront(vocabulary)));
    }

    private void refuseUnsupported() throws MalformedCheckpointException {
        Object model = values.apply(MODEL);
        if (!"gpt2".equals(model)) {
            throw malformed(
                    "llama".equals(model)
                            ? "its tokenizer is SentencePiece's ("
                                    + MODEL
                                    + " is llama), which is not supported yet"
                            : MODEL + " must be gpt2; given " + model);
        }
        Object splitting = values.apply(PRE);
        if (splitting != null && !GPT_2_SPLITTING.contains(splitting)) {
            throw malformed(PRE + " must be gpt-2, default or absent; given " + splitting);
        }
        if (flag(ADD_EOS)) {
            throw malformed(ADD_EOS + " must be absent or false; given true");
        }
    }

    /** Where the file has no types, the end of text is special and all else is text. */
    private static List<Long> typesByText(List<?> tokens) {
        Long[] types = Collections.nCopies(tokens.size(), NORMAL).toArray(Long[]::new);
        int endOfText = tokens.indexOf(END_OF_TEXT);
        if (endOfText >= 0) {
            types[endOfText] = CONTROL;
        }
        return List.of(types);
    }

    private void add(BpeVocabularyBuilder builder, int id, String token, Object type)
            throws MalformedCheckpointException {
        if (type.equals(NORMAL)) {
            builder.token(token, id);
        } else if (type.equals(CONTROL) || type.equals(UNKNOWN)) {
            builder.addedToken(added(id, token, true));
        } else if (type.equals(USER_DEFINED)) {
            builder.addedToken(added(id, token, false));
        } else if (!type.equals(UNUSED)) {
            throw malformed(
                    TOKEN_TYPES + " of token " + id + " must be from 1 to 5; given " + type);
        }
    }

    private AddedToken added(int id, String token, boolean special)
            throws MalformedCheckpointException {
        try {
            return new AddedToken(id, token, special, false);
        } catch (IllegalArgumentException e) {
            throw malformed("token " + id + ": " + e.getMessage());
        }
    }

    private OptionalInt bosInFront(BpeVocabulary vocabulary) throws MalformedCheckpointException {
        if (!flag(ADD_BOS)) {
            return OptionalInt.empty();
        }
        if (values.apply(BOS) instanceof Long id
                && id >= 0
                && id < vocabulary.size()
                && vocabulary.isDefined(id.intValue())) {
            return OptionalInt.of(id.intValue());
        }
        throw malformed(
                ADD_BOS
                        + " is true, so "
                        + BOS
                        + " must be the id of a token; given "
                        + values.apply(BOS));
    }

    private boolean flag(String key) throws MalformedCheckpointException {
        Object value = values.apply(key);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw malformed(key + " must be true or false; given " + value);
    }

    private List<?> list(String key) throws MalformedCheckpointException {
        if (values.apply(key) instanceof List<?> list) {
            return list;
        }
        throw malformed(key + " must be an array; the file has none");
    }

    private String string(String key, @Nullable Object value) throws MalformedCheckpointException {
        if (value instanceof String text) {
            return text;
        }
        throw malformed(key + " must be an array of strings; it holds " + value);
    }

    private MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, -1, reason);
    }
}
