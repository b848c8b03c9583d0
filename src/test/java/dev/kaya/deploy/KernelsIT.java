package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On JVMs where vectors would be slow, or cannot be, the same text comes and the log says why. */
class KernelsIT {

    private static final String GENERATE =
            "generate --checkpoint checkpoints/names --greedy --max_new_tokens 8";
    private static final String MODULE = "--add-modules=jdk.incubator.vector";
    private static final String C2_IS_OFF =
            "C2, which compiles the Vector API, is off: the same text, slower; start java without"
                    + " -Xint, -XX:TieredStopAtLevel and -XX:CompilationMode";
    private static final String ADD_MODULE =
            "start java with --add-modules jdk.incubator.vector (deploy/jvm.args does)";

    private static EndedJvm run(String jvmFlags, String arguments)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(Arrays.asList(jvmFlags.split(" ")));
        all.addAll(List.of("-Xmx300m", "-cp", System.getProperty("java.class.path")));
        all.add("dev.kaya.KayaApplication");
        all.addAll(Arrays.asList(arguments.split(" ")));
        return EndedJvm.of(all);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                MODULE + " -XX:TieredStopAtLevel=1 | auto | scalar loops, because " + C2_IS_OFF,
                MODULE + " -Xint | auto | scalar loops, because " + C2_IS_OFF,
                MODULE
                        + " -XX:TieredStopAtLevel=1 -XX:MaxVectorSize=16 | vector | vectors of 128"
                        + " bits, as asked for, although "
                        + C2_IS_OFF,
                MODULE
                        + " -XX:MaxVectorSize=8 | auto | scalar loops, because those on the Vector"
                        + " API cannot run here: java.lang.UnsupportedOperationException: vectors"
                        + " of 64 bits; there are kernels for 128, 256 and 512",
                "-Xss1m | auto | scalar loops, because the Vector API is missing: the same text,"
                        + " slower; "
                        + ADD_MODULE
            })
    void givesTheSameTextAndSaysWhyItIsSlow(String jvmFlags, String kernels, String why)
            throws IOException, InterruptedException {
        EndedJvm ended = run(jvmFlags, GENERATE + " --kernels " + kernels);

        assertThat(ended.err()).matches("WARN \\w+: \\QKernels: " + why + "\\E\n");
        assertThat(ended.out()).isEqualTo("alexian\n");
        assertThat(ended.status()).isZero();
    }

    @Test
    void saysNothingWhereItIsFastOrAsAskedFor() throws IOException, InterruptedException {
        assertThat(run(MODULE, GENERATE)).isEqualTo(new EndedJvm(0, "alexian\n", ""));
        assertThat(run("-Xss1m", GENERATE + " --kernels scalar"))
                .isEqualTo(new EndedJvm(0, "alexian\n", ""));
    }

    @Test
    void aCommandDoesNotStartWithoutTheModuleThatItsKernelsNeed()
            throws IOException, InterruptedException {
        EndedJvm ended = run("-Xss1m", GENERATE + " --kernels vector");

        assertThat(ended.err())
                .isEqualTo(
                        "kaya: --kernels=vector needs the Vector API: "
                                + ADD_MODULE
                                + "\nsee kaya generate --help\n");
        assertThat(ended.out()).isEmpty();
        assertThat(ended.status()).isEqualTo(2);
    }

    @Test
    void aServerDoesNotStartWithoutTheModuleThatItsKernelsNeed()
            throws IOException, InterruptedException {
        EndedJvm ended = run("-Xss1m", "--server.port=0 --kaya.kernels=vector");

        assertThat(ended.out())
                .contains("APPLICATION FAILED TO START")
                .contains("Property: kaya.kernels\n")
                .contains("Reason: needs the Vector API: " + ADD_MODULE + "\n");
        assertThat(ended.status()).isEqualTo(1);
    }
}
