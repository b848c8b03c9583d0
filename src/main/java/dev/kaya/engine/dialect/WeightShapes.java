package dev.kaya.engine.dialect;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.model.TransformerConfig;
import java.util.List;

/** The shape that each role must have, outputs first; where heads are modules, that of each. */
public final class WeightShapes {

    private WeightShapes() {}

    public static List<Long> of(WeightRole role, Dialect dialect, TransformerConfig config) {
        long vocabulary = config.dimensions().vocabulary();
        long embedding = config.dimensions().embedding();
        int modules = dialect.isOfHeads(role) ? config.attention().heads() : 1;
        long queries = config.attention().queryLength() / modules;
        long keys = config.attention().keyLength() / modules;
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
            case QUERY_NORM, KEY_NORM -> List.of((long) config.attention().headLength());
            case ROTARY_DIVISORS -> List.of(config.positions().rotaryLength() / 2L);
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

    /** The shape that a tensor has; of learned positions without the batch of one before them. */
    public static List<Long> of(WeightRole role, TensorSource tensor) {
        List<Long> shape = tensor.shape();
        boolean batch =
                role == WeightRole.POSITION_EMBEDDING && shape.size() == 3 && shape.get(0) == 1;
        return batch ? shape.subList(1, 3) : shape;
    }
}
