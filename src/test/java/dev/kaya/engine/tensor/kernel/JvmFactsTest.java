package dev.kaya.engine.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the options of a JVM mean for the Vector API. */
class JvmFactsTest {

    private static JvmFacts of(String options) {
        Map<String, String> values =
                Arrays.stream(options.split(" "))
                        .map(option -> option.split("=", 2))
                        .collect(Collectors.toMap(option -> option[0], option -> option[1]));
        return JvmFacts.of(true, values::get);
    }

    /** The values are those that a JDK 25 shows under the flags of the last column. */
    @ParameterizedTest
    @CsvSource({
        "true,  true,  4, default,    true,  none",
        "false, false, 4, default,    false, -Xint",
        "false, true,  4, default,    false, -XX:-UseCompiler",
        "true,  true,  1, default,    false, -XX:TieredStopAtLevel=1",
        "true,  true,  3, default,    false, -XX:TieredStopAtLevel=3",
        "false, false, 0, default,    false, -XX:TieredStopAtLevel=0",
        "true,  false, 4, default,    true,  -XX:-TieredCompilation",
        "true,  false, 1, default,    true,  -XX:-TieredCompilation -XX:TieredStopAtLevel=1",
        "true,  true,  4, quick-only, false, -XX:CompilationMode=quick-only",
        "true,  true,  4, high-only,  true,  -XX:CompilationMode=high-only"
    })
    void seesWhetherC2Compiles(
            boolean compiles, boolean tiered, int level, String mode, boolean c2, String flags) {
        JvmFacts facts =
                of(
                        "UseCompiler=%b TieredCompilation=%b TieredStopAtLevel=%d CompilationMode=%s"
                                .formatted(compiles, tiered, level, mode));

        assertThat(facts).as(flags).isEqualTo(new JvmFacts(true, true, c2, false));
    }

    @Test
    void seesACompilerInPlaceOfC2() {
        String usual = "UseCompiler=true TieredCompilation=true TieredStopAtLevel=4";
        assertThat(of(usual + " UseJVMCICompiler=true"))
                .isEqualTo(new JvmFacts(true, true, true, true));
        assertThat(of(usual + " UseJVMCICompiler=false"))
                .isEqualTo(new JvmFacts(true, true, true, false));
    }

    @Test
    void aJvmWithoutTheOptionsIsNotHotSpot() {
        assertThat(JvmFacts.of(true, name -> null))
                .isEqualTo(new JvmFacts(true, false, false, false));
    }

    @Test
    void readsTheJvmThatRunsThis() {
        assertThat(JvmFacts.current().hotSpot()).isTrue();
        assertThat(JvmFacts.current().vectorApi()).isTrue();
        assertThat(JvmFacts.current().jvmci()).isFalse();
    }
}
