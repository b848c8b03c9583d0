package dev.kaya.engine.dialect;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.dialect.Dialect.Defaults;
import dev.kaya.engine.dialect.Dialect.Layout;
import dev.kaya.engine.dialect.Dialect.Tells;
import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.settings.ConfigValues.Setting;
import dev.kaya.engine.tensor.kernel.Activation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A dialect that nobody listed, as a user describes it in {@code config.json}:
 *
 * <pre>{@code
 * {"n_head": 8,
 *  "kaya": {
 *    "tensors": {"token_embedding": "emb.weight", "query": "layers.{layer}.q.weight", …},
 *    "positions": "rotary",
 *    "norm": "rms_norm",
 *    "activation": "silu",
 *    "transposed": false,
 *    "ignored": ["alibi"]}}
 * }</pre>
 *
 * <p>{@code tensors} names the tensor of every role of {@link WeightRole} that the model has;
 * biases whose names differ from their weights' by {@code .bias} alone are found without. {@code
 * positions} is {@code learned}, {@code rotary} or {@code rotary_interleaved}; {@code norm} is
 * {@code layer_norm} or {@code rms_norm}. {@code ignored} lists last segments of tensors that are
 * no weights.
 *
 * @param dialect what was described
 * @param ignored last segments of tensors to ignore
 */
record MappedDialect(Dialect dialect, List<String> ignored) {

    private static final String TENSORS = "tensors";
    private static final Set<String> KEYS =
            Set.of(TENSORS, "positions", "norm", "activation", "transposed", "ignored");
    private static final List<WeightRole> REQUIRED =
            List.of(WeightRole.TOKEN_EMBEDDING, WeightRole.UP, WeightRole.DOWN);
    private static final List<WeightRole> APART =
            List.of(WeightRole.QUERY, WeightRole.KEY, WeightRole.VALUE);
    private static final Set<WeightRole> OF_HEADS =
            Set.of(
                    WeightRole.QUERY,
                    WeightRole.QUERY_BIAS,
                    WeightRole.KEY,
                    WeightRole.KEY_BIAS,
                    WeightRole.VALUE,
                    WeightRole.VALUE_BIAS);

    /** What the configuration describes; null when it describes nothing. */
    static @Nullable MappedDialect of(ConfigValues values) throws MalformedCheckpointException {
        Optional<ConfigValues> kaya = values.object(ConfigValues.KAYA);
        return kaya.isEmpty() ? null : new Description(kaya.get(), values).mapped();
    }

    /** Reads the object {@code kaya}. */
    private record Description(ConfigValues given, ConfigValues around) {

        MappedDialect mapped() throws MalformedCheckpointException {
            refuseUnknownKeys();
            Map<WeightRole, String> names = names();
            refuseMissing(names);
            boolean transposed = given.flag("transposed", false);
            boolean paired = isInterleaved(names);
            if (transposed && paired) {
                throw given.wrong("transposed", "false where positions are interleaved", true);
            }
            NormKind norm = norm();
            var defaults =
                    new Defaults(
                            names.containsKey(WeightRole.POSITION_EMBEDDING)
                                    ? PositionKind.LEARNED
                                    : PositionKind.ROTARY_HALVES,
                            norm,
                            norm == NormKind.RMS_NORM ? 1e-6f : 1e-5f,
                            activation(names.containsKey(WeightRole.GATE)),
                            false);
            var dialect =
                    new Dialect(
                            "the dialect mapped in config.json",
                            names,
                            new Layout(transposed, paired),
                            defaults,
                            Tells.NONE);
            return new MappedDialect(dialect, ignored());
        }

        private void refuseUnknownKeys() throws MalformedCheckpointException {
            for (String key : given.names()) {
                if (!KEYS.contains(key)) {
                    String known = String.join(", ", KEYS.stream().sorted().toList());
                    throw around.wrong(ConfigValues.KAYA, "an object of " + known, key);
                }
            }
        }

        private Map<WeightRole, String> names() throws MalformedCheckpointException {
            Optional<ConfigValues> tensors = given.object(TENSORS);
            if (tensors.isEmpty()) {
                throw given.wrong(TENSORS, "an object of roles and names", "nothing");
            }
            Map<WeightRole, String> names = new EnumMap<>(WeightRole.class);
            for (String label : tensors.get().names()) {
                Optional<WeightRole> role = WeightRole.of(label);
                Object name = tensors.get().find(label);
                if (role.isEmpty()) {
                    throw given.wrong(TENSORS, "an object of the roles " + roles(), label);
                }
                if (!(name instanceof String template) || !fits(role.get(), template)) {
                    throw tensors.get().wrong(label, rule(role.get()), String.valueOf(name));
                }
                names.put(role.get(), template);
            }
            return names;
        }

        private static String roles() {
            List<String> labels = new ArrayList<>();
            Arrays.stream(WeightRole.values()).forEach(role -> labels.add(role.label()));
            return String.join(", ", labels);
        }

        private static boolean fits(WeightRole role, String template) {
            return !template.isEmpty()
                    && template.contains("{layer}") == role.perLayer()
                    && (OF_HEADS.contains(role) || !template.contains("{head}"));
        }

        private static String rule(WeightRole role) {
            return "the name of a tensor "
                    + (role.perLayer() ? "with {layer} for its block" : "without {layer}")
                    + (OF_HEADS.contains(role) ? ", and {head} where heads are modules" : "");
        }

        private void refuseMissing(Map<WeightRole, String> names)
                throws MalformedCheckpointException {
            List<WeightRole> needed = new ArrayList<>(REQUIRED);
            if (!names.containsKey(WeightRole.QUERY_KEY_VALUE)) {
                needed.addAll(APART);
            }
            if (names.containsKey(WeightRole.QUERY_NORM)
                    || names.containsKey(WeightRole.KEY_NORM)) {
                needed.addAll(List.of(WeightRole.QUERY_NORM, WeightRole.KEY_NORM));
            }
            names.keySet().forEach(role -> needed.add(role.biased()));
            needed.removeAll(names.keySet());
            if (!needed.isEmpty()) {
                List<String> labels = needed.stream().map(WeightRole::label).toList();
                throw given.wrong(
                        TENSORS,
                        "a map with " + String.join(", ", labels),
                        names.size() + " others");
            }
            if (names.containsKey(WeightRole.QUERY_KEY_VALUE)
                    && APART.stream().anyMatch(names::containsKey)) {
                throw given.wrong(
                        TENSORS, "a map of either query_key_value or query, key, value", "both");
            }
        }

        /** Positions are learned where they have a tensor and must be described where not. */
        private boolean isInterleaved(Map<WeightRole, String> names)
                throws MalformedCheckpointException {
            boolean learned = names.containsKey(WeightRole.POSITION_EMBEDDING);
            Object positions = given.find("positions");
            String kind = positions == null && learned ? "learned" : String.valueOf(positions);
            boolean interleaved = kind.equals("rotary_interleaved");
            if (learned ? !kind.equals("learned") : !interleaved && !kind.equals("rotary")) {
                throw given.wrong(
                        "positions",
                        learned
                                ? "learned where position_embedding is mapped"
                                : "rotary or rotary_interleaved without position_embedding",
                        positions == null ? "nothing" : positions);
            }
            return interleaved;
        }

        private NormKind norm() throws MalformedCheckpointException {
            Object norm = given.find("norm");
            return switch (String.valueOf(norm)) {
                case "layer_norm" -> NormKind.LAYER_NORM;
                case "rms_norm" -> NormKind.RMS_NORM;
                default ->
                        throw given.wrong(
                                "norm", "layer_norm or rms_norm", norm == null ? "nothing" : norm);
            };
        }

        private Activation activation(boolean gated) throws MalformedCheckpointException {
            Object name = around.find(Setting.ACTIVATION);
            return ActivationNames.activation(
                    given, name == null ? "nothing" : name.toString(), gated);
        }

        private List<String> ignored() throws MalformedCheckpointException {
            Object ignored = given.find("ignored");
            List<String> segments = new ArrayList<>();
            if (ignored == null) {
                return segments;
            }
            for (Object segment : ignored instanceof List<?> list ? list : List.of(0)) {
                if (!(segment instanceof String text)) {
                    throw given.wrong("ignored", "a list of last segments of names", ignored);
                }
                segments.add(text);
            }
            return segments;
        }
    }
}
