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
 * @param dialect whose names it has; null when unknown
 * @param model its arithmetic; null when something is missing
 * @param vocabulary tokens of its tokenizer; −1 when there is none
 * @param problem why it cannot be served, and what to do; null when it can
 */
public record Inspection(
        Path path,
        String container,
        List<Tensor> tensors,
        @Nullable String dialect,
        @Nullable Model model,
        int vocabulary,
        @Nullable String problem) {

    public Inspection {
        tensors = List.copyOf(tensors);
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
     * The arithmetic behind the tensors.
     *
     * @param config sizes and kinds
     * @param parameters elements of the model's tensors, a tied one counted once
     * @param tied whether the head is the token embedding
     */
    public record Model(TransformerConfig config, long parameters, boolean tied) {}

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
        private @Nullable String dialect;
        private @Nullable Model model;
        private int vocabulary = -1;

        Inspector(CheckpointFolder folder, Checkpoint checkpoint) {
            this.folder = folder;
            this.checkpoint = checkpoint;
        }

        Inspection inspect() {
            String problem = null;
            try {
                understand();
            } catch (IOException e) {
                problem = e.getMessage();
            }
            List<Tensor> tensors = new ArrayList<>();
            for (TensorSource tensor : checkpoint.tensors().values()) {
                tensors.add(new Tensor(tensor.name(), tensor.type(), tensor.shape()));
            }
            return new Inspection(
                    folder.weights(),
                    checkpoint.format(),
                    tensors,
                    dialect,
                    model,
                    vocabulary,
                    problem);
        }

        private void understand() throws IOException {
            StateDict weights = StateDict.of(checkpoint);
            dialect = weights.dialect().name();
            ConfigValues values = ModelLoader.values(folder, checkpoint);
            TransformerConfig config = new ConfigResolver(weights, values).resolve();
            boolean tied = ModelLoader.isTied(weights, values);
            long parameters = 0;
            for (TensorSource tensor : weights.served(tied)) {
                parameters += tensor.elementCount();
            }
            model = new Model(config, parameters, tied);
            new WeightLoader(weights, config, tied, new TensorReader(WeightFormat.AUTO))
                    .checkShapes();
            Tokenizer tokenizer = new TokenizerLoader(folder, values).load();
            vocabulary = tokenizer.vocabularySize();
            ModelLoader.checkVocabulary(folder.weights(), tokenizer, config);
        }
    }
}
