package dev.kaya.engine;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.CheckpointFolder;
import dev.kaya.engine.checkpoint.CheckpointReader;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.UnreadableFile;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.tensor.DataType;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of a checkpoint without loading its weights, as far as it can be understood.
 *
 * @param path the weight file
 * @param container its format
 * @param tensors everything in it
 * @param model what it is; null when that is not understood
 * @param vocabulary tokens of its tokenizer; −1 when there is none
 * @param guess what it might be; null when that is known
 * @param assumptions what neither the file nor those beside it say
 * @param problems why it cannot be served, and what to do; empty when it can
 */
public record Inspection(
        Path path,
        String container,
        List<Tensor> tensors,
        @Nullable Model model,
        int vocabulary,
        @Nullable Guess guess,
        List<Assumption> assumptions,
        List<String> problems) {

    public Inspection {
        tensors = List.copyOf(tensors);
        assumptions = List.copyOf(assumptions);
        problems = List.copyOf(problems);
    }

    /** One tensor of the file. */
    public record Tensor(String name, DataType type, List<Long> shape) {
        /** Its elements. */
        public long elementCount() {
            long count = 1;
            for (long length : shape) {
                count *= length;
            }
            return count;
        }
    }

    /**
     * A model whose names are known.
     *
     * @param dialect whose names it has
     * @param arithmetic behind its tensors; null when something is missing
     */
    public record Model(String dialect, @Nullable Arithmetic arithmetic) {}

    /**
     * The arithmetic behind the tensors.
     *
     * @param config sizes and kinds
     * @param parameters elements of the model's tensors, a tied one counted once
     * @param tied whether the head is the token embedding
     * @param memory that its weights take
     */
    public record Arithmetic(
            TransformerConfig config, long parameters, boolean tied, Memory memory) {}

    /**
     * Memory of the weights.
     *
     * @param weights bytes of them, kept as asked
     * @param loading bytes that are needed beside them while they are read
     */
    public record Memory(long weights, long loading) {}

    /**
     * What a model of an unknown dialect might be.
     *
     * @param nearest dialects, the nearest first
     * @param map a configuration that maps its names, for a user to complete
     */
    public record Guess(List<Nearest> nearest, String map) {
        public Guess {
            nearest = List.copyOf(nearest);
        }
    }

    /**
     * A dialect that has some of a file's names.
     *
     * @param dialect its name
     * @param missing names that it needs and the file lacks
     * @param leftOver names of the file that it does not know
     */
    public record Nearest(String dialect, List<String> missing, List<String> leftOver) {
        public Nearest {
            missing = List.copyOf(missing);
            leftOver = List.copyOf(leftOver);
        }
    }

    /** Looks at a checkpoint as it would be served by itself. */
    public static Inspection of(Path path) throws IOException {
        return of(path, LoadOptions.AS_STORED);
    }

    /**
     * Looks at a checkpoint.
     *
     * @param path a weight file, or a folder with one
     * @param options with which it would be loaded
     * @throws IOException when not even the file can be read
     */
    public static Inspection of(Path path, LoadOptions options) throws IOException {
        try {
            CheckpointFolder folder = CheckpointFolder.find(path);
            try (Checkpoint checkpoint = CheckpointReader.open(folder.weights())) {
                return new Inspector(folder, checkpoint, options).inspect();
            }
        } catch (FileSystemException e) {
            throw UnreadableFile.explained(path, e);
        }
    }

    /** Goes as far as it can and keeps what stopped it. */
    private static final class Inspector {
        private final CheckpointFolder folder;
        private final Checkpoint checkpoint;
        private final LoadOptions options;
        private @Nullable StateDict weights;
        private @Nullable Arithmetic arithmetic;
        private @Nullable Guess guess;
        private int vocabulary = -1;
        private final List<Assumption> assumptions = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();

        Inspector(CheckpointFolder folder, Checkpoint checkpoint, LoadOptions options) {
            this.folder = folder;
            this.checkpoint = checkpoint;
            this.options = options;
        }

        Inspection inspect() {
            try {
                ConfigValues values = ModelLoader.values(folder, checkpoint);
                readWeights(values);
                readTexts(values);
            } catch (IOException e) {
                addProblem(e);
            }
            List<Tensor> tensors = new ArrayList<>();
            for (TensorSource tensor : checkpoint.tensors().values()) {
                tensors.add(new Tensor(tensor.name(), tensor.type(), tensor.shape()));
            }
            return new Inspection(
                    folder.weights(),
                    checkpoint.format(),
                    tensors,
                    weights == null ? null : new Model(weights.dialect().name(), arithmetic),
                    vocabulary,
                    guess,
                    assumptions,
                    problems);
        }

        private void addProblem(IOException fault) {
            IOException explained =
                    fault instanceof FileSystemException system
                            ? UnreadableFile.explained(folder.weights(), system)
                            : fault;
            problems.add(String.valueOf(explained.getMessage()));
        }

        private void readWeights(ConfigValues values) {
            try {
                weights = StateDict.of(checkpoint, values);
            } catch (IOException e) {
                addProblem(e);
                var dialects = new DialectGuess(StateDict.forms(checkpoint, List.of()).getFirst());
                guess = new Guess(dialects.nearest(), dialects.map());
                return;
            }
            try {
                arithmetic = arithmetic(weights, values);
            } catch (IOException e) {
                addProblem(e);
            }
        }

        private Arithmetic arithmetic(StateDict dict, ConfigValues values) throws IOException {
            TransformerConfig stored = new ConfigResolver(dict, values).resolve();
            TransformerConfig config =
                    PreparedModel.served(folder.weights(), stored, options.context());
            boolean tied = TiedHead.of(dict, values);
            var loader = new WeightLoader(dict, stored, tied, new TensorReader(options.weights()));
            loader.checkShapes();
            loader.rotaryDivisors();
            assumptions.addAll(Assumptions.of(dict.dialect(), values, stored));
            long parameters = 0;
            for (TensorSource tensor : dict.served(tied)) {
                parameters += tensor.elementCount();
            }
            long bytes = WeightLoader.packedBytes(dict, tied, options.weights());
            var memory = new Memory(bytes, PreparedModel.loadingBytes(checkpoint));
            return new Arithmetic(config, parameters, tied, memory);
        }

        private void readTexts(ConfigValues values) throws IOException {
            if (arithmetic != null && weights != null) {
                int size = arithmetic.config().dimensions().vocabulary();
                PreparedModel.Texts texts =
                        PreparedModel.Texts.of(folder, checkpoint, values, weights.dialect(), size);
                vocabulary = texts.tokenizer().vocabularySize();
                assumptions.addAll(texts.assumptions());
            } else {
                vocabulary =
                        new TokenizerLoader(folder, checkpoint.metadata(), values)
                                .load(0)
                                .vocabularySize();
            }
        }
    }
}
