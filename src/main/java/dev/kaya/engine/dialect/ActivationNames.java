package dev.kaya.engine.dialect;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.settings.ConfigValues.Setting;
import dev.kaya.engine.tensor.kernel.Activation;
import java.util.Locale;

/** What the activations of feed-forward layers are called. */
public final class ActivationNames {

    private ActivationNames() {}

    /**
     * An activation by any of its usual names, also as the path of a class or a function.
     *
     * @param values where the name stands
     * @param gated whether the layer has a gate, as a name that ends in "glu" says too
     * @throws MalformedCheckpointException when nothing is called that
     */
    public static Activation activation(ConfigValues values, String name, boolean gated)
            throws MalformedCheckpointException {
        String last = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return switch (gated && last.endsWith("glu") ? last.replace("glu", "") : last) {
            case "relu", "re" -> Activation.RELU;
            case "relu_squared", "relu2", "squared_relu" -> Activation.RELU_SQUARED;
            case "gelu", "gelu_erf", "ge" -> Activation.GELU_ERF;
            case "gelu_new", "gelu_tanh", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
            case "silu", "swish", "swi" -> Activation.SILU;
            default ->
                    throw values.wrong(
                            Setting.ACTIVATION, "relu, relu_squared, gelu, gelu_new or silu", name);
        };
    }
}
