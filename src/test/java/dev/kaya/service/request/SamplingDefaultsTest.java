package dev.kaya.service.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.resolve.GenerationDefaults;
import dev.kaya.service.request.SamplingDefaults.Configured;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SamplingDefaultsTest {

    private static final GenerationDefaults CHECKPOINT =
            new GenerationDefaults(
                    OptionalDouble.of(0.5), OptionalInt.of(20), OptionalDouble.of(0.7));

    @Test
    void builtInValuesHoldWhenNobodySaysAnything() {
        assertThat(SamplingDefaults.resolve(Configured.NOTHING, GenerationDefaults.NONE))
                .isEqualTo(new SamplingDefaults(100, 0.8, 50, 0.95));
    }

    @Test
    void theCheckpointGoesBeforeTheBuiltInValues() {
        assertThat(SamplingDefaults.resolve(Configured.NOTHING, CHECKPOINT))
                .isEqualTo(new SamplingDefaults(100, 0.5, 20, 0.7));
    }

    @Test
    void theOperatorGoesBeforeTheCheckpoint() {
        var configured =
                new Configured(
                        OptionalInt.of(8),
                        OptionalDouble.of(0),
                        OptionalInt.of(0),
                        OptionalDouble.of(1));

        assertThat(SamplingDefaults.resolve(configured, CHECKPOINT))
                .isEqualTo(new SamplingDefaults(8, 0, 0, 1));
    }

    @Test
    void everyValueFallsThroughForItself() {
        var configured =
                new Configured(
                        OptionalInt.empty(),
                        OptionalDouble.empty(),
                        OptionalInt.of(3),
                        OptionalDouble.empty());
        var checkpoint =
                new GenerationDefaults(
                        OptionalDouble.of(0.5), OptionalInt.of(20), OptionalDouble.empty());

        assertThat(SamplingDefaults.resolve(configured, checkpoint))
                .isEqualTo(new SamplingDefaults(100, 0.5, 3, 0.95));
    }
}
