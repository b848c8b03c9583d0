package dev.kaya.engine.checkpoint;

import dev.kaya.engine.checkpoint.PickleValue.Dict;
import dev.kaya.engine.checkpoint.PickleValue.Tensor;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of a pickled checkpoint that is the model, and the rest.
 *
 * <p>People wrap a state dict under {@code model}, {@code model_state_dict}, {@code state_dict} and
 * many other keys, so it is found by its structure: among the root dict and the dicts directly
 * under it, those whose values are mostly tensors and whose key does not begin with {@code optim}
 * compete, and the one with the most elements wins; the first one on a tie.
 *
 * @param tensors the model's tensors by the keys of their own dict
 * @param rest everything else, with the wrapper's key left out unless other things stand under it
 */
record StateDict(Map<String, Tensor> tensors, Map<String, @Nullable Object> rest) {

    /** Finds the state dict; there are no tensors when there is none. */
    static StateDict find(Dict root) {
        String wrapper = null;
        Dict best = root;
        long most = isMostlyTensors(root) ? elements(root) : 0;
        for (Map.Entry<String, @Nullable Object> entry : root.entries().entrySet()) {
            if (entry.getValue() instanceof Dict dict
                    && !isOptimizer(entry.getKey())
                    && isMostlyTensors(dict)
                    && elements(dict) > most) {
                wrapper = entry.getKey();
                best = dict;
                most = elements(dict);
            }
        }
        return most == 0 ? new StateDict(Map.of(), root.entries()) : split(root, wrapper, best);
    }

    private static StateDict split(Dict root, @Nullable String wrapper, Dict model) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, @Nullable Object> others = new LinkedHashMap<>();
        model.entries()
                .forEach(
                        (key, value) -> {
                            if (value instanceof Tensor tensor) {
                                tensors.put(key, tensor);
                            } else {
                                others.put(key, value);
                            }
                        });
        if (wrapper == null) {
            return new StateDict(tensors, others);
        }
        Map<String, @Nullable Object> rest = new LinkedHashMap<>(root.entries());
        if (others.isEmpty()) {
            rest.remove(wrapper);
        } else {
            rest.put(wrapper, new Dict(others));
        }
        return new StateDict(tensors, rest);
    }

    private static boolean isOptimizer(String key) {
        return key.toLowerCase(Locale.ROOT).startsWith("optim");
    }

    private static boolean isMostlyTensors(Dict dict) {
        int count = 0;
        for (Object value : dict.entries().values()) {
            count += value instanceof Tensor ? 1 : 0;
        }
        return 2 * count > dict.entries().size();
    }

    private static long elements(Dict dict) {
        long sum = 0;
        for (Object value : dict.entries().values()) {
            if (value instanceof Tensor tensor) {
                long count = Shapes.elements(tensor.view().shape());
                sum = Math.min(sum, Long.MAX_VALUE - count) + count;
            }
        }
        return sum;
    }
}
