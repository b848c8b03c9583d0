package dev.kaya.engine;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Sampling values that a checkpoint recommends in its {@code generation_config.json}.
 *
 * @param temperature 0 where the file switches sampling off
 * @param topK 0 switches the filter off
 * @param topP above 0, at most 1
 */
public record GenerationDefaults(
        OptionalDouble temperature, OptionalInt topK, OptionalDouble topP) {

    /** No recommendation. */
    public static final GenerationDefaults NONE =
            new GenerationDefaults(
                    OptionalDouble.empty(), OptionalInt.empty(), OptionalDouble.empty());

    static GenerationDefaults of(Path path, Map<String, @Nullable Object> tree)
            throws MalformedCheckpointException {
        boolean greedy = Boolean.FALSE.equals(tree.get("do_sample"));
        OptionalDouble temperature = number(path, tree, "temperature", 0, 100);
        OptionalDouble topK = number(path, tree, "top_k", 0, Integer.MAX_VALUE);
        OptionalDouble topP = number(path, tree, "top_p", Float.MIN_VALUE, 1);
        return new GenerationDefaults(
                greedy ? OptionalDouble.of(0) : temperature,
                topK.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) topK.getAsDouble()),
                topP);
    }

    private static OptionalDouble number(
            Path path, Map<String, @Nullable Object> tree, String key, double low, double high)
            throws MalformedCheckpointException {
        Object value = tree.get(key);
        if (value == null) {
            return OptionalDouble.empty();
        }
        if (value instanceof Number number
                && number.doubleValue() >= low
                && number.doubleValue() <= high) {
            return OptionalDouble.of(number.doubleValue());
        }
        throw new MalformedCheckpointException(
                path, -1, key + " must be from " + low + " to " + high + "; given " + value);
    }
}
