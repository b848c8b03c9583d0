package dev.kaya.engine.dialect;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.tensor.kernel.Activation;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How one family of training code names and lays out its weights: an entry of the table {@link
 * Dialects}.
 *
 * <p>Wherever the weight of a layer ends in {@code .weight}, its bias may stand beside it under the
 * same name ending in {@code .bias}; a norm has one only if it is a LayerNorm.
 *
 * @param name for people
 * @param names the key of every role, with {@code {layer}} for the number of the block and {@code
 *     {head}} for that of a head that is a module of its own
 * @param layout shapes
 * @param defaults what holds when neither the file nor a {@code config.json} says otherwise
 * @param tells what else tells it from others
 */
public record Dialect(
        String name, Map<WeightRole, String> names, Layout layout, Defaults defaults, Tells tells) {

    private static final String WEIGHT = ".weight";
    private static final String LAYER = "{layer}";
    private static final String HEAD = "{head}";

    public Dialect {
        names = Collections.unmodifiableMap(withBiases(names, defaults.norm()));
    }

    /**
     * How tensors stand in the file.
     *
     * @param transposed whether linear weights are (in, out), as OpenAI's Conv1D keeps them
     * @param pairedRotary whether outputs that rotate together stand side by side in queries and
     *     keys, as elements 2i and 2i + 1 of a head instead of i and i + D/2
     */
    public record Layout(boolean transposed, boolean pairedRotary) {
        static final Layout LINEAR = new Layout(false, false);
        static final Layout TRANSPOSED = new Layout(true, false);
        static final Layout PAIRED_ROTARY = new Layout(false, true);
    }

    /**
     * The architecture behind the names.
     *
     * @param positions how positions enter
     * @param norm which norm; it has no parameters where no tensor is named for them, and the one
     *     before the head is left out then
     * @param epsilon of the norm
     * @param activation of the feed-forward layer
     * @param embeddingNorm whether the embedding sum is normalised, without parameters
     */
    public record Defaults(
            PositionKind positions,
            NormKind norm,
            float epsilon,
            Activation activation,
            boolean embeddingNorm) {}

    /**
     * What tells a dialect from others beside its names.
     *
     * @param modelTypes what {@code model_type} may say; empty where it does not matter
     * @param condition on the whole file
     */
    public record Tells(Set<String> modelTypes, Predicate<Checkpoint> condition) {
        static final Tells NONE = ofTypes();

        static Tells ofTypes(String... modelTypes) {
            return new Tells(Set.of(modelTypes), checkpoint -> true);
        }
    }

    /** The key of a role in a layer, of the first head where heads are modules. */
    public String key(WeightRole role, int layer) {
        return key(role, layer, 0);
    }

    /** The key of a role in a layer and a head. */
    public String key(WeightRole role, int layer, int head) {
        String template = names.get(role);
        if (template == null) {
            throw new IllegalArgumentException(name + " has no " + role);
        }
        return template.replace(LAYER, Integer.toString(layer))
                .replace(HEAD, Integer.toString(head));
    }

    public boolean has(WeightRole role) {
        return names.containsKey(role);
    }

    public boolean gated() {
        return has(WeightRole.GATE);
    }

    public boolean fusesQueryKeyValue() {
        return has(WeightRole.QUERY_KEY_VALUE);
    }

    /** The role whose key tells the dialect. */
    WeightRole telling() {
        return fusesQueryKeyValue() ? WeightRole.QUERY_KEY_VALUE : WeightRole.QUERY;
    }

    /** Whether every head is a module with a projection of its own. */
    public boolean headsAreModules() {
        return isOfHeads(WeightRole.QUERY);
    }

    /** Whether a role exists once a head. */
    boolean isOfHeads(WeightRole role) {
        String template = names.get(role);
        return template != null && template.contains(HEAD);
    }

    private static Map<WeightRole, String> withBiases(
            Map<WeightRole, String> weights, NormKind norm) {
        Map<WeightRole, String> names = new EnumMap<>(WeightRole.class);
        for (WeightRole role : WeightRole.values()) {
            String given = weights.get(role);
            String name = given == null ? bias(role, weights, norm) : given;
            if (name != null) {
                names.put(role, name);
            }
        }
        return names;
    }

    private static @Nullable String bias(
            WeightRole role, Map<WeightRole, String> weights, NormKind norm) {
        String weight = weights.get(role.biased());
        if (weight == null
                || !weight.endsWith(WEIGHT)
                || (role.isNorm() && norm != NormKind.LAYER_NORM)) {
            return null;
        }
        return weight.substring(0, weight.length() - WEIGHT.length()) + ".bias";
    }
}
