package dev.kaya.engine.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which kernels are chosen on which JVM, and what the log says of it. */
class KernelProviderTest {

    private static final JvmFacts GOOD = new JvmFacts(true, true, true, false);
    private static final JvmFacts NO_MODULE = new JvmFacts(false, true, true, false);

    private final Kernels vectors = new VectorKernels();

    private KernelChoice choose(KernelPreference wanted, JvmFacts facts) {
        return KernelProvider.choose(wanted, facts, () -> vectors);
    }

    private void assertVectors(KernelChoice choice, boolean degraded, String reason) {
        assertThat(choice).isEqualTo(new KernelChoice(vectors, true, reason, degraded));
        assertThat(choice.explanation())
                .isEqualTo("Kernels: " + vectors.description() + ", " + reason);
    }

    private static void assertScalar(KernelChoice choice, boolean degraded, String reason) {
        assertThat(choice.kernels()).isInstanceOf(ScalarKernels.class);
        assertThat(choice.vectors()).isFalse();
        assertThat(choice.degraded()).isEqualTo(degraded);
        assertThat(choice.explanation()).isEqualTo("Kernels: scalar loops, " + reason);
    }

    @Test
    void takesVectorsWhereC2CompilesThem() {
        assertVectors(
                choose(KernelPreference.AUTO, GOOD),
                false,
                "as this JVM has the Vector API and C2 compiles it");
        assertVectors(choose(KernelPreference.VECTOR, GOOD), false, "as asked for");
    }

    @Test
    void takesPlainLoopsWhereTheyAreAskedFor() {
        assertScalar(choose(KernelPreference.SCALAR, GOOD), false, "as asked for");
        assertScalar(choose(KernelPreference.SCALAR, NO_MODULE), false, "as asked for");
    }

    @Test
    void takesPlainLoopsWithoutTheModule() {
        assertScalar(
                choose(KernelPreference.AUTO, NO_MODULE),
                true,
                "because the Vector API is missing: the same text, slower; start java with"
                        + " --add-modules jdk.incubator.vector (deploy/jvm.args does)");
    }

    @Test
    void cannotTakeVectorsWithoutTheModule() {
        assertThatThrownBy(() -> choose(KernelPreference.VECTOR, NO_MODULE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "the Vector API is missing: start java with --add-modules"
                                + " jdk.incubator.vector (deploy/jvm.args does)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "false | false | false | this JVM is not HotSpot, whose C2 compiles the Vector API:"
                        + " the same text, slower; start Kaya with a JDK that has HotSpot",
                "true | true | true | another compiler takes the place of C2, which compiles the"
                        + " Vector API: the same text, slower; start java with"
                        + " -XX:-UseJVMCICompiler",
                "true | false | false | C2, which compiles the Vector API, is off: the same text,"
                        + " slower; start java without -Xint, -XX:TieredStopAtLevel and"
                        + " -XX:CompilationMode"
            })
    void takesVectorsOnASlowJvmOnlyWhereTheyAreAskedFor(
            boolean hotSpot, boolean c2, boolean jvmci, String why) {
        var slow = new JvmFacts(true, hotSpot, c2, jvmci);
        assertScalar(choose(KernelPreference.AUTO, slow), true, "because " + why);
        assertVectors(choose(KernelPreference.VECTOR, slow), true, "as asked for, although " + why);
    }

    static Arguments[] failures() {
        var cause = new IllegalArgumentException("Bad vector bit-size: 32");
        return new Arguments[] {
            Arguments.of(new UnsupportedOperationException("vectors of 64 bits"), null),
            Arguments.of(new ExceptionInInitializerError(cause), cause),
            Arguments.of(new NoClassDefFoundError("jdk/incubator/vector/FloatVector"), null),
            Arguments.of(new AssertionError("a lane too many"), null),
            Arguments.of(new InternalError("no intrinsic"), null)
        };
    }

    @ParameterizedTest
    @MethodSource("failures")
    void takesPlainLoopsWhereVectorsFail(Throwable failure, Throwable root) {
        Supplier<Kernels> failing =
                () -> {
                    if (failure instanceof Error error) {
                        throw error;
                    }
                    throw (RuntimeException) failure;
                };
        Throwable told = root == null ? failure : root;
        for (var wanted : new KernelPreference[] {KernelPreference.AUTO, KernelPreference.VECTOR}) {
            assertScalar(
                    KernelProvider.choose(wanted, GOOD, failing),
                    true,
                    "because those on the Vector API cannot run here: " + told);
        }
    }
}
