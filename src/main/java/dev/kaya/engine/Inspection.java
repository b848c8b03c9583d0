package dev.kaya.engine;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.dialect.DialectGuess;
import dev.kaya.engine.dialect.NamedTensors;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.resolve.Assumption;
import dev.kaya.engine.resolve.ResolvedCheckpoint;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.weights.TensorReader;
import dev.kaya.engine.weights.WeightLoader;
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
    public record Guess(List<DialectGuess.Nearest> nearest, String map) {
        public Guess {
            nearest = List.copyOf(nearest);
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
        try (ResolvedCheckpoint resolved = ResolvedCheckpoint.open(path)) {
            return new Inspector(resolved, options).inspect();
        }
    }

    /** Goes as far as it can and keeps what stopped it. */
    private static final class Inspector {
        private final ResolvedCheckpoint resolved;
        private final LoadOptions options;
        private @Nullable NamedTensors weights;
        private @Nullable Arithmetic arithmetic;
        private @Nullable Guess guess;
        private int vocabulary = -1;
        private final List<Assumption> assumptions = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();

        Inspector(ResolvedCheckpoint resolved, LoadOptions options) {
            this.resolved = resolved;
            this.options = options;
        }

        Inspection inspect() {
            try {
                resolved.settings();
                readWeights();
                readTexts();
            } catch (IOException e) {
                addProblem(e);
            }
            List<Tensor> tensors = new ArrayList<>();
            for (TensorSource tensor : resolved.checkpoint().tensors().values()) {
                tensors.add(new Tensor(tensor.name(), tensor.type(), tensor.shape()));
            }
            return new Inspection(
                    resolved.folder().weights(),
                    resolved.checkpoint().format(),
                    tensors,
                    weights == null ? null : new Model(weights.dialect().name(), arithmetic),
                    vocabulary,
                    guess,
                    assumptions,
                    problems);
        }

        private void addProblem(IOException fault) {
            problems.add(String.valueOf(fault.getMessage()));
        }

        private void readWeights() {
            try {
                weights = resolved.tensors();
            } catch (IOException e) {
                addProblem(e);
                var forms = NamedTensors.forms(resolved.checkpoint(), List.of());
                var dialects = new DialectGuess(forms.getFirst());
                guess = new Guess(dialects.nearest(), dialects.map());
                return;
            }
            try {
                arithmetic = arithmetic(weights);
            } catch (IOException e) {
                addProblem(e);
            }
        }

        private Arithmetic arithmetic(NamedTensors named) throws IOException {
            TransformerConfig config = PreparedModel.served(resolved, options);
            boolean tied = resolved.isTied();
            var reader = new TensorReader(options.weights());
            var loader = new WeightLoader(named, resolved.config(), tied, reader);
            loader.checkShapes();
            loader.rotaryDivisors();
            assumptions.addAll(resolved.assumptions());
            long parameters = 0;
            for (TensorSource tensor : named.served(tied)) {
                parameters += tensor.elementCount();
            }
            long bytes = WeightLoader.packedBytes(named, tied, options.weights());
            var memory = new Memory(bytes, PreparedModel.loadingBytes(resolved.checkpoint()));
            return new Arithmetic(config, parameters, tied, memory);
        }

        private void readTexts() throws IOException {
            if (arithmetic == null) {
                vocabulary = resolved.tokenizer().vocabularySize();
                return;
            }
            ResolvedCheckpoint.Texts texts = resolved.texts();
            vocabulary = texts.tokenizer().vocabularySize();
            assumptions.addAll(texts.assumptions());
        }
    }
}
