package dev.kaya.engine.resolve;

import dev.kaya.engine.architecture.ConfigResolver;
import dev.kaya.engine.architecture.TiedHead;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.folder.CheckpointFolder;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.checkpoint.folder.GitLfsPointer;
import dev.kaya.engine.checkpoint.folder.UnreadableFile;
import dev.kaya.engine.checkpoint.json.JsonFile;
import dev.kaya.engine.dialect.NamedTensors;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint as far as it is understood: the file, what is said beside it, which dialect it
 * speaks, what it computes, and its tokenizer. Nothing of size is read.
 *
 * <p>Each stage is made when it is first asked for, from the one before, and fails with what is
 * wrong with that stage. Not thread-safe; closing it closes the file.
 */
public final class ResolvedCheckpoint implements AutoCloseable {

    private final Path path;
    private final CheckpointFolder folder;
    private final Checkpoint checkpoint;
    private final Stage<ConfigValues> settings = new Stage<>(this::readSettings);
    private final Stage<NamedTensors> tensors = new Stage<>(this::readTensors);
    private final Stage<TransformerConfig> config = new Stage<>(this::readConfig);
    private final Stage<Boolean> tied = new Stage<>(this::readTied);
    private final Stage<Texts> texts = new Stage<>(this::readTexts);

    private ResolvedCheckpoint(Path path, CheckpointFolder folder, Checkpoint checkpoint) {
        this.path = path;
        this.folder = folder;
        this.checkpoint = checkpoint;
    }

    /**
     * What turns texts into ids and back.
     *
     * @param tokenizer text to ids
     * @param bundled whether it is the one that Kaya brings along, as the checkpoint has none
     * @param special tokens that begin and end texts
     * @param defaults sampling values that the checkpoint recommends
     * @param assumptions what nobody states of them
     */
    public record Texts(
            Tokenizer tokenizer,
            boolean bundled,
            SpecialTokens special,
            GenerationDefaults defaults,
            List<Assumption> assumptions) {
        public Texts {
            assumptions = List.copyOf(assumptions);
        }
    }

    private interface Maker<T> {
        T make() throws IOException;
    }

    /** What is made when it is first asked for, and kept. */
    private final class Stage<T> {
        private final Maker<T> maker;
        private @Nullable T made;

        Stage(Maker<T> maker) {
            this.maker = maker;
        }

        T get() throws IOException {
            T known = made;
            if (known == null) {
                known = explained(maker);
                made = known;
            }
            return known;
        }
    }

    /**
     * Opens a checkpoint.
     *
     * @param path a weight file, or a folder with one
     * @throws MalformedCheckpointException when there is none, or its container is damaged
     * @throws IOException when a file cannot be read
     */
    public static ResolvedCheckpoint open(Path path) throws IOException {
        try {
            CheckpointFolder folder = CheckpointFolder.find(path);
            return new ResolvedCheckpoint(path, folder, CheckpointReader.open(folder.weights()));
        } catch (FileSystemException e) {
            throw UnreadableFile.explained(path, e);
        }
    }

    /** What is made, or a fault that says what the system means by refusing a file. */
    private <T> T explained(Maker<T> maker) throws IOException {
        try {
            return maker.make();
        } catch (FileSystemException e) {
            throw UnreadableFile.explained(path, e);
        }
    }

    /** The weight file and what lies beside it. */
    public CheckpointFolder folder() {
        return folder;
    }

    /** The open container. */
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    /** The folder's name, or the file's without its ending. */
    public String name() {
        return nameOf(path);
    }

    /**
     * What a checkpoint at a path is called: the folder's name, or the file's without its ending.
     */
    public static String nameOf(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        Path last = absolute.getFileName();
        if (last == null) {
            return "model";
        }
        String name = last.toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 && !Files.isDirectory(path) ? name.substring(0, dot) : name;
    }

    /**
     * What the checkpoint and the {@code config.json} or {@code params.json} beside it say.
     *
     * @throws IOException when the latter is no JSON, or cannot be read
     */
    public ConfigValues settings() throws IOException {
        return settings.get();
    }

    private ConfigValues readSettings() throws IOException {
        var values = new ConfigValues(folder.weights(), checkpoint.metadata());
        addFile(values, folder.config() == null ? metaConfig() : folder.config());
        return values;
    }

    /** Meta's own name for what others call {@code config.json}. */
    private @Nullable Path metaConfig() {
        Path file = folder.weights().resolveSibling("params.json");
        return Files.isRegularFile(file) ? file : null;
    }

    private static void addFile(ConfigValues values, @Nullable Path file) throws IOException {
        if (file != null) {
            GitLfsPointer.refuse(file);
            values.add(file, JsonFile.read(file));
        }
    }

    /**
     * The tensors by what they are for.
     *
     * @throws MalformedCheckpointException when no dialect has their names
     */
    public NamedTensors tensors() throws IOException {
        return tensors.get();
    }

    private NamedTensors readTensors() throws IOException {
        return NamedTensors.of(checkpoint, settings());
    }

    /**
     * What the model computes, with the context that it was trained for.
     *
     * @throws MalformedCheckpointException when shapes and settings contradict each other, or say
     *     something that is not computed
     */
    public TransformerConfig config() throws IOException {
        return config.get();
    }

    private TransformerConfig readConfig() throws IOException {
        return new ConfigResolver(tensors(), settings()).resolve();
    }

    /**
     * Whether the head is the token embedding.
     *
     * @throws MalformedCheckpointException when {@code tie_word_embeddings} contradicts the file
     */
    public boolean isTied() throws IOException {
        return tied.get();
    }

    private boolean readTied() throws IOException {
        return TiedHead.of(tensors(), settings());
    }

    /**
     * Tokenizer, special tokens and recommended sampling.
     *
     * @throws MalformedCheckpointException when there is no tokenizer, it is broken, or it has more
     *     tokens than the model
     */
    public Texts texts() throws IOException {
        return texts.get();
    }

    private Texts readTexts() throws IOException {
        int vocabulary = config().dimensions().vocabulary();
        TokenizerLoader tokenizers = tokenizers();
        Tokenizer own = tokenizers.own(vocabulary);
        Tokenizer tokenizer = own == null ? tokenizers.bundled(vocabulary) : own;
        checkVocabulary(tokenizer, vocabulary);
        var generation = new ConfigValues(folder.weights(), Map.of());
        addFile(generation, folder.generationConfig());
        var special =
                new SpecialTokensResolver(
                        settings(), generation, tokenizer, tensors().dialect(), vocabulary);
        List<Assumption> assumptions = new ArrayList<>(special.assumptions());
        if (own == null) {
            assumptions.add(
                    new Assumption(
                            "the tokenizer is GPT-2's, as the vocabulary has its size",
                            "put the model's own tokenizer beside the weights"));
        }
        return new Texts(
                tokenizer,
                own == null,
                special.resolve(),
                GenerationDefaults.of(generation),
                assumptions);
    }

    private TokenizerLoader tokenizers() throws IOException {
        return new TokenizerLoader(folder, checkpoint.metadata(), settings());
    }

    private void checkVocabulary(Tokenizer tokenizer, int vocabulary)
            throws MalformedCheckpointException {
        if (tokenizer.vocabularySize() > vocabulary) {
            throw new MalformedCheckpointException(
                    folder.weights(),
                    -1,
                    "the tokenizer has "
                            + tokenizer.vocabularySize()
                            + " tokens but the model only "
                            + vocabulary);
        }
    }

    /**
     * The tokenizer of a model whose vocabulary is not known, because the weights are not
     * understood.
     *
     * @throws MalformedCheckpointException when there is none or it is broken
     */
    public Tokenizer tokenizer() throws IOException {
        return explained(() -> tokenizers().load(0));
    }

    /** What neither the checkpoint nor the files beside it say of the arithmetic. */
    public List<Assumption> assumptions() throws IOException {
        return Assumptions.of(tensors().dialect(), settings(), config());
    }

    @Override
    public void close() throws IOException {
        checkpoint.close();
    }
}
