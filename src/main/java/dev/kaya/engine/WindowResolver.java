package dev.kaya.engine;

import dev.kaya.engine.ConfigValues.Setting;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.SlidingWindow;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/**
 * Decides which layers look back through a window, as the configurations of Hugging Face say it.
 */
final class WindowResolver {

    /** What Mistral's configuration means where it leaves the window out. */
    private static final int MISTRAL_WINDOW = 4096;

    /** Where Qwen's first layer with a window is if its configuration leaves that out. */
    private static final int QWEN_WINDOW_LAYERS = 28;

    private static final String LAYER_TYPES = "layer_types";

    private final ConfigValues values;
    private final Dimensions size;
    private final String modelType;

    WindowResolver(ConfigValues values, Dimensions size) {
        this.values = values;
        this.size = size;
        modelType = String.valueOf(values.find("model_type"));
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
        if (!values.flag("use_sliding_window", !isQwen())
                || Long.valueOf(0).equals(values.find(Setting.SLIDING_WINDOW))) {
            return OptionalInt.empty();
        }
        if (modelType.equals("mistral") && !values.mentions("sliding_window")) {
            return OptionalInt.of(MISTRAL_WINDOW);
        }
        return values.positive(Setting.SLIDING_WINDOW);
    }

    private BitSet layers() throws MalformedCheckpointException {
        BitSet layers = new BitSet();
        if (values.find(LAYER_TYPES) instanceof List<?> types) {
            if (types.size() != size.layers()) {
                throw values.wrong(LAYER_TYPES, "one for each of " + size.layers(), types.size());
            }
            for (int layer = 0; layer < types.size(); layer++) {
                layers.set(layer, isSliding(types.get(layer)));
            }
            return layers;
        }
        OptionalInt first = values.positive(Setting.of("max_window_layers"));
        layers.set(
                Math.min(size.layers(), first.orElse(isQwen() ? QWEN_WINDOW_LAYERS : 0)),
                size.layers());
        return layers;
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

    private boolean isQwen() {
        return modelType.startsWith("qwen");
    }
}
