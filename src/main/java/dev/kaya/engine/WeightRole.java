package dev.kaya.engine;

/** What a tensor of a checkpoint is for. Roles of a block exist once a layer. */
enum WeightRole {
    TOKEN_EMBEDDING(false),
    POSITION_EMBEDDING(false),
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

    private final boolean perLayer;

    WeightRole(boolean perLayer) {
        this.perLayer = perLayer;
    }

    boolean perLayer() {
        return perLayer;
    }

    /** Biases may be absent in any dialect, and the head where it may be tied to the embedding. */
    boolean optional() {
        return this == HEAD || name().endsWith("_BIAS");
    }
}
