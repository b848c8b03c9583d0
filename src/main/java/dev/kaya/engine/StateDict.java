package dev.kaya.engine;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a checkpoint under the names of its dialect: prefixes of wrappers removed, buffers
 * that are no weights left out, nothing missing and nothing left over.
 */
final class StateDict {

    /** Buffers that training code saves beside weights, by their last segments. */
    private static final List<String> BUFFERS =
            List.of(
                    "attn.bias",
                    "attn.masked_bias",
                    "causal_mask",
                    "mask",
                    "tril",
                    "rotary.cos_cached",
                    "rotary.sin_cached",
                    "inv_freq");

    private static final List<String> PREFIXES = List.of("module.", "_orig_mod.", "model.");
    private static final int LISTED = 8;

    private final Path path;
    private final Dialect dialect;
    private final Map<String, TensorSource> tensors;
    private final int layers;

    private StateDict(Path path, Dialect dialect, Map<String, TensorSource> tensors, int layers) {
        this.path = path;
        this.dialect = dialect;
        this.tensors = tensors;
        this.layers = layers;
    }

    /**
     * Recognises the dialect of a checkpoint, by the architecture that it names or else by the
     * names of its tensors.
     *
     * @throws MalformedCheckpointException when no dialect fits, or one does but tensors are
     *     missing or left over; the message lists them
     */
    static StateDict of(Checkpoint checkpoint) throws MalformedCheckpointException {
        Map<String, TensorSource> tensors = checkpoint.tensors();
        Object architecture = checkpoint.metadata().get(Gguf.ARCHITECTURE);
        if (architecture != null) {
            Dialect dialect = Gguf.dialect(checkpoint.path(), architecture);
            Gguf.refuseUnsupportedTensors(checkpoint.path(), tensors.keySet());
            return checked(checkpoint.path(), dialect, tensors);
        }
        while (true) {
            Optional<Dialect> dialect = match(tensors);
            if (dialect.isPresent()) {
                return checked(checkpoint.path(), dialect.get(), withoutBuffers(tensors));
            }
            Map<String, TensorSource> stripped = withoutPrefix(tensors);
            if (stripped == null) {
                throw unknown(checkpoint);
            }
            tensors = stripped;
        }
    }

    Dialect dialect() {
        return dialect;
    }

    int layers() {
        return layers;
    }

    Path path() {
        return path;
    }

    /** The tensor of a role outside the blocks, or of the given layer; null when there is none. */
    @Nullable TensorSource find(WeightRole role, int layer) {
        return dialect.has(role) ? tensors.get(dialect.key(role, layer)) : null;
    }

    /** The tensor of a role that {@link #of} has found to be there. */
    TensorSource get(WeightRole role, int layer) {
        TensorSource tensor = find(role, layer);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor for " + role);
        }
        return tensor;
    }

    /** The tensors that make up the model, in a fixed order; a tied head is not one of its own. */
    List<TensorSource> served(boolean tied) {
        List<TensorSource> served = new ArrayList<>();
        for (WeightRole role : WeightRole.values()) {
            for (int layer = 0; layer < (role.perLayer() ? layers : 1); layer++) {
                TensorSource tensor = find(role, layer);
                if (tensor != null && !(tied && role == WeightRole.HEAD)) {
                    served.add(tensor);
                }
            }
        }
        return served;
    }

    private static Optional<Dialect> match(Map<String, TensorSource> tensors) {
        for (Dialect dialect : Dialects.ALL) {
            WeightRole tell =
                    dialect.fusesQueryKeyValue() ? WeightRole.QUERY_KEY_VALUE : WeightRole.QUERY;
            TensorSource first = tensors.get(dialect.key(tell, 0));
            boolean embeds = tensors.containsKey(dialect.key(WeightRole.TOKEN_EMBEDDING, 0));
            if (first != null && embeds && layoutFits(dialect, first)) {
                return Optional.of(dialect);
            }
        }
        return Optional.empty();
    }

    /** A fused projection tells by its shape which way round linear weights are stored. */
    private static boolean layoutFits(Dialect dialect, TensorSource projection) {
        List<Long> shape = projection.shape();
        if (!dialect.fusesQueryKeyValue() || shape.size() != 2) {
            return true;
        }
        boolean transposed = shape.get(1) > shape.get(0);
        return transposed == dialect.layout().transposed();
    }

    private static @Nullable Map<String, TensorSource> withoutPrefix(
            Map<String, TensorSource> tensors) {
        for (String prefix : PREFIXES) {
            if (!tensors.isEmpty()
                    && tensors.keySet().stream().allMatch(key -> key.startsWith(prefix))) {
                Map<String, TensorSource> stripped = new LinkedHashMap<>();
                tensors.forEach(
                        (key, tensor) -> stripped.put(key.substring(prefix.length()), tensor));
                return stripped;
            }
        }
        return null;
    }

    private static Map<String, TensorSource> withoutBuffers(Map<String, TensorSource> tensors) {
        Map<String, TensorSource> weights = new LinkedHashMap<>(tensors);
        weights.keySet().removeIf(StateDict::isBuffer);
        return weights;
    }

    private static boolean isBuffer(String key) {
        for (String buffer : BUFFERS) {
            if (key.equals(buffer) || key.endsWith("." + buffer)) {
                return true;
            }
        }
        return false;
    }

    private static StateDict checked(Path path, Dialect dialect, Map<String, TensorSource> tensors)
            throws MalformedCheckpointException {
        int layers = countLayers(dialect, tensors);
        Set<String> left = new LinkedHashSet<>(tensors.keySet());
        List<String> missing = new ArrayList<>();
        for (WeightRole role : WeightRole.values()) {
            for (int layer = 0; layer < (role.perLayer() ? layers : 1); layer++) {
                if (dialect.has(role)
                        && !left.remove(dialect.key(role, layer))
                        && !role.optional()) {
                    missing.add(dialect.key(role, layer));
                }
            }
        }
        if (!missing.isEmpty()) {
            throw new MalformedCheckpointException(
                    path, -1, "looks like " + dialect.name() + " but lacks " + list(missing));
        }
        if (!left.isEmpty()) {
            throw new MalformedCheckpointException(
                    path,
                    -1,
                    "looks like "
                            + dialect.name()
                            + " but has tensors that it does not know: "
                            + list(left));
        }
        return new StateDict(path, dialect, tensors, layers);
    }

    /** By any tensor of a layer, so that one that is missing is missed and not its whole layer. */
    private static int countLayers(Dialect dialect, Map<String, TensorSource> tensors) {
        int layers = 0;
        while (hasLayer(dialect, tensors, layers)) {
            layers++;
        }
        return Math.max(1, layers);
    }

    private static boolean hasLayer(Dialect dialect, Map<String, TensorSource> tensors, int layer) {
        for (WeightRole role : WeightRole.values()) {
            if (role.perLayer()
                    && dialect.has(role)
                    && tensors.containsKey(dialect.key(role, layer))) {
                return true;
            }
        }
        return false;
    }

    private static MalformedCheckpointException unknown(Checkpoint checkpoint) {
        return new MalformedCheckpointException(
                checkpoint.path(),
                -1,
                "no known dialect has these tensors: "
                        + list(checkpoint.tensors().keySet())
                        + "; known are microgpt, nanoGPT, GPT-2 and LLaMA (Hugging Face, GGUF)");
    }

    private static String list(Collection<String> keys) {
        List<String> first = keys.stream().limit(LISTED).toList();
        String listed = first.isEmpty() ? "none" : String.join(", ", first);
        return keys.size() > LISTED ? listed + " and " + (keys.size() - LISTED) + " more" : listed;
    }
}
