package dev.kaya.engine.resolve;

import dev.kaya.engine.dialect.Dialect;
import dev.kaya.engine.dialect.Dialects;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.settings.ConfigValues.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Finds out which parts of a model's arithmetic nobody has stated. */
public final class Assumptions {

    /** By whose names alone nobody can tell which elements rotate together. */
    private static final Set<String> PAIRED_EITHER_WAY =
            Set.of(Dialects.LLAMA.name(), Dialects.QWEN3.name());

    private final Dialect dialect;
    private final ConfigValues values;
    private final TransformerConfig config;
    private final List<Assumption> assumed = new ArrayList<>();

    private Assumptions(Dialect dialect, ConfigValues values, TransformerConfig config) {
        this.dialect = dialect;
        this.values = values;
        this.config = config;
    }

    /** Those of a resolved configuration. */
    public static List<Assumption> of(
            Dialect dialect, ConfigValues values, TransformerConfig config) {
        var assumptions = new Assumptions(dialect, values, config);
        assumptions.ofNorms();
        assumptions.ofFeedForward();
        assumptions.ofAttention();
        assumptions.ofPositions();
        return assumptions.assumed;
    }

    private void ofNorms() {
        TransformerConfig.Normalization norm = config.normalization();
        if (values.find(Setting.EPSILON) == null) {
            add(
                    "epsilon of norms " + norm.epsilon(),
                    norm.kind() == NormKind.RMS_NORM ? "rms_norm_eps" : "layer_norm_epsilon",
                    "…");
        }
        if (dialect.equals(Dialects.MICROGPT) && values.find("embedding_norm") == null) {
            add("the sum of the embeddings is normed", "embedding_norm", false);
        }
        if (isLecture()) {
            assumed.add(
                    new Assumption(
                            "norms stand before attention and feed-forward",
                            "it cannot be served, as Kaya knows no norms behind them"));
        }
    }

    private void ofFeedForward() {
        if (values.find(Setting.ACTIVATION) == null
                && values.find(ConfigValues.ARCHITECTURE) == null) {
            add(
                    "activation "
                            + config.feedForward().activation().name().toLowerCase(Locale.ROOT),
                    "activation",
                    "…");
        }
    }

    private void ofAttention() {
        boolean heads = dialect.headsAreModules() || values.find(Setting.HEADS) != null;
        if (!heads) {
            add(config.attention().heads() + " head", Setting.HEADS.preferredName(), "…");
        }
        if (isLecture() && values.find(Setting.ATTENTION_SCALE) == null) {
            add(
                    "scores divided by the root of the length of a head",
                    Setting.ATTENTION_SCALE.preferredName(),
                    String.format(
                            Locale.ROOT,
                            "%.6g where it is the root of the embedding's",
                            1 / Math.sqrt(config.dimensions().embedding())));
        }
        if (!config.window().layers().isEmpty() && values.find(Setting.SLIDING_WINDOW) == null) {
            add(
                    "attention looks back %d tokens".formatted(config.window().length()),
                    "sliding_window",
                    "… (null for all)");
        }
    }

    private void ofPositions() {
        if (config.positions().kind() == PositionKind.LEARNED) {
            return;
        }
        if (values.find(Setting.ROPE_BASE) == null
                && values.object("rope_parameters")
                        .map(parameters -> parameters.find(Setting.ROPE_BASE) == null)
                        .orElse(true)) {
            add(
                    String.format(Locale.ROOT, "rotary base %.0f", config.positions().theta()),
                    Setting.ROPE_BASE.preferredName(),
                    "…");
        }
        if (PAIRED_EITHER_WAY.contains(dialect.name()) && values.find("model_type") == null) {
            assumed.add(
                    new Assumption(
                            "element i of a head rotates with i + half its length, not with its"
                                    + " neighbour",
                            "map the names under kaya.tensors in a config.json, with \"positions\":"
                                    + " \"rotary_interleaved\""));
        }
    }

    private boolean isLecture() {
        return dialect.name().equals(Dialects.LECTURE.name());
    }

    private void add(String what, String key, Object example) {
        assumed.add(new Assumption(what, Assumption.write(key, example)));
    }
}
