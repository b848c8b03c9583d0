package dev.kaya.service.request;

import dev.kaya.engine.resolve.GenerationDefaults;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What holds for a field that a request leaves out.
 *
 * @param maxNewTokens at least 1
 * @param temperature 0 is greedy
 * @param topK 0 keeps all
 * @param topP above 0; 1 keeps all
 */
public record SamplingDefaults(int maxNewTokens, double temperature, int topK, double topP) {

    /** When neither the operator nor the checkpoint says anything. */
    public static final SamplingDefaults BUILT_IN = new SamplingDefaults(100, 0.8, 50, 0.95);

    /**
     * What an operator configured; absent values fall through to the checkpoint's and then to
     * {@link #BUILT_IN}.
     */
    public record Configured(
            OptionalInt maxNewTokens,
            OptionalDouble temperature,
            OptionalInt topK,
            OptionalDouble topP) {

        /** Nothing configured. */
        public static final Configured NOTHING =
                new Configured(
                        OptionalInt.empty(),
                        OptionalDouble.empty(),
                        OptionalInt.empty(),
                        OptionalDouble.empty());
    }

    /** The values in force: configured before the checkpoint's before the built-in. */
    public static SamplingDefaults resolve(Configured configured, GenerationDefaults checkpoint) {
        return new SamplingDefaults(
                configured.maxNewTokens().orElse(BUILT_IN.maxNewTokens()),
                configured
                        .temperature()
                        .orElse(checkpoint.temperature().orElse(BUILT_IN.temperature())),
                configured.topK().orElse(checkpoint.topK().orElse(BUILT_IN.topK())),
                configured.topP().orElse(checkpoint.topP().orElse(BUILT_IN.topP())));
    }
}
