package dev.kaya;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class PrecomputedContextTest {

    private static boolean mayBeUsed(String... arguments) {
        return PrecomputedContext.mayBeUsed(arguments, new Properties(), Map.of());
    }

    @Test
    void isUsedWhereOnlyKayaAndTheServerAreConfigured() {
        assertThat(mayBeUsed()).isTrue();
        assertThat(mayBeUsed("--kaya.checkpoint=mine", "--server.port=9000")).isTrue();
        assertThat(
                        PrecomputedContext.mayBeUsed(
                                new String[] {}, new Properties(), Map.of("KAYA_THREADS", "1")))
                .isTrue();
    }

    @Test
    void isLeftWhereAnArgumentCouldDecideOtherwise() {
        assertThat(mayBeUsed("--management.server.port=9001")).isFalse();
        assertThat(mayBeUsed("--spring.threads.virtual.enabled=false")).isFalse();
        assertThat(mayBeUsed("--kaya.threads=1", "--springdoc.api-docs.enabled=false")).isFalse();
    }

    @Test
    void isLeftWhereASystemPropertyOrTheEnvironmentCould() {
        var properties = new Properties();
        properties.setProperty("spring.aot.enabled", "false");
        assertThat(PrecomputedContext.mayBeUsed(new String[] {}, properties, Map.of())).isFalse();
        assertThat(
                        PrecomputedContext.mayBeUsed(
                                new String[] {},
                                new Properties(),
                                Map.of("MANAGEMENT_SERVER_PORT", "9001")))
                .isFalse();
    }
}
