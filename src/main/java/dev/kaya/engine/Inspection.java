package dev.kaya.engine;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.CheckpointFolder;
import dev.kaya.engine.checkpoint.CheckpointReader;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.tensor.DataType;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
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
 * @param problems why it cannot be served, and what to do; empty when it can
 */
public record Inspection(
        Path path,
        String container,
        List<Tensor> tensors,
        @Nullable Model model,
        int vocabulary,
        @Nullable Guess guess,
        List<String> problems) {

    public Inspection {
        tensors = List.copyOf(tensors);
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
     * @param bytes of the weights in memory, in the types that they have in the file
     */
    public record Arithmetic(TransformerConfig config, long parameters, boolean tied, long bytes) {}

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

    /**
     * Looks at a checkpoint.
     *
     * @param path a weight file, or a folder with one
     * @throws IOException when not even the file can be read
     */
    public static Inspection of(Path path) throws IOException {
        CheckpointFolder folder = CheckpointFolder.find(path);
        try (Checkpoint checkpoint = CheckpointReader.open(folder.weights())) {
            return new Inspector(folder, checkpoint).inspect();
        }
    }

    /** Goes as far as it can and keeps what stopped it. */
    private static final class Inspector {
        private final CheckpointFolder folder;
        private final Checkpoint checkpoint;
        private @Nullable StateDict weights;
        private @Nullable Arithmetic arithmetic;
        private @Nullable Guess guess;
        private int vocabulary = -1;
        private final List<String> problems = new ArrayList<>();

        Inspector(CheckpointFolder folder, Checkpoint checkpoint) {
            this.folder = folder;
            this.checkpoint = checkpoint;
        }

        Inspection inspect() {
            try {
                ConfigValues values = ModelLoader.values(folder, checkpoint);
                readWeights(values);
                readTokenizer(values);
            } catch (IOException e) {
                problems.add(String.valueOf(e.getMessage()));
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
                    problems);
        }

        private void readWeights(ConfigValues values) {
            try {
                weights = StateDict.of(checkpoint, values);
            } catch (IOException e) {
                problems.add(String.valueOf(e.getMessage()));
                var dialects = new DialectGuess(StateDict.forms(checkpoint, List.of()).getFirst());
                guess = new Guess(dialects.nearest(), dialects.map());
                return;
            }
            try {
                arithmetic = arithmetic(weights, values);
            } catch (IOException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }

        private static Arithmetic arithmetic(StateDict weights, ConfigValues values)
                throws IOException {
            TransformerConfig config = new ConfigResolver(weights, values).resolve();
            boolean tied = TiedHead.of(weights, values);
            new WeightLoader(weights, config, tied, new TensorReader(WeightFormat.AUTO))
                    .checkShapes();
            long parameters = 0;
            for (TensorSource tensor : weights.served(tied)) {
                parameters += tensor.elementCount();
            }
            long bytes = ModelLoader.bytes(weights, config, tied, WeightFormat.AUTO);
            return new Arithmetic(config, parameters, tied, bytes);
        }

        private void readTokenizer(ConfigValues values) throws IOException {
            int size = arithmetic == null ? 0 : arithmetic.config().dimensions().vocabulary();
            Tokenizer tokenizer =
                    new TokenizerLoader(folder, checkpoint.metadata(), values).load(size);
            vocabulary = tokenizer.vocabularySize();
            if (arithmetic != null) {
                ModelLoader.checkVocabulary(folder.weights(), tokenizer, arithmetic.config());
            }
        }
    }
}
