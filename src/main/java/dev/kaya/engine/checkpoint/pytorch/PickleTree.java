package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Dict;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Global;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Sequence;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Storage;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tensor;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tuple;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a pickle's values into the tree that {@code Checkpoint.metadata()} describes.
 *
 * <p>Tensors without dimensions become numbers; other tensors, NumPy arrays and whole modules are
 * left out of dicts and are null in lists. Classes and functions become their names, bytes a string
 * of the same code points, whole numbers beyond 64 bits their digits, objects the map of their
 * attributes; a configuration of OmegaConf or ml_collections is what it configures. Sharing is
 * written out, so the tree's size is bounded. An attribute that leads back to its object is null;
 * any other value that contains itself is refused.
 */
final class PickleTree {

    private static final int MAX_DEPTH = 64;
    private static final long MAX_SIZE = 2_000_000;

    /** An empty collection takes as much memory as so many entries. */
    private static final long COLLECTION_SIZE = 8;

    private static final String ITEMS = "__items__";
    private static final String ARGUMENTS = "__args__";

    /** Where configurations keep their content, beside references to what contains them. */
    private static final List<String> CONTENTS = List.of("_content", "_val", "_fields");

    private final Path path;
    private final Scalars scalars;
    private final Set<Bag> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private long size;
    private int depth;

    /** Reads the one element of a tensor without dimensions. */
    @FunctionalInterface
    interface Scalars {
        Object read(Tensor tensor) throws IOException;
    }

    PickleTree(Path path, Scalars scalars) {
        this.path = path;
        this.scalars = scalars;
    }

    /** The entries of a dict or the attributes of an object. */
    Map<String, @Nullable Object> map(Map<String, @Nullable Object> entries) throws IOException {
        descend();
        charge(COLLECTION_SIZE);
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (Map.Entry<String, @Nullable Object> entry : entries.entrySet()) {
            Object value = entry.getValue();
            if (!isArray(value)) {
                charge(1);
                map.put(entry.getKey(), value(value));
            }
        }
        depth--;
        return Collections.unmodifiableMap(map);
    }

    /** The attributes of an object, with what it holds as a list under names of their own. */
    Map<String, @Nullable Object> bag(Bag bag) throws IOException {
        if (bag.items().isEmpty() && bag.arguments().isEmpty()) {
            return map(bag.attributes());
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>(map(bag.attributes()));
        if (!bag.arguments().isEmpty()) {
            all.put(ARGUMENTS, list(bag.arguments()));
        }
        if (!bag.items().isEmpty()) {
            all.put(ITEMS, list(bag.items()));
        }
        return Collections.unmodifiableMap(all);
    }

    private @Nullable Object value(@Nullable Object value) throws IOException {
        return switch (value) {
            case null -> null;
            case Dict dict -> map(dict.entries());
            case Bag bag -> isArray(bag) ? null : object(bag);
            case Sequence sequence -> list(sequence.items());
            case Tuple tuple -> list(tuple.items());
            case Tensor tensor -> isArray(tensor) ? null : scalars.read(tensor);
            case Storage storage -> null;
            case Global global -> global.qualifiedName();
            case byte[] bytes -> {
                charge(bytes.length);
                yield new String(bytes, StandardCharsets.ISO_8859_1);
            }
            case BigInteger number -> {
                charge(number.bitLength());
                yield number.toString();
            }
            default -> value;
        };
    }

    private @Nullable Object object(Bag bag) throws IOException {
        if (!open.add(bag)) {
            return null;
        }
        try {
            String name = bag.className();
            if (name.startsWith("omegaconf.") || name.startsWith("ml_collections.")) {
                for (String content : CONTENTS) {
                    if (bag.attributes().containsKey(content)) {
                        return nested(bag.attributes().get(content));
                    }
                }
            }
            return bag(bag);
        } finally {
            open.remove(bag);
        }
    }

    /** A value in place of the object that holds it, which counts as a level all the same. */
    private @Nullable Object nested(@Nullable Object value) throws IOException {
        descend();
        Object content = value(value);
        depth--;
        return content;
    }

    private List<@Nullable Object> list(List<@Nullable Object> items) throws IOException {
        descend();
        charge(COLLECTION_SIZE);
        List<@Nullable Object> list = new ArrayList<>(items.size());
        for (Object item : items) {
            charge(1);
            list.add(value(item));
        }
        depth--;
        return Collections.unmodifiableList(list);
    }

    private static boolean isArray(@Nullable Object value) {
        return value instanceof Storage
                || ModuleTree.isModule(value)
                || (value instanceof Bag bag && bag.className().equals(PickleCalls.NUMPY_ARRAY))
                || (value instanceof Tensor tensor && !tensor.view().shape().isEmpty());
    }

    private void charge(long amount) throws MalformedCheckpointException {
        size += amount;
        if (size > MAX_SIZE) {
            throw fault("the pickle's values written out have more than " + MAX_SIZE + " parts");
        }
    }

    private void descend() throws MalformedCheckpointException {
        if (++depth > MAX_DEPTH) {
            throw fault("the pickle's values are nested deeper than " + MAX_DEPTH + " levels");
        }
    }

    private MalformedCheckpointException fault(String reason) {
        return new MalformedCheckpointException(path, -1, reason);
    }
}
