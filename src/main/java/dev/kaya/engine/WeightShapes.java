package dev.kaya.engine;

import dev.kaya.engine.model.TransformerConfig;
import java.util.List;

/** The shape that each role must have, outputs first. */
final class WeightShapes {

    private WeightShapes() {}

    static List<Long> of(WeightRole role, TransformerConfig config) {
        long vocabulary = config.dimensions().vocabulary();
        long embedding = config.dimensions().embedding();
        long queries = config.attention().queryLength();
        long keys = config.attention().keyLength();
        long hidden = config.feedForward().length();
        return switch (role) {
            case TOKEN_EMBEDDING, HEAD -> List.of(vocabulary, embedding);
            case POSITION_EMBEDDING -> List.of((long) config.dimensions().context(), embedding);
            case HEAD_BIAS -> List.of(vocabulary);
            case QUERY -> List.of(queries, embedding);
            case KEY, VALUE -> List.of(keys, embedding);
            case QUERY_KEY_VALUE -> List.of(queries + 2 * keys, embedding);
            case QUERY_BIAS -> List.of(queries);
            case KEY_BIAS, VALUE_BIAS -> List.of(keys);
            case QUERY_KEY_VALUE_BIAS -> List.of(queries + 2 * keys);
            case ATTENTION_OUTPUT -> List.of(embedding, queries);
            case GATE, UP -> List.of(hidden, embedding);
            case GATE_BIAS, UP_BIAS -> List.of(hidden);
            case DOWN -> List.of(embedding, hidden);
            case OUTPUT_NORM,
                    OUTPUT_NORM_BIAS,
                    ATTENTION_NORM,
                    ATTENTION_NORM_BIAS,
                    ATTENTION_OUTPUT_BIAS,
                    FEED_FORWARD_NORM,
                    FEED_FORWARD_NORM_BIAS,
                    DOWN_BIAS ->
                    List.of(embedding);
        };
    }
}
