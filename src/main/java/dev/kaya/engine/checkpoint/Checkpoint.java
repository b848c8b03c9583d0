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
 * <p>A PyTorch file often wraps its state dict, as in {@code {model: {…}, model_args: {…}}}. Then
 * {@link #tensors()} are those of the state dict by its own keys, whatever the wrapper's key, and
 * {@link #metadata()} is the rest of the root: tensors without dimensions as numbers, other tensors
 * and NumPy arrays left out. The state dict is the dict with the most tensor elements among the
 * root and the dicts directly under it that consist mostly of tensors, the optimizer's left out.
 */
public interface Checkpoint extends AutoCloseable {

    /** The file that was opened. */
    Path path();

    /**
     * The container's name for people: {@code safetensors}, {@code pytorch}, {@code gguf}, {@code
     * json}.
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
