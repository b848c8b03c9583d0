package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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

    @TempDir private Path folder;

    /**
     * A process that has ended.
     *
     * @param status of its exit
     * @param out what it printed
     * @param err what it printed to standard error, without what the JVM says of the module
     */
    private record Ended(int status, String out, String err) {}

    private Ended run(String jvmFlags, String arguments) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(jvmFlags.split(" ")));
        command.addAll(List.of("-Xmx300m", "-cp", System.getProperty("java.class.path")));
        command.add("dev.kaya.KayaApplication");
        command.addAll(Arrays.asList(arguments.split(" ")));
        Process process =
                ServerStart.endingWithThisJvm(
                        new ProcessBuilder(command)
                                .redirectOutput(out.toFile())
                                .redirectError(err.toFile())
                                .start());
        try {
            assertThat(process.waitFor(3, TimeUnit.MINUTES)).as("ended").isTrue();
            return new Ended(process.exitValue(), read(out), read(err));
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file)
                .lines()
                .filter(line -> !line.contains("Using incubator modules"))
                .filter(line -> !line.startsWith("Picked up "))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
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
        Ended ended = run(jvmFlags, GENERATE + " --kernels " + kernels);

        assertThat(ended.err()).matches("WARN \\w+: \\QKernels: " + why + "\\E\n");
        assertThat(ended.out()).isEqualTo("alexian\n");
        assertThat(ended.status()).isZero();
    }

    @Test
    void saysNothingWhereItIsFastOrAsAskedFor() throws IOException, InterruptedException {
        assertThat(run(MODULE, GENERATE)).isEqualTo(new Ended(0, "alexian\n", ""));
        assertThat(run("-Xss1m", GENERATE + " --kernels scalar"))
                .isEqualTo(new Ended(0, "alexian\n", ""));
    }

    @Test
    void aCommandDoesNotStartWithoutTheModuleThatItsKernelsNeed()
            throws IOException, InterruptedException {
        Ended ended = run("-Xss1m", GENERATE + " --kernels vector");

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
        Ended ended = run("-Xss1m", "--server.port=0 --kaya.kernels=vector");

        assertThat(ended.out())
                .contains("APPLICATION FAILED TO START")
                .contains("Property: kaya.kernels\n")
                .contains("Reason: needs the Vector API: " + ADD_MODULE + "\n");
        assertThat(ended.status()).isEqualTo(1);
    }
}
