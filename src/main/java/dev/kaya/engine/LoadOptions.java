package dev.kaya.engine;

import dev.kaya.engine.weights.WeightFormat;
import java.util.OptionalInt;

/**
 * How a checkpoint is to be loaded.
 *
 * @param weights how matrices are kept in memory
 * @param context most positions of a sequence, at most the checkpoint's own; empty for that
 */
public record LoadOptions(WeightFormat weights, OptionalInt context) {

    /** Matrices keep their type, and sequences the checkpoint's context. */
    public static final LoadOptions AS_STORED = of(WeightFormat.AUTO);

    public LoadOptions {
        if (context.isPresent() && context.getAsInt() < 1) {
            throw new IllegalArgumentException("a context must be at least 1; given " + context);
        }
    }

    /** With the checkpoint's context. */
    public static LoadOptions of(WeightFormat weights) {
        return new LoadOptions(weights, OptionalInt.empty());
    }
}
