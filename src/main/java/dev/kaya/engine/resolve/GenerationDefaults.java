package dev.kaya.engine.resolve;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.settings.ConfigValues;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.DoublePredicate;

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

    /**
     * Reads them.
     *
     * @param file the values of a {@code generation_config.json}
     */
    public static GenerationDefaults of(ConfigValues file) throws MalformedCheckpointException {
        boolean greedy = Boolean.FALSE.equals(file.find("do_sample"));
        OptionalDouble temperature =
                number(file, "temperature", "from 0 to 100", t -> t >= 0 && t <= 100);
        OptionalDouble topK =
                number(
                        file,
                        "top_k",
                        "a whole number from 0",
                        k -> k >= 0 && k <= Integer.MAX_VALUE && k == Math.rint(k));
        OptionalDouble topP = number(file, "top_p", "above 0 and at most 1", p -> p > 0 && p <= 1);
        return new GenerationDefaults(
                greedy ? OptionalDouble.of(0) : temperature,
                topK.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) topK.getAsDouble()),
                topP);
    }

    private static OptionalDouble number(
            ConfigValues file, String key, String rule, DoublePredicate allowed)
            throws MalformedCheckpointException {
        Object value = file.find(key);
        if (value == null) {
            return OptionalDouble.empty();
        }
        if (value instanceof Number number && allowed.test(number.doubleValue())) {
            return OptionalDouble.of(number.doubleValue());
        }
        throw file.wrong(key, rule, value);
    }
}
