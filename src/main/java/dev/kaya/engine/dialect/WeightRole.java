package dev.kaya.engine.dialect;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a tensor of a checkpoint is for. Roles of a block exist once a layer. */
public enum WeightRole {
    TOKEN_EMBEDDING(false),
    POSITION_EMBEDDING(false),
    ROTARY_DIVISORS(false),
    OUTPUT_NORM(false),
    OUTPUT_NORM_BIAS(false),
    HEAD(false),
    HEAD_BIAS(false),
    ATTENTION_NORM(true),
    ATTENTION_NORM_BIAS(true),
    QUERY(true),
    QUERY_BIAS(true),
    KEY(true),
    KEY_BIAS(true),
    VALUE(true),
    VALUE_BIAS(true),
    QUERY_KEY_VALUE(true),
    QUERY_KEY_VALUE_BIAS(true),
    QUERY_NORM(true),
    KEY_NORM(true),
    ATTENTION_OUTPUT(true),
    ATTENTION_OUTPUT_BIAS(true),
    FEED_FORWARD_NORM(true),
    FEED_FORWARD_NORM_BIAS(true),
    GATE(true),
    GATE_BIAS(true),
    UP(true),
    UP_BIAS(true),
    DOWN(true),
    DOWN_BIAS(true);

    private static final String BIAS = "_BIAS";

    private final boolean perLayer;

    WeightRole(boolean perLayer) {
        this.perLayer = perLayer;
    }

    public boolean perLayer() {
        return perLayer;
    }

    /**
     * Biases may be absent in any dialect, the head where it may be tied to the embedding, divisors
     * where rotary frequencies are as trained.
     */
    boolean optional() {
        return this == HEAD || this == ROTARY_DIVISORS || isBias();
    }

    boolean isBias() {
        return name().endsWith(BIAS);
    }

    /** The role whose outputs this bias joins; itself for other roles. */
    public WeightRole biased() {
        return isBias() ? valueOf(name().substring(0, name().length() - BIAS.length())) : this;
    }

    boolean isNorm() {
        return name().contains("NORM");
    }

    /** Embeddings and the head stand as (vocabulary or context, E) in every dialect. */
    public boolean isTable() {
        return this == TOKEN_EMBEDDING || this == POSITION_EMBEDDING || this == HEAD;
    }

    /** The name under which tables and configurations know this role. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The role of a label. */
    static Optional<WeightRole> of(String label) {
        return Arrays.stream(values()).filter(role -> role.label().equals(label)).findFirst();
    }
}
