package dev.kaya.engine.resolve;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.folder.CheckpointFolder;
import dev.kaya.engine.checkpoint.folder.CheckpointFolder.TokenizerFiles;
import dev.kaya.engine.checkpoint.folder.CheckpointFolder.TokenizerSettings;
import dev.kaya.engine.checkpoint.folder.GitLfsPointer;
import dev.kaya.engine.checkpoint.pytorch.PickleFile;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.read.CarriedVocabulary;
import dev.kaya.engine.tokenizer.read.GgufVocabulary;
import dev.kaya.engine.tokenizer.read.Gpt2Vocabulary;
import dev.kaya.engine.tokenizer.read.Llama2cVocabulary;
import dev.kaya.engine.tokenizer.read.PlainVocabulary;
import dev.kaya.engine.tokenizer.read.SentencePieceModel;
import dev.kaya.engine.tokenizer.read.TokenizerConfig;
import dev.kaya.engine.tokenizer.read.TokenizerJson;
import dev.kaya.engine.tokenizer.read.VocabularyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tokenizer of a checkpoint: in the files beside it, in the order {@code tokenizer.json},
 * {@code vocab.json} (with {@code merges.txt}, or of characters or words), {@code tokenizer.model},
 * {@code tokenizer.bin}, {@code meta.pkl}; else in what the checkpoint itself carries; else it is
 * GPT-2's, if the model's vocabulary has its size.
 */
public final class TokenizerLoader {

    private final CheckpointFolder folder;
    private final Map<String, @Nullable Object> metadata;
    private final ConfigValues values;

    /**
     * @param metadata of the checkpoint
     * @param values of the same and of the {@code config.json} beside it
     */
    public TokenizerLoader(
            CheckpointFolder folder, Map<String, @Nullable Object> metadata, ConfigValues values) {
        this.folder = folder;
        this.metadata = metadata;
        this.values = values;
    }

    /**
     * The tokenizer of the checkpoint itself, or the common one that it relies on.
     *
     * @param vocabularySize of the model
     * @throws MalformedCheckpointException when there is none or it is broken
     */
    public Tokenizer load(int vocabularySize) throws IOException {
        Tokenizer own = own(vocabularySize);
        return own == null ? bundled(vocabularySize) : own;
    }

    /** The tokenizer of the checkpoint itself; null where it relies on a common one. */
    public @Nullable Tokenizer own(int vocabularySize) throws IOException {
        Tokenizer beside = beside(vocabularySize);
        return beside == null ? carried(vocabularySize) : beside;
    }

    /**
     * GPT-2's tokenizer.
     *
     * @throws MalformedCheckpointException when the vocabulary does not have its size
     */
    public Tokenizer bundled(int vocabularySize) throws MalformedCheckpointException {
        if (vocabularySize >= Gpt2Vocabulary.SIZE && vocabularySize <= Gpt2Vocabulary.PADDED_SIZE) {
            return Gpt2Vocabulary.tokenizer();
        }
        throw new MalformedCheckpointException(
                folder.weights(),
                -1,
                "no tokenizer: put its tokenizer.json, or vocab.json and merges.txt, or"
                        + " tokenizer.model, tokenizer.bin or meta.pkl (which nanoGPT writes beside the text"
                        + " that it learns) beside the weights");
    }

    private @Nullable Tokenizer beside(int vocabularySize) throws IOException {
        TokenizerFiles files = folder.tokenizer();
        if (files.tokenizerJson() != null) {
            return TokenizerJson.read(fetched(files.tokenizerJson()));
        }
        if (files.vocabJson() != null) {
            return files.merges() == null
                    ? PlainVocabulary.read(fetched(files.vocabJson()))
                    : VocabularyFiles.readByteLevelBpe(
                            fetched(files.vocabJson()),
                            fetched(files.merges()),
                            config(files.settings()));
        }
        if (files.sentencePiece() != null) {
            return SentencePieceModel.read(
                    fetched(files.sentencePiece()), config(files.settings()));
        }
        if (files.llama2c() != null) {
            return Llama2cVocabulary.read(fetched(files.llama2c()));
        }
        return files.metaPickle() == null
                ? null
                : meta(fetched(files.metaPickle()), vocabularySize);
    }

    /** Large vocabularies are among what Git replaces by pointers. */
    private static Path fetched(Path file) throws IOException {
        GitLfsPointer.refuse(file);
        return file;
    }

    /** What the files beside {@code vocab.json} or {@code tokenizer.model} say about them. */
    public static TokenizerConfig config(TokenizerSettings files) throws IOException {
        return TokenizerConfig.read(files.config(), files.specialTokensMap(), files.addedTokens());
    }

    private static Tokenizer meta(Path path, int vocabularySize) throws IOException {
        Tokenizer tokenizer = CarriedVocabulary.find(path, PickleFile.read(path), vocabularySize);
        if (tokenizer == null) {
            throw new MalformedCheckpointException(
                    path, -1, "itos, the characters by their ids, is missing, and stoi is too");
        }
        return tokenizer;
    }

    private @Nullable Tokenizer carried(int vocabularySize) throws MalformedCheckpointException {
        if (values.find(GgufVocabulary.MODEL) != null) {
            return GgufVocabulary.read(folder.weights(), values::find);
        }
        if (values.find("uchars") instanceof List<?> characters) {
            Object bos = values.find(ConfigValues.Setting.BOS);
            return CarriedVocabulary.microgpt(folder.weights(), characters, bos, vocabularySize);
        }
        return CarriedVocabulary.find(folder.weights(), metadata, vocabularySize);
    }
}
