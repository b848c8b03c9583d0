package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Dict;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Sequence;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tensor;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state dict of a whole model that {@code torch.save(model)} has pickled: a tree of inert
 * objects, each with its parameters, buffers and further modules by name. Names are joined by dots
 * as {@code nn.Module.state_dict} joins them, and buffers marked as not persistent are left out.
 *
 * <p>What the modules say about themselves besides, such as {@code n_head} or {@code config}, are
 * settings: those of the model itself, and of its parts the objects and such whole numbers as are
 * the same in each that has one. Of PyTorch's own modules, activations tell their kind, and norms
 * their epsilon, in the names of configurations; their sizes are those of their tensors.
 */
final class ModuleTree {

    private static final String MODULES = "_modules";
    private static final String PARAMETERS = "_parameters";
    private static final String BUFFERS = "_buffers";
    private static final String TRANSIENT = "_non_persistent_buffers_set";
    private static final String TORCH = "torch.";
    private static final int MAX_DEPTH = 64;

    /** Of all names, at so many characters more each; real models stay far below. */
    private static final int MAX_SIZE = 1 << 23;

    private static final int ENTRY_SIZE = 16;

    private final Path path;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Object> shared = new LinkedHashMap<>();
    private final Set<String> disputed = new HashSet<>();
    private final ModuleArithmetic arithmetic = new ModuleArithmetic();
    private long size;

    private ModuleTree(Path path) {
        this.path = path;
    }

    /** Whether a value is a pickled module. */
    static boolean isModule(@Nullable Object value) {
        return value instanceof Bag bag
                && bag.attributes().get(MODULES) instanceof Dict
                && bag.attributes().get(PARAMETERS) instanceof Dict;
    }

    /**
     * Splits a pickled module.
     *
     * @param path the file, for faults
     */
    static StateDict split(Bag model, Path path) throws MalformedCheckpointException {
        ModuleTree tree = new ModuleTree(path);
        tree.walk(model, "", 0);
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        model.attributes()
                .forEach(
                        (name, value) -> {
                            if (isSetting(name) && !(value instanceof Tensor)) {
                                settings.put(name, value);
                            }
                        });
        tree.shared.forEach(settings::putIfAbsent);
        settings.putAll(tree.arithmetic.settings());
        return new StateDict(tree.tensors, settings);
    }

    private void walk(Bag module, String prefix, int depth) throws MalformedCheckpointException {
        if (depth > MAX_DEPTH) {
            throw fault("is nested deeper than " + MAX_DEPTH + " modules");
        }
        Map<String, @Nullable Object> attributes = module.attributes();
        arithmetic.look(module);
        add(attributes.get(PARAMETERS), Set.of(), prefix);
        add(attributes.get(BUFFERS), names(attributes.get(TRANSIENT)), prefix);
        if (depth > 0 && !module.className().startsWith(TORCH)) {
            charge(attributes.size());
            attributes.forEach(this::share);
        }
        if (attributes.get(MODULES) instanceof Dict children) {
            for (Map.Entry<String, @Nullable Object> child : children.entries().entrySet()) {
                if (child.getValue() instanceof Bag bag) {
                    walk(bag, name(prefix, child.getKey()) + ".", depth + 1);
                }
            }
        }
    }

    private Set<String> names(@Nullable Object set) throws MalformedCheckpointException {
        Set<String> names = new HashSet<>();
        if (set instanceof Sequence sequence) {
            charge(sequence.items().size());
            for (Object item : sequence.items()) {
                if (item instanceof String name) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    private void add(@Nullable Object group, Set<String> without, String prefix)
            throws MalformedCheckpointException {
        if (!(group instanceof Dict dict)) {
            return;
        }
        for (Map.Entry<String, @Nullable Object> entry : dict.entries().entrySet()) {
            if (entry.getValue() instanceof Tensor tensor && !without.contains(entry.getKey())) {
                tensors.put(name(prefix, entry.getKey()), tensor);
            }
        }
    }

    /** Keeps the first object of a name, and a whole number unless another part has another. */
    private void share(String name, @Nullable Object value) {
        if (!isSetting(name) || disputed.contains(name)) {
            return;
        }
        if (value instanceof Long number) {
            Object before = shared.putIfAbsent(name, number);
            if (before != null && !number.equals(before)) {
                shared.remove(name);
                disputed.add(name);
            }
        } else if (value instanceof Dict || (value instanceof Bag && !isModule(value))) {
            shared.putIfAbsent(name, value);
        }
    }

    private static boolean isSetting(String name) {
        return !name.startsWith("_") && !name.equals("training");
    }

    private String name(String prefix, String key) throws MalformedCheckpointException {
        charge((long) ENTRY_SIZE + prefix.length() + key.length());
        return prefix + key;
    }

    private void charge(long amount) throws MalformedCheckpointException {
        size += amount;
        if (size > MAX_SIZE) {
            throw fault("has more than " + MAX_SIZE + " parts, written out");
        }
    }

    private MalformedCheckpointException fault(String reason) {
        return new MalformedCheckpointException(path, -1, "the pickled model " + reason);
    }
}
