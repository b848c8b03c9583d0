package dev.kaya.engine.architecture;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.SlidingWindow;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.settings.ConfigValues.Setting;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/**
 * Decides which layers look back through a window, as Hugging Face's classes read their
 * configurations: LLaMA has no window whatever its configuration says, Mistral has one in every
 * layer, Qwen only if {@code use_sliding_window} asks for it, from layer {@code max_window_layers}
 * on. A configuration that names no class means what it says.
 *
 * @see <a
 *     href="https://github.com/huggingface/transformers/blob/main/src/transformers/models/qwen2/configuration_qwen2.py">one
 *     of them</a>
 */
final class WindowResolver {

    /** What the configurations of Mistral and Qwen mean where they leave the window out. */
    private static final int USUAL_WINDOW = 4096;

    /** Where Qwen's first layer with a window is if its configuration leaves that out. */
    private static final int QWEN_WINDOW_LAYERS = 28;

    private static final String SLIDING_WINDOW = "sliding_window";
    private static final String LAYER_TYPES = "layer_types";
    private static final String FIRST_LAYER = "max_window_layers";

    private final ConfigValues values;
    private final Dimensions size;
    private final Reader reader;

    /** Who would read the configuration, which decides what counts of it. */
    private enum Reader {
        LLAMA,
        MISTRAL,
        MINISTRAL,
        QWEN,
        STARCODER,
        ANY
    }

    WindowResolver(ConfigValues values, Dimensions size) {
        this.values = values;
        this.size = size;
        reader = reader();
    }

    private Reader reader() {
        String type = String.valueOf(values.find("model_type"));
        if (type.startsWith("qwen")) {
            return Reader.QWEN;
        }
        return switch (type) {
            case "llama" -> Reader.LLAMA;
            case "mistral" -> Reader.MISTRAL;
            case "ministral" -> Reader.MINISTRAL;
            case "starcoder2" -> Reader.STARCODER;
            default -> Reader.ANY;
        };
    }

    SlidingWindow resolve() throws MalformedCheckpointException {
        OptionalInt length = length();
        if (length.isEmpty() || length.getAsInt() >= size.context()) {
            return SlidingWindow.NONE;
        }
        BitSet layers = layers();
        return layers.isEmpty() ? SlidingWindow.NONE : new SlidingWindow(length.getAsInt(), layers);
    }

    private OptionalInt length() throws MalformedCheckpointException {
        boolean used =
                switch (reader) {
                    case LLAMA -> false;
                    case MISTRAL, MINISTRAL, STARCODER -> true;
                    case QWEN -> values.flag("use_sliding_window", false);
                    case ANY -> values.flag("use_sliding_window", true);
                };
        if (!used || Long.valueOf(0).equals(values.find(Setting.SLIDING_WINDOW))) {
            return OptionalInt.empty();
        }
        boolean usual =
                reader == Reader.MISTRAL || reader == Reader.MINISTRAL || reader == Reader.QWEN;
        return usual && !values.mentions(SLIDING_WINDOW)
                ? OptionalInt.of(USUAL_WINDOW)
                : values.positive(Setting.SLIDING_WINDOW);
    }

    private BitSet layers() throws MalformedCheckpointException {
        boolean some = reader == Reader.QWEN || reader == Reader.MINISTRAL || reader == Reader.ANY;
        if (some && values.find(LAYER_TYPES) instanceof List<?> types) {
            return layers(types);
        }
        BitSet layers = new BitSet();
        layers.set(Math.min(size.layers(), firstLayer()), size.layers());
        return layers;
    }

    private BitSet layers(List<?> types) throws MalformedCheckpointException {
        if (types.size() != size.layers()) {
            throw values.wrong(LAYER_TYPES, "one for each of " + size.layers(), types.size());
        }
        BitSet layers = new BitSet();
        for (int layer = 0; layer < types.size(); layer++) {
            layers.set(layer, isSliding(types.get(layer)));
        }
        return layers;
    }

    private int firstLayer() throws MalformedCheckpointException {
        return switch (reader) {
            case LLAMA, MISTRAL, MINISTRAL, STARCODER -> 0;
            case QWEN -> values.notNegative(FIRST_LAYER, QWEN_WINDOW_LAYERS);
            case ANY -> values.notNegative(FIRST_LAYER, 0);
        };
    }

    private boolean isSliding(Object type) throws MalformedCheckpointException {
        return switch (String.valueOf(type)) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default ->
                    throw values.wrong(
                            LAYER_TYPES, "of full_attention and sliding_attention", type);
        };
    }
}
