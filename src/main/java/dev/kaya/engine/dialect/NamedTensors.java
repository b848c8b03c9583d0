package dev.kaya.engine.dialect;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.settings.ConfigValues;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a checkpoint under the names of its dialect: prefixes of wrappers removed, buffers
 * that are no weights left out, nothing missing and nothing left over.
 */
public final class NamedTensors {

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
                    "inv_freq",
                    "rope.freqs",
                    "freqs_cis",
                    "freqs_cos",
                    "freqs_sin");

    private static final List<String> PREFIXES = List.of("module.", "_orig_mod.", "model.");
    private static final int MOST_PREFIXES = 8;
    private static final int LISTED = 8;
    private static final int SHOWN_CHARACTERS = 100;

    private final Path path;
    private final DialectFit fit;

    private NamedTensors(Path path, DialectFit fit) {
        this.path = path;
        this.fit = fit;
    }

    /**
     * Recognises the dialect of a checkpoint, by the map in its configuration, by the architecture
     * that it names, or else by the names of its tensors.
     *
     * @throws MalformedCheckpointException when no dialect fits, or one does but tensors are
     *     missing or left over; the message lists them
     */
    public static NamedTensors of(Checkpoint checkpoint, ConfigValues values)
            throws MalformedCheckpointException {
        Path path = checkpoint.path();
        MappedDialect mapped = MappedDialect.of(values);
        if (mapped != null) {
            List<DialectFit> fits = new ArrayList<>();
            for (Map<String, TensorSource> tensors : forms(checkpoint, mapped.ignored())) {
                fits.add(DialectFit.of(mapped.dialect(), tensors));
            }
            return nearest(path, fits);
        }
        Object architecture = checkpoint.metadata().get(ConfigValues.ARCHITECTURE);
        if (architecture != null) {
            Dialect dialect = Gguf.dialect(path, architecture);
            return nearest(path, List.of(DialectFit.of(dialect, checkpoint.tensors())));
        }
        List<DialectFit> recognised = recognised(checkpoint);
        if (recognised.isEmpty()) {
            throw unknown(checkpoint);
        }
        return nearest(path, recognised);
    }

    private static List<DialectFit> recognised(Checkpoint checkpoint) {
        List<DialectFit> recognised = new ArrayList<>();
        for (Map<String, TensorSource> tensors : forms(checkpoint, List.of())) {
            for (Dialect dialect : Dialects.ALL) {
                if (DialectFit.isRecognised(dialect, tensors)
                        && dialect.tells().condition().test(checkpoint)) {
                    recognised.add(DialectFit.of(dialect, tensors));
                }
            }
        }
        return recognised;
    }

    /**
     * The tensors of a file without its buffers: under their names as they are, then with one
     * prefix of a wrapper after the other removed.
     *
     * @param ignored last segments of further tensors that are no weights
     */
    public static List<Map<String, TensorSource>> forms(
            Checkpoint checkpoint, List<String> ignored) {
        List<Map<String, TensorSource>> forms = new ArrayList<>();
        Map<String, TensorSource> tensors = withoutBuffers(checkpoint.tensors(), ignored);
        while (tensors != null && forms.size() <= MOST_PREFIXES) {
            forms.add(tensors);
            tensors = withoutPrefix(tensors);
        }
        return forms;
    }

    private static NamedTensors nearest(Path path, List<DialectFit> fits)
            throws MalformedCheckpointException {
        DialectFit nearest = fits.getFirst();
        for (DialectFit fit : fits) {
            nearest = fit.distance() < nearest.distance() ? fit : nearest;
        }
        if (!nearest.missing().isEmpty()) {
            throw new MalformedCheckpointException(
                    path,
                    -1,
                    "looks like "
                            + nearest.dialect().name()
                            + " but lacks "
                            + list(nearest.missing()));
        }
        if (!nearest.leftOver().isEmpty()) {
            throw new MalformedCheckpointException(
                    path,
                    -1,
                    "looks like "
                            + nearest.dialect().name()
                            + " but has tensors that it does not know: "
                            + list(nearest.leftOver()));
        }
        return new NamedTensors(path, nearest);
    }

    public Dialect dialect() {
        return fit.dialect();
    }

    public int layers() {
        return fit.layers();
    }

    /** How many modules of heads a block has. */
    public int headModules() {
        return fit.heads();
    }

    public Path path() {
        return path;
    }

    /**
     * The tensor of a role outside the blocks, or of the given layer, of the first head where heads
     * are modules; null when there is none.
     */
    public @Nullable TensorSource find(WeightRole role, int layer) {
        return dialect().has(role) ? fit.tensors().get(dialect().key(role, layer)) : null;
    }

    /** The tensor of a role that {@link #of} has found to be there. */
    public TensorSource get(WeightRole role, int layer) {
        TensorSource tensor = find(role, layer);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor for " + role);
        }
        return tensor;
    }

    /**
     * All tensors of a role, one for each head where heads are modules; empty where it has none.
     */
    public List<TensorSource> parts(WeightRole role, int layer) {
        List<TensorSource> parts = new ArrayList<>();
        for (int head = 0; dialect().has(role) && head < fit.headsOf(role); head++) {
            TensorSource tensor = fit.tensors().get(dialect().key(role, layer, head));
            if (tensor != null) {
                parts.add(tensor);
            }
        }
        return parts;
    }

    /** The tensors that make up the model, in a fixed order; a tied head is not one of its own. */
    public List<TensorSource> served(boolean tied) {
        List<TensorSource> served = new ArrayList<>();
        for (WeightRole role : WeightRole.values()) {
            for (int layer = 0; layer < fit.layersOf(role); layer++) {
                if (!(tied && role == WeightRole.HEAD)) {
                    served.addAll(parts(role, layer));
                }
            }
        }
        return served;
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

    private static Map<String, TensorSource> withoutBuffers(
            Map<String, TensorSource> tensors, List<String> ignored) {
        Map<String, TensorSource> weights = new LinkedHashMap<>(tensors);
        weights.keySet().removeIf(key -> isOneOf(BUFFERS, key) || isOneOf(ignored, key));
        return weights;
    }

    private static boolean isOneOf(List<String> lastSegments, String key) {
        for (String segments : lastSegments) {
            if (key.equals(segments) || key.endsWith("." + segments)) {
                return true;
            }
        }
        return false;
    }

    private static MalformedCheckpointException unknown(Checkpoint checkpoint) {
        Set<String> known = new LinkedHashSet<>();
        Dialects.ALL.forEach(dialect -> known.add(dialect.name()));
        return new MalformedCheckpointException(
                checkpoint.path(),
                -1,
                "no known dialect has these tensors: "
                        + list(checkpoint.tensors().keySet())
                        + "; known are "
                        + String.join(", ", known)
                        + "; for another one, map its names under kaya.tensors in a config.json"
                        + " beside it: kaya inspect shows a map to begin with");
    }

    private static String list(Collection<String> keys) {
        List<String> first =
                keys.stream()
                        .limit(LISTED)
                        .map(key -> PrintableText.of(key, SHOWN_CHARACTERS))
                        .map(key -> key.isEmpty() ? "\"\"" : key)
                        .toList();
        String listed = first.isEmpty() ? "none" : String.join(", ", first);
        return keys.size() > LISTED ? listed + " and " + (keys.size() - LISTED) + " more" : listed;
    }
}
