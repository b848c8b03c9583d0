package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the modules of a pickled model say of the arithmetic that its tensors do not show: which
 * activation they apply, and which epsilon their norms add. Where modules differ, so does what is
 * told, and no configuration takes several for one.
 */
final class ModuleArithmetic {

    private static final String ACTIVATIONS = "torch.nn.modules.activation.";
    private static final String RMS_NORM = "RMSNorm";

    /** They are among the activations, but not what a feed-forward layer applies. */
    private static final Set<String> NOT_APPLIED =
            Set.of("MultiheadAttention", "Softmax", "LogSoftmax", "Softmin", "Softmax2d");

    /** How norms of one's own call it. */
    private static final List<String> EPSILONS = List.of("eps", "epsilon", "variance_epsilon");

    private final Set<String> activations = new LinkedHashSet<>();
    private final Set<Double> epsilons = new LinkedHashSet<>();

    /** Notes what a module says. */
    void look(Bag module) {
        String name = module.className();
        String last = name.substring(name.lastIndexOf('.') + 1);
        if (name.startsWith(ACTIVATIONS) && !NOT_APPLIED.contains(last)) {
            boolean tanh = "tanh".equals(module.attributes().get("approximate"));
            activations.add(last.toLowerCase(Locale.ROOT) + (tanh ? "_tanh" : ""));
        } else if (last.endsWith("Norm")) {
            lookAtNorm(module, last);
        }
    }

    private void lookAtNorm(Bag norm, String kind) {
        for (String key : EPSILONS) {
            if (norm.attributes().get(key) instanceof Number epsilon) {
                epsilons.add(epsilon.doubleValue());
                return;
            }
        }
        if (kind.equals(RMS_NORM) && norm.attributes().containsKey(EPSILONS.getFirst())) {
            epsilons.add((double) Math.ulp(1f)); // PyTorch's for none, in single precision
        }
    }

    /** Settings as configurations name them. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        if (!activations.isEmpty()) {
            settings.put("activation", only(activations));
        }
        if (!epsilons.isEmpty()) {
            settings.put("norm_eps", only(epsilons));
        }
        return settings;
    }

    private static Object only(Set<?> values) {
        return values.size() == 1
                ? values.iterator().next()
                : values + " in different modules, which is not supported";
    }
}
