package dev.kaya.engine.convert;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.dialect.NamedTensors;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.resolve.ResolvedCheckpoint;
import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.engine.weights.TensorReader;
import dev.kaya.engine.weights.WeightFormat;
import dev.kaya.engine.weights.WeightLoader;
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
        if (Files.exists(out)) {
            throw new IOException(out + " already exists; name one that does not");
        }
        if (container == Container.SAFETENSORS && type == Weights.Q8_0) {
            throw new IOException(
                    "safetensors has no Q8_0; choose f32 or bf16, or convert to gguf");
        }
        try (ResolvedCheckpoint resolved = ResolvedCheckpoint.open(in)) {
            NamedTensors weights = resolved.tensors();
            TransformerConfig config = resolved.config();
            boolean tied = resolved.isTied();
            ResolvedCheckpoint.Texts texts = resolved.texts();
            SpecialTokens special = texts.special();
            var loader =
                    new WeightLoader(weights, config, tied, new TensorReader(WeightFormat.F32));
            loader.checkShapes();
            var source = new ConvertedModel(weights, config, tied, special);
            Family family = Family.of(source, container);
            List<TensorPlan> tensors =
                    new ConvertedTensors(source, loader, family, type, container).all();
            var vocabulary =
                    new ConvertedTokenizer(
                            resolved.folder(),
                            resolved.checkpoint().metadata(),
                            texts.bundled() ? null : texts.tokenizer());
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
                            new ConvertedConfig(source, family).gguf(resolved.name());
                    keys.putAll(vocabulary.gguf(config.dimensions().vocabulary(), special));
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
            NamedTensors weights, TransformerConfig config, boolean tied, SpecialTokens special) {

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
