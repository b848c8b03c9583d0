package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.BpeModel;
import dev.kaya.engine.tokenizer.model.TokenIndex;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import dev.kaya.engine.tokenizer.pipeline.PipelineTokenizer;
import dev.kaya.engine.tokenizer.pipeline.PreTokenizer;
import dev.kaya.engine.tokenizer.pipeline.TextNormalizer;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Reads a byte-level BPE in two files, {@code vocab.json} ({@code {token: id}}) and {@code
 * merges.txt} (a merge a line).
 *
 * <p>These files do not say how text is split, nor which tokens are special. A {@link
 * TokenizerConfig} beside them does: Qwen2's tokenizers split as Qwen2, all others as GPT-2.
 * Whatever it says, {@code <|endoftext|>} is special, and so is a last entry of that form.
 *
 * @see <a href="https://github.com/openai/gpt-2">GPT-2's encoder.json and vocab.bpe</a>
 */
public final class VocabularyFiles {

    /** What ends a text in GPT-2's vocabulary, and many others. */
    static final String END_OF_TEXT = "<|endoftext|>";

    private static final int LARGEST_MERGES = 64 << 20;

    private VocabularyFiles() {}

    /**
     * Reads the two files.
     *
     * @param merges one merge a line, "left right", by rank; a first line {@code #version} is a
     *     comment
     * @throws MalformedCheckpointException when a file is broken
     */
    public static Tokenizer readByteLevelBpe(Path vocabulary, Path merges, TokenizerConfig config)
            throws IOException {
        try (InputStream vocabularyStream = Files.newInputStream(vocabulary);
                InputStream mergesStream = Files.newInputStream(merges)) {
            VocabularyBuilder builder =
                    TokenizerFileReader.read(
                            vocabulary, vocabularyStream, json -> tokens(json, config));
            for (String merge : merges(merges, mergesStream)) {
                builder.merge(merge, merges);
            }
            OptionalInt bos = bos(builder, config);
            return tokenizer(builder.build(), config, bos);
        }
    }

    /**
     * The tokens that are recognised before any splitting, as {@link #readByteLevelBpe} has them.
     */
    public static List<AddedToken> addedTokens(Path vocabulary, TokenizerConfig config)
            throws IOException {
        try (InputStream stream = Files.newInputStream(vocabulary)) {
            return TokenizerFileReader.read(vocabulary, stream, json -> tokens(json, config))
                    .build()
                    .addedTokens();
        }
    }

    /** How texts are split. */
    public static GgufSplitting splitting(TokenizerConfig config) {
        return config.tokenizerClass().startsWith("Qwen2Tokenizer")
                ? GgufSplitting.QWEN_2
                : GgufSplitting.GPT_2;
    }

    private static Tokenizer tokenizer(
            Vocabulary vocabulary, TokenizerConfig config, OptionalInt bos)
            throws MalformedCheckpointException {
        GgufSplitting words = splitting(config);
        var splitting =
                new PreTokenizer(
                        config.addsPrefixSpace()
                                ? PreTokenizerJson::withSpaceInFront
                                : TextNormalizer.NONE,
                        words.splitters());
        return new PipelineTokenizer(
                vocabulary,
                ByteAlphabet.SPELLING,
                new PipelineTokenizer.Steps(
                        words.normalizer(),
                        splitting,
                        BpeModel.overBytes(vocabulary, BpeModel.WholeWords.NONE)),
                bos);
    }

    private static OptionalInt bos(VocabularyBuilder builder, TokenizerConfig config)
            throws MalformedCheckpointException {
        if (!config.addsBos().orElse(false)) {
            return OptionalInt.empty();
        }
        String bos = config.bosToken();
        int id = builder.idOf(bos == null ? END_OF_TEXT : bos);
        if (id == TokenIndex.ABSENT) {
            throw builder.malformed(
                    "tokenizer_config.json has add_bos_token, but its bos_token %s is not in the"
                            .concat(" vocabulary")
                            .formatted(bos));
        }
        return OptionalInt.of(id);
    }

    /** The tokens of a vocabulary, the special ones marked. */
    private static VocabularyBuilder tokens(TokenizerFileReader json, TokenizerConfig config)
            throws IOException {
        if (!json.isObject()) {
            throw json.malformed("a vocabulary must be an object of token: id");
        }
        var builder = new VocabularyBuilder(json.path(), ByteAlphabet.SPELLING);
        long lastId = -1;
        String lastToken = "";
        for (String token = json.nextName(); token != null; token = json.nextName()) {
            long id = json.integer("an id");
            builder.token(token, id);
            if (id > lastId) {
                lastId = id;
                lastToken = token;
            }
        }
        config.addTo(builder);
        addUnlessThere(builder, END_OF_TEXT);
        if (isMarked(lastToken)) {
            addUnlessThere(builder, lastToken);
        }
        return builder;
    }

    private static void addUnlessThere(VocabularyBuilder builder, String token)
            throws MalformedCheckpointException {
        int id = builder.idOf(token);
        if (id != TokenIndex.ABSENT && !builder.isAdded(token)) {
            builder.addedToken(new AddedToken(id, token, true));
        }
    }

    private static boolean isMarked(String token) {
        return token.startsWith("<|")
                && token.endsWith("|>")
                && token.length() > 4
                && token.length() <= AddedToken.LONGEST_CONTENT;
    }

    /**
     * The merges of a file, by rank.
     *
     * @throws MalformedCheckpointException when it is too large
     */
    public static List<String> merges(Path path, InputStream stream) throws IOException {
        byte[] bytes = stream.readNBytes(LARGEST_MERGES + 1);
        if (bytes.length > LARGEST_MERGES) {
            throw new MalformedCheckpointException(
                    path, -1, "it is larger than %d bytes".formatted(LARGEST_MERGES));
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        var merges = new ArrayList<String>();
        int start = text.startsWith("#version") ? lineEnd(text, 0) + 1 : 0;
        while (start < text.length()) {
            int end = lineEnd(text, start);
            int trimmed = end > start && text.charAt(end - 1) == '\r' ? end - 1 : end;
            if (trimmed > start) {
                merges.add(text.substring(start, trimmed));
            }
            start = end + 1;
        }
        return merges;
    }

    private static int lineEnd(String text, int start) {
        int end = text.indexOf('\n', start);
        return end < 0 ? text.length() : end;
    }
}
