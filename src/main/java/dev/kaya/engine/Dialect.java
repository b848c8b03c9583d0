package dev.kaya.engine;

import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.tensor.Activation;
import java.util.Map;

/**
 * How one family of training code names and lays out its weights: an entry of the table {@link
 * Dialects}.
 *
 * @param name for people
 * @param names the key of every role, with {@code {layer}} for the number of the block
 * @param layout shapes and ties
 * @param defaults what holds when neither the file nor a {@code config.json} says otherwise
 */
record Dialect(String name, Map<WeightRole, String> names, Layout layout, Defaults defaults) {

    Dialect {
        names = Map.copyOf(names);
    }

    /**
     * How tensors stand in the file.
     *
     * @param transposed whether linear weights are (in, out), as OpenAI's Conv1D keeps them
     * @param tied whether the head always is the token embedding, whatever key repeats it
     * @param pairedRotary whether outputs that rotate together stand side by side in queries and
     *     keys, as elements 2i and 2i + 1 of a head instead of i and i + D/2
     */
    record Layout(boolean transposed, boolean tied, boolean pairedRotary) {
        static final Layout LINEAR = new Layout(false, false, false);
    }

    /**
     * The architecture behind the names.
     *
     * @param positions how positions enter
     * @param norm which norm
     * @param epsilon of the norm
     * @param activation of the feed-forward layer
     * @param plainNorms whether norms have no parameters and stand after the embedding but not
     *     before the head, as in microgpt
     */
    record Defaults(
            PositionKind positions,
            NormKind norm,
            float epsilon,
            Activation activation,
            boolean plainNorms) {}

    /** The key of a role in a layer. */
    String key(WeightRole role, int layer) {
        String template = names.get(role);
        if (template == null) {
            throw new IllegalArgumentException(name + " has no " + role);
        }
        return template.replace("{layer}", Integer.toString(layer));
    }

    boolean has(WeightRole role) {
        return names.containsKey(role);
    }

    boolean gated() {
        return has(WeightRole.GATE);
    }

    boolean fusesQueryKeyValue() {
        return has(WeightRole.QUERY_KEY_VALUE);
    }
}
