package dev.kaya.engine.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An open weight file: named tensors and metadata, nothing said about what they mean.
 *
 * <p>Metadata is a tree of {@code Map<String, Object>}, {@code List<Object>}, {@code String},
 * {@code Long}, {@code Double}, {@code Boolean} and null. Keys that are numbers in the file appear
 * as decimal strings; objects of classes that are not data appear as maps of their attributes.
 *
 * <p>A PyTorch file often wraps its state dict, as in {@code {model: {…}, model_args: {…}}}, up to
 * three times. Then {@link #tensors()} are those of the state dict by its own keys, whatever the
 * wrappers' keys, and {@link #metadata()} is the rest, what stood in inner wrappers moved up to the
 * root: tensors without dimensions as numbers, other tensors and NumPy arrays left out. The state
 * dict is the one with the most tensor elements among those that consist mostly of tensors and the
 * whole models that were pickled as they are, the optimizer's left out. Such a model's parameters
 * and buffers have the names that its own state dict would give them, and its attributes and those
 * of its parts are metadata.
 */
public interface Checkpoint extends AutoCloseable {

    /** The file that was opened: the index of a checkpoint in parts. */
    Path path();

    /**
     * The container's name for people: {@code safetensors}, {@code pytorch}, {@code pytorch before
     * 1.6}, {@code gguf}, {@code llama2.c}, {@code json}; with the number of files when there are
     * parts, such as {@code safetensors, 3 files}.
     */
    String format();

    /** All tensors in the file's order, by name; unmodifiable. */
    Map<String, TensorSource> tensors();

    /** Everything in the file that is not a tensor; unmodifiable. */
    Map<String, @Nullable Object> metadata();

    /** Releases the file. Tensors must not be read afterwards. */
    @Override
    void close() throws IOException;
}
