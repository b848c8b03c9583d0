package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.model.BpeModel;
import dev.kaya.engine.tokenizer.model.ByteSymbols;
import dev.kaya.engine.tokenizer.model.CharacterSymbols;
import dev.kaya.engine.tokenizer.model.MergeTable;
import dev.kaya.engine.tokenizer.model.TokenIndex;
import dev.kaya.engine.tokenizer.model.UnknownRule;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import dev.kaya.engine.tokenizer.model.WordLevelModel;
import dev.kaya.engine.tokenizer.model.WordModel;
import dev.kaya.engine.tokenizer.pipeline.Metaspace;
import dev.kaya.engine.tokenizer.pipeline.PreTokenizer;
import dev.kaya.engine.tokenizer.read.PreTokenizerJson.PreTokenization;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the part {@code model} of a {@code tokenizer.json}: the vocabulary, the merges and the
 * rules for what is not in it. Not thread-safe.
 */
final class ModelJson {

    private static final String BPE = "BPE";
    private static final String WORD_LEVEL = "WordLevel";

    private final TokenizerFileReader json;
    private final Set<String> seen = new HashSet<>();
    private final List<String> tokens = new ArrayList<>();
    private long[] ids = new long[1024];

    /** Left and right in turn. */
    private final List<String> merges = new ArrayList<>();

    private final Map<String, @Nullable Object> settings = new HashMap<>();
    private @Nullable String unknownToken;
    private boolean ignoresMerges;
    private boolean byteFallback;
    private boolean fusesUnknown;
    private boolean vocabularyIsObject;

    ModelJson(TokenizerFileReader json) {
        this.json = json;
    }

    /**
     * How words become ids.
     *
     * @param preTokenizer perhaps with one more splitter, that makes words short
     */
    record Encoding(PreTokenizer preTokenizer, WordModel model) {}

    /** Reads the part; the file stands on it. */
    void read() throws MalformedCheckpointException {
        if (!json.isObject()) {
            throw json.malformed("'model' must be an object");
        }
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            if (!seen.add(name)) {
                throw json.malformed("'model." + name + "' stands there twice");
            }
            switch (name) {
                case "vocab" -> readVocabulary();
                case "merges" -> readMerges();
                default -> settings.put(name, json.tree());
            }
        }
    }

    /** Refuses a model of another type, or an incomplete one, or one with other settings. */
    void check() throws MalformedCheckpointException {
        Object type = settings.get("type");
        if (type != null && !type.equals(BPE) && !type.equals(WORD_LEVEL)) {
            throw malformed(
                    "model type '%s' is not supported; Kaya reads 'BPE' and 'WordLevel'"
                            .formatted(type));
        }
        if (!seen.contains("vocab") || (!isWordLevel() && !seen.contains("merges"))) {
            throw malformed("'model' with 'vocab' and 'merges' is missing");
        }
        if (!vocabularyIsObject) {
            throw malformed("'model.vocab' must be an object of token: id");
        }
        for (Map.Entry<String, @Nullable Object> setting : settings.entrySet()) {
            readSetting(setting.getKey(), setting.getValue());
        }
    }

    void addTokens(VocabularyBuilder builder) throws MalformedCheckpointException {
        for (int i = 0; i < tokens.size(); i++) {
            builder.token(tokens.get(i), ids[i]);
        }
    }

    void addMerges(VocabularyBuilder builder) throws MalformedCheckpointException {
        for (int i = 0; i < merges.size(); i += 2) {
            builder.merge(merges.get(i), merges.get(i + 1), json.path());
        }
    }

    Encoding encoding(Vocabulary vocabulary, PreTokenization words)
            throws MalformedCheckpointException {
        UnknownRule unknown = unknown(vocabulary.index());
        if (isWordLevel()) {
            return new Encoding(
                    words.preTokenizer(), new WordLevelModel(vocabulary.index(), unknown));
        }
        BpeModel.WholeWords whole =
                ignoresMerges ? BpeModel.WholeWords.of(vocabulary) : BpeModel.WholeWords.NONE;
        if (!words.byteLevel()) {
            int[] fallback =
                    byteFallback ? fallback(vocabulary.index()) : CharacterSymbols.noBytes();
            var symbols = new CharacterSymbols(vocabulary.index(), fallback, unknown);
            return new Encoding(
                    shortened(words.preTokenizer(), vocabulary, symbols),
                    new BpeModel(symbols, vocabulary.merges(), whole));
        }
        var symbols = new ByteSymbols(vocabulary.index(), unknown);
        if (byteFallback && !symbols.coversAllBytes()) {
            throw malformed(
                    "'model.byte_fallback' is supported only when each of the 256 bytes has a"
                            + " token");
        }
        return new Encoding(
                words.preTokenizer(), new BpeModel(symbols, vocabulary.merges(), whole));
    }

    private UnknownRule unknown(TokenIndex index) {
        int id = unknownToken == null ? TokenIndex.ABSENT : index.find(unknownToken);
        return id == TokenIndex.ABSENT ? UnknownRule.REFUSE : new UnknownRule(id, fusesUnknown);
    }

    private static int[] fallback(TokenIndex index) {
        var tokens = new int[256];
        for (int value = 0; value < tokens.length; value++) {
            tokens[value] = index.find(PieceSpelling.byteToken(value));
        }
        return tokens;
    }

    /**
     * Where text is one word from end to end, as in LLaMA's files, words are cut at spaces after
     * all, if that changes nothing: short words are found in the cache.
     */
    private PreTokenizer shortened(
            PreTokenizer preTokenizer, Vocabulary vocabulary, CharacterSymbols symbols) {
        char sign = PieceSpelling.SPACE_SIGN;
        boolean unchanged =
                preTokenizer.splitters().isEmpty()
                        && !ignoresMerges
                        && symbols.tokenOf(sign) != TokenIndex.ABSENT
                        && Metaspace.noMergeCrosses(sign, vocabulary.index(), vocabulary.merges());
        return unchanged
                ? new PreTokenizer(
                        preTokenizer.preparation(), List.of(new Metaspace.RunSplitter(sign)))
                : preTokenizer;
    }

    private boolean isWordLevel() {
        return WORD_LEVEL.equals(settings.get("type"));
    }

    private void readSetting(String name, @Nullable Object value)
            throws MalformedCheckpointException {
        switch (name) {
            case "type" -> {
                // Checked before all else.
            }
            case "dropout" -> refuse(name, value, value == null || isZero(value));
            case "continuing_subword_prefix", "end_of_word_suffix" ->
                    refuse(name, value, value == null || "".equals(value));
            case "unk_token" -> unknownToken = textOrNull(name, value);
            case "byte_fallback" -> byteFallback = isTrue(name, value);
            case "fuse_unk" -> fusesUnknown = isTrue(name, value);
            case "ignore_merges" -> ignoresMerges = isTrue(name, value);
            default -> throw malformed("'model." + name + "' is not supported");
        }
    }

    private void readVocabulary() throws MalformedCheckpointException {
        vocabularyIsObject = json.isObject();
        if (!vocabularyIsObject) {
            json.skip();
            return;
        }
        for (String token = json.nextName(); token != null; token = json.nextName()) {
            if (tokens.size() == VocabularyBuilder.ID_LIMIT) {
                throw json.malformed(
                        "'model.vocab' has more than %d tokens"
                                .formatted(VocabularyBuilder.ID_LIMIT));
            }
            if (tokens.size() == ids.length) {
                ids = Arrays.copyOf(ids, ids.length * 2);
            }
            ids[tokens.size()] = json.integer("an id in 'model.vocab'");
            tokens.add(token);
        }
    }

    private void readMerges() throws MalformedCheckpointException {
        if (!json.isArray()) {
            throw json.malformed("'model.merges' must be an array");
        }
        while (json.nextElement()) {
            if (merges.size() == 2 * MergeTable.LIMIT) {
                throw json.malformed(
                        "'model.merges' has more than %d merges".formatted(MergeTable.LIMIT));
            }
            if (json.isArray()) {
                readMergePair();
            } else {
                addMerge(json.string("a merge"));
            }
        }
    }

    private void addMerge(String pair) throws MalformedCheckpointException {
        int space = VocabularyBuilder.spaceIn(pair);
        if (space < 0) {
            throw json.malformed("a merge must be two tokens with one space between them");
        }
        merges.add(pair.substring(0, space));
        merges.add(pair.substring(space + 1));
    }

    private void readMergePair() throws MalformedCheckpointException {
        int before = merges.size();
        while (json.nextElement()) {
            if (merges.size() == before + 2) {
                throw json.malformed("a merge must be two tokens");
            }
            merges.add(json.string("a merge's token"));
        }
        if (merges.size() != before + 2) {
            throw json.malformed("a merge must be two tokens");
        }
    }

    private void refuse(String name, @Nullable Object value, boolean supported)
            throws MalformedCheckpointException {
        if (!supported) {
            throw malformed("'model.%s' %s is not supported".formatted(name, value));
        }
    }

    private boolean isTrue(String name, @Nullable Object value)
            throws MalformedCheckpointException {
        if (value != null && !(value instanceof Boolean)) {
            throw malformed("'model.%s' must be true or false".formatted(name));
        }
        return Boolean.TRUE.equals(value);
    }

    private @Nullable String textOrNull(String name, @Nullable Object value)
            throws MalformedCheckpointException {
        if (value != null && !(value instanceof String)) {
            throw malformed("'model.%s' must be a string".formatted(name));
        }
        return (String) value;
    }

    private static boolean isZero(Object value) {
        return value instanceof Number number && number.doubleValue() == 0;
    }

    private MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(json.path(), -1, reason);
    }
}
