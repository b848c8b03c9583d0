package dev.kaya.engine;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.CheckpointFolder;
import dev.kaya.engine.checkpoint.CheckpointReader;
import dev.kaya.engine.checkpoint.GgufWriter;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.SafetensorsWriter;
import dev.kaya.engine.checkpoint.TensorPlan;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes a checkpoint anew under names that other programs read: Hugging Face's of GPT-2, Llama,
 * Qwen2 or Qwen3 in a folder with safetensors, or those of the same architectures in a GGUF file.
 * Nothing is quantised or rounded unless asked for.
 */
public final class CheckpointConverter {

    /** What is written. */
    public enum Container {
        /** A folder with {@code model.safetensors}, {@code config.json} and the tokenizer. */
        SAFETENSORS,
        /** One file with everything. */
        GGUF
    }

    /** How matrices are written; vectors always are in single precision. */
    public enum Weights {
        /** As they are stored, if the container has that type unquantised; else like F32. */
        AUTO,
        /** Single precision. */
        F32,
        /** Rounded to bfloat16. */
        BF16,
        /** In 8 bits with a scale for every 32 inputs; GGUF alone has it. */
        Q8_0
    }

    private CheckpointConverter() {}

    /**
     * Converts.
     *
     * @param in weight file, or folder with one
     * @param out folder or file to make; it must not be there
     * @throws MalformedCheckpointException when the checkpoint cannot be served, or the target has
     *     no place for what it computes; the message says what
     * @throws IOException when a file cannot be read or written, or is there already
     */
    public static void convert(Path in, Path out, Container container, Weights type)
            throws IOException {
        CheckpointFolder folder = CheckpointFolder.find(in);
        if (Files.exists(out)) {
            throw new IOException(out + " is there already; name one that is not");
        }
        if (container == Container.SAFETENSORS && type == Weights.Q8_0) {
            throw new IOException(
                    "safetensors has no Q8_0; choose f32 or bf16, or convert to gguf");
        }
        try (Checkpoint checkpoint = CheckpointReader.open(folder.weights())) {
            ConfigValues values = ModelLoader.values(folder, checkpoint);
            StateDict weights = StateDict.of(checkpoint, values);
            TransformerConfig config = new ConfigResolver(weights, values).resolve();
            boolean tied = TiedHead.of(weights, values);
            var tokenizers = new TokenizerLoader(folder, checkpoint.metadata(), values);
            int size = config.dimensions().vocabulary();
            Tokenizer own = tokenizers.own(size);
            Tokenizer tokenizer = own == null ? tokenizers.bundled(size) : own;
            ModelLoader.checkVocabulary(folder.weights(), tokenizer, size);
            SpecialTokens special =
                    new SpecialTokensResolver(
                                    values,
                                    ModelLoader.generation(folder),
                                    tokenizer,
                                    weights.dialect(),
                                    size)
                            .resolve();
            var loader =
                    new WeightLoader(weights, config, tied, new TensorReader(WeightFormat.F32));
            loader.checkShapes();
            var source = new ConvertedModel(weights, config, tied, special);
            Family family = Family.of(source, container);
            List<TensorPlan> tensors =
                    new ConvertedTensors(source, loader, family, type, container).all();
            var vocabulary = new ConvertedTokenizer(folder, checkpoint.metadata(), own);
            switch (container) {
                case SAFETENSORS -> {
                    Files.createDirectories(out);
                    SafetensorsWriter.write(
                            out.resolve("model.safetensors"), Map.of("format", "pt"), tensors);
                    new ConvertedConfig(source, family).write(out);
                    vocabulary.writeTo(out, special);
                }
                case GGUF -> {
                    Map<String, Object> keys =
                            new ConvertedConfig(source, family).gguf(ModelLoader.nameOf(in));
                    keys.putAll(vocabulary.gguf(size, special));
                    GgufWriter.write(out, keys, tensors);
                }
            }
        }
    }

    /**
     * What is converted.
     *
     * @param weights its tensors
     * @param config its arithmetic
     * @param tied whether its head is the token embedding
     * @param special tokens that begin and end its texts
     */
    record ConvertedModel(
            StateDict weights, TransformerConfig config, boolean tied, SpecialTokens special) {

        MalformedCheckpointException without(String place, Container container) {
            return new MalformedCheckpointException(
                    weights.path(),
                    -1,
                    "no architecture of "
                            + (container == Container.GGUF ? "GGUF" : "Hugging Face")
                            + " that is written has a place for "
                            + place);
        }
    }
}
