package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.BpeModel;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import dev.kaya.engine.tokenizer.pipeline.Gpt2WordSplitter;
import dev.kaya.engine.tokenizer.pipeline.PipelineTokenizer;
import dev.kaya.engine.tokenizer.pipeline.PreTokenizer;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * GPT-2's vocabulary, for the many checkpoints that rely on it without saying so. Only its merges
 * are kept: the tokens are the 256 bytes in the order of their alphabet, then what each merge
 * makes, then the end of text.
 *
 * @see <a href="https://github.com/openai/gpt-2">OpenAI's GPT-2, modified MIT licence</a>
 */
public final class Gpt2Vocabulary {

    /** The number of its tokens. */
    public static final int SIZE = 50_257;

    /** The same filled up to a multiple of 64, as nanoGPT does. */
    public static final int PADDED_SIZE = 50_304;

    private static final String MERGES = "gpt2-merges.txt.gz";

    private Gpt2Vocabulary() {}

    /** The tokenizer. */
    public static Tokenizer tokenizer() {
        Vocabulary vocabulary;
        try {
            vocabulary = vocabulary(merges());
        } catch (IOException e) {
            throw new UncheckedIOException(MERGES, e);
        }
        return new PipelineTokenizer(
                vocabulary,
                ByteAlphabet.SPELLING,
                new PipelineTokenizer.Steps(
                        PreTokenizer.of(new Gpt2WordSplitter()),
                        BpeModel.overBytes(vocabulary, BpeModel.WholeWords.NONE)),
                OptionalInt.empty());
    }

    /** The merges, as {@code merges.txt} has them below its first line. */
    public static List<String> merges() {
        try (InputStream stream =
                        Objects.requireNonNull(
                                Gpt2Vocabulary.class.getResourceAsStream(MERGES), MERGES);
                var reader =
                        new BufferedReader(
                                new InputStreamReader(
                                        new GZIPInputStream(stream), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(MERGES, e);
        }
    }

    /** Ids by tokens, as {@code vocab.json} has them. */
    public static Map<String, @Nullable Object> ids() {
        Map<String, @Nullable Object> ids = new LinkedHashMap<>();
        for (char character : ByteAlphabet.inOrder()) {
            ids.put(String.valueOf(character), (long) ids.size());
        }
        for (String merge : merges()) {
            ids.put(merge.replace(" ", ""), (long) ids.size());
        }
        ids.put(VocabularyFiles.END_OF_TEXT, (long) ids.size());
        return ids;
    }

    private static Vocabulary vocabulary(List<String> merges) throws IOException {
        Path name = Path.of(MERGES);
        var builder = new VocabularyBuilder(name, ByteAlphabet.SPELLING);
        int id = 0;
        for (char character : ByteAlphabet.inOrder()) {
            builder.token(String.valueOf(character), id++);
        }
        for (String merge : merges) {
            builder.token(merge.replace(" ", ""), id++);
            builder.merge(merge, name);
        }
        builder.addedToken(new AddedToken(id, VocabularyFiles.END_OF_TEXT, true));
        return builder.build();
    }
}
