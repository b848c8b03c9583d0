package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.Shapes;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Dict;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tensor;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of a pickled checkpoint that is the model, and the rest.
 *
 * <p>People wrap a state dict under {@code model}, {@code model_state_dict}, {@code state_dict} and
 * many other keys, one in the other, so it is found by its structure: among the root and what lies
 * up to three levels under it, whatever consists mostly of tensors, and every whole pickled module,
 * compete unless their key begins with {@code optim}. The one with the most elements wins; of equal
 * ones that which lies nearer to the root, or comes first.
 *
 * @param tensors the model's tensors by the keys of their own dict
 * @param rest everything else, with the wrapper's key left out unless other things stand under it
 */
record StateDict(Map<String, Tensor> tensors, Map<String, @Nullable Object> rest) {

    private static final int MAX_DEPTH = 3;

    /** A dict or object, and the way to it. */
    private record Node(@Nullable Node parent, String key, Object value, int depth) {}

    /**
     * Finds the state dict; there are no tensors when there is none.
     *
     * @param path the file, for faults
     */
    static StateDict find(Object root, Path path) throws MalformedCheckpointException {
        Node bestNode = new Node(null, "", root, 0);
        StateDict best = new StateDict(Map.of(), entries(root));
        long most = 0;
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Queue<Node> nodes = new ArrayDeque<>(List.of(bestNode));
        for (Node node = nodes.poll(); node != null; node = nodes.poll()) {
            StateDict content = content(node.value(), path);
            long elements = elements(content);
            if (elements > most) {
                bestNode = node;
                best = content;
                most = elements;
            }
            if (node.depth() < MAX_DEPTH && !ModuleTree.isModule(node.value())) {
                addChildren(node, seen, nodes);
            }
        }
        return new StateDict(best.tensors(), rest(bestNode, best.rest()));
    }

    /** A collection is looked at once, where it lies nearest to the root. */
    private static void addChildren(Node node, Set<Object> seen, Queue<Node> nodes) {
        for (Map.Entry<String, @Nullable Object> entry : entries(node.value()).entrySet()) {
            Object child = entry.getValue();
            if ((child instanceof Dict || child instanceof Bag)
                    && !isOptimizer(entry.getKey())
                    && seen.add(child)) {
                nodes.add(new Node(node, entry.getKey(), child, node.depth() + 1));
            }
        }
    }

    private static StateDict content(Object value, Path path) throws MalformedCheckpointException {
        if (value instanceof Bag bag && ModuleTree.isModule(bag)) {
            return ModuleTree.split(bag, path);
        }
        Map<String, @Nullable Object> entries = entries(value);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        if (!isMostlyTensors(entries)) {
            return new StateDict(tensors, entries);
        }
        Map<String, @Nullable Object> others = new LinkedHashMap<>();
        entries.forEach(
                (key, item) -> {
                    if (item instanceof Tensor tensor) {
                        tensors.put(key, tensor);
                    } else {
                        others.put(key, item);
                    }
                });
        return new StateDict(tensors, others);
    }

    /**
     * What is not the model: the root without the way to it. What stands beside the model in an
     * inner wrapper, and the settings of a module, move up to the root where their name is free.
     *
     * @param others what stands in the model itself and is no tensor
     */
    private static Map<String, @Nullable Object> rest(
            Node model, Map<String, @Nullable Object> others) {
        if (model.parent() == null) {
            return others;
        }
        Map<String, @Nullable Object> inner = new LinkedHashMap<>();
        if (ModuleTree.isModule(model.value())) {
            inner.putAll(others);
        } else if (!others.isEmpty()) {
            inner.put(model.key(), new Dict(others));
        }
        Node node = model;
        for (Node up = node.parent(); up != null; up = up.parent()) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>(entries(up.value()));
            all.remove(node.key());
            inner.forEach(all::putIfAbsent);
            inner = all;
            node = up;
        }
        return inner;
    }

    private static Map<String, @Nullable Object> entries(Object value) {
        return switch (value) {
            case Dict dict -> dict.entries();
            case Bag bag -> bag.attributes();
            default -> Map.of();
        };
    }

    private static boolean isOptimizer(String key) {
        return key.toLowerCase(Locale.ROOT).startsWith("optim");
    }

    private static boolean isMostlyTensors(Map<String, @Nullable Object> entries) {
        int count = 0;
        for (Object value : entries.values()) {
            count += value instanceof Tensor ? 1 : 0;
        }
        return 2 * count > entries.size();
    }

    private static long elements(StateDict content) {
        long sum = 0;
        for (Tensor tensor : content.tensors().values()) {
            long count = Shapes.elements(tensor.view().shape());
            sum = Math.min(sum, Long.MAX_VALUE - count) + count;
        }
        return sum;
    }
}
