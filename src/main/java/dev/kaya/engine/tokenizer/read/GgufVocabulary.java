package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.BpeModel;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import dev.kaya.engine.tokenizer.pipeline.PipelineTokenizer;
import dev.kaya.engine.tokenizer.pipeline.PreTokenizer;
import dev.kaya.engine.tokenizer.pipeline.SentencePieceNormalizer;
import dev.kaya.engine.tokenizer.pipeline.SentencePieceNormalizer.Prefix;
import dev.kaya.engine.tokenizer.pipeline.TextNormalizer;
import dev.kaya.engine.tokenizer.read.SentencePieces.Kind;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tokenizer that a GGUF file carries in its key-values: a byte-level BPE ({@code gpt2})
 * with one of the {@link GgufSplitting}s, or SentencePiece's BPE ({@code llama}).
 *
 * <p>Control tokens are special, tokens that a user has added are cut out of a text as they stand,
 * unused ones only pad the vocabulary. An end that the file would put behind a text is not wanted:
 * such a text cannot be continued.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#tokenizer">the keys</a>
 */
public final class GgufVocabulary {

    /** The key that names the kind of tokenizer. */
    public static final String MODEL = "tokenizer.ggml.model";

    private static final String PRE = "tokenizer.ggml.pre";
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TOKEN_TYPES = "tokenizer.ggml.token_type";
    private static final String SCORES = "tokenizer.ggml.scores";
    private static final String MERGES = "tokenizer.ggml.merges";
    private static final String BOS = "tokenizer.ggml.bos_token_id";
    private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
    private static final String ADD_SPACE = "tokenizer.ggml.add_space_prefix";

    /** LLaMA's, which files may leave out. */
    private static final long SENTENCE_PIECE_BOS = 1;

    private final Path file;
    private final Function<String, @Nullable Object> values;

    public GgufVocabulary(Path file, Function<String, @Nullable Object> values) {
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
        var vocabulary = new GgufVocabulary(file, values);
        Object model = values.apply(MODEL);
        if ("gpt2".equals(model)) {
            return vocabulary.byteLevelBpe();
        }
        if (vocabulary.isSentencePiece()) {
            return vocabulary.sentencePiece();
        }
        throw vocabulary.malformed(MODEL + " must be gpt2 or llama; given " + model);
    }

    /** Whether it is one of SentencePiece; else it is a byte-level BPE. */
    public boolean isSentencePiece() {
        return "llama".equals(values.apply(MODEL));
    }

    /** All tokens, by id. */
    public List<String> tokens() throws MalformedCheckpointException {
        return strings(TOKENS);
    }

    /** What each token is; by its text in files that do not say. */
    public List<Kind> kinds() throws MalformedCheckpointException {
        List<?> tokens = list(TOKENS);
        List<?> types = types(tokens, isSentencePiece() ? null : VocabularyFiles.END_OF_TEXT);
        var kinds = new ArrayList<Kind>();
        for (int id = 0; id < types.size(); id++) {
            kinds.add(kind(types.get(id), id));
        }
        return kinds;
    }

    /** The score of each token; 0 in files that do not say. */
    public float[] scores() throws MalformedCheckpointException {
        List<?> tokens = list(TOKENS);
        float[] scores = new float[tokens.size()];
        if (values.apply(SCORES) != null) {
            List<?> given = list(SCORES);
            checkLength(tokens, SCORES, given);
            for (int id = 0; id < scores.length; id++) {
                if (!(given.get(id) instanceof Number score)) {
                    throw malformed(SCORES + " must be an array of numbers");
                }
                scores[id] = score.floatValue();
            }
        }
        return scores;
    }

    /** Merges of two tokens with a space between them, by rank. */
    public List<String> merges() throws MalformedCheckpointException {
        return strings(MERGES);
    }

    /** Whether a text gets a space in front. */
    public boolean prefixesSpace() throws MalformedCheckpointException {
        return flag(ADD_SPACE, true);
    }

    /** How a byte-level BPE cuts texts. */
    public GgufSplitting splitting() throws MalformedCheckpointException {
        Object name = values.apply(PRE);
        GgufSplitting splitting = name == null ? GgufSplitting.GPT_2 : GgufSplitting.of(name);
        if (splitting == null) {
            throw malformed(
                    "%s is %s, which is not known; known are %s"
                            .formatted(PRE, name, GgufSplitting.known()));
        }
        return splitting;
    }

    private Tokenizer byteLevelBpe() throws MalformedCheckpointException {
        GgufSplitting splitting = splitting();
        List<String> tokens = tokens();
        List<Kind> kinds = kinds();
        var builder = new VocabularyBuilder(file, ByteAlphabet.SPELLING);
        for (int id = 0; id < tokens.size(); id++) {
            add(builder, id, tokens.get(id), kinds.get(id));
        }
        for (String merge : merges()) {
            builder.merge(merge, file);
        }
        Vocabulary vocabulary = builder.build();
        BpeModel.WholeWords whole =
                splitting.ignoresMerges()
                        ? BpeModel.WholeWords.of(vocabulary)
                        : BpeModel.WholeWords.NONE;
        var steps =
                new PipelineTokenizer.Steps(
                        splitting.normalizer(),
                        new PreTokenizer(TextNormalizer.NONE, splitting.splitters()),
                        BpeModel.overBytes(vocabulary, whole));
        OptionalInt bos = bos(splitting.addsBos(), null, vocabulary.table()::isDefined);
        return new PipelineTokenizer(vocabulary, ByteAlphabet.SPELLING, steps, bos);
    }

    private void add(VocabularyBuilder builder, int id, String token, Kind kind)
            throws MalformedCheckpointException {
        switch (kind) {
            case NORMAL -> builder.token(token, id);
            case CONTROL, UNKNOWN -> addAdded(builder, id, token, true);
            case USER_DEFINED -> addAdded(builder, id, token, false);
            case UNUSED -> {
                // Only pads the vocabulary.
            }
            case BYTE ->
                    throw malformed(
                            "token %d is a byte, which a byte-level BPE does not have"
                                    .formatted(id));
        }
    }

    /** A token without text stays undefined, as llama.cpp has it too. */
    private void addAdded(VocabularyBuilder builder, int id, String token, boolean special)
            throws MalformedCheckpointException {
        if (token.isEmpty()) {
            return;
        }
        try {
            builder.addedToken(new AddedToken(id, token, special));
        } catch (IllegalArgumentException e) {
            throw malformed("token " + id + ": " + e.getMessage());
        }
    }

    private Tokenizer sentencePiece() throws MalformedCheckpointException {
        List<String> tokens = tokens();
        List<Kind> kinds = kinds();
        float[] scores = scores();
        boolean prefixed = prefixesSpace();
        var rules =
                new SentencePieces.Rules(
                        PieceSpelling.SPACE_SIGN,
                        SentencePieceNormalizer.identity(
                                PieceSpelling.SPACE_SIGN, prefixed ? Prefix.ALL : Prefix.NONE),
                        AddedToken.Matching.AS_IT_IS,
                        prefixed);
        var pieces = new SentencePieces(file, rules);
        for (int id = 0; id < tokens.size(); id++) {
            pieces.add(tokens.get(id), scores[id], kinds.get(id));
        }
        VocabularyBuilder vocabulary = pieces.vocabulary();
        return pieces.build(bos(true, SENTENCE_PIECE_BOS, vocabulary::isDefined));
    }

    private List<?> types(List<?> tokens, @Nullable String special)
            throws MalformedCheckpointException {
        if (values.apply(TOKEN_TYPES) != null) {
            List<?> types = list(TOKEN_TYPES);
            checkLength(tokens, TOKEN_TYPES, types);
            return types;
        }
        Long[] types = Collections.nCopies(tokens.size(), 1L).toArray(Long[]::new);
        for (int id = 0; id < types.length; id++) {
            types[id] = typeByText(tokens.get(id), special);
        }
        return List.of(types);
    }

    /**
     * @param special the only token that is special; null in a SentencePiece vocabulary, where
     *     {@code <unk>}, {@code <s>}, {@code </s>} and the bytes are what they look like
     */
    private static long typeByText(@Nullable Object token, @Nullable String special) {
        if (special != null) {
            return special.equals(token) ? 3 : 1;
        }
        String text = String.valueOf(token);
        return switch (text) {
            case "<unk>" -> 2;
            case "<s>", "</s>" -> 3;
            default -> PieceSpelling.byteOf(text) >= 0 ? 6 : 1;
        };
    }

    private void checkLength(List<?> tokens, String key, List<?> others)
            throws MalformedCheckpointException {
        if (others.size() != tokens.size()) {
            throw malformed(
                    "%s has %d elements, but %s has %d"
                            .formatted(TOKENS, tokens.size(), key, others.size()));
        }
    }

    private Kind kind(@Nullable Object type, int id) throws MalformedCheckpointException {
        Kind kind = type instanceof Long number ? Kind.of(number) : null;
        if (kind == null) {
            throw malformed(
                    "%s of token %d must be from 1 to 6; given %s"
                            .formatted(TOKEN_TYPES, id, type));
        }
        return kind;
    }

    /**
     * @param byDefault whether a text gets a BOS where the file does not say
     * @param usual the BOS where the file names none; null for none
     * @param defined whether an id has a token
     */
    private OptionalInt bos(boolean byDefault, @Nullable Long usual, IntPredicate defined)
            throws MalformedCheckpointException {
        if (!flag(ADD_BOS, byDefault)) {
            return OptionalInt.empty();
        }
        Object named = values.apply(BOS);
        Object bos = named == null ? usual : named;
        if (bos instanceof Long id && id == id.intValue() && defined.test(id.intValue())) {
            return OptionalInt.of(id.intValue());
        }
        if (named == null && values.apply(ADD_BOS) == null) {
            return OptionalInt.empty();
        }
        throw malformed(
                "%s is true, so %s must be the id of a token; given %s"
                        .formatted(ADD_BOS, BOS, named));
    }

    private boolean flag(String key, boolean otherwise) throws MalformedCheckpointException {
        Object value = values.apply(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw malformed(key + " must be true or false; given " + value);
    }

    private List<?> list(String key) throws MalformedCheckpointException {
        if (values.apply(key) instanceof List<?> list) {
            return list;
        }
        throw malformed(key + " must be an array; the file has none");
    }

    private List<String> strings(String key) throws MalformedCheckpointException {
        var strings = new ArrayList<String>();
        for (Object value : list(key)) {
            if (!(value instanceof String text)) {
                throw malformed(key + " must be an array of strings; it holds " + value);
            }
            strings.add(text);
        }
        return strings;
    }

    private MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, -1, reason);
    }
}
