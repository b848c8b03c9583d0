package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the jar does with the words behind it, in a process of its own. */
class CommandLineIT {

    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final String COMMANDS =
            "commands: generate, inspect, bench, convert, archive, help; without a command the"
                    + " server starts\nsee kaya --help\n";

    /** What Java says of every program that uses the module. */
    private static final String OF_JAVA =
            "WARNING: Using incubator modules: jdk.incubator.vector\n";

    /** Options for every Java, which it announces. */
    private static final Set<String> ANNOUNCED = Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS");

    @TempDir private Path folder;

    private record Ended(int status, String out, String err) {}

    @Test
    void refusesAnUnknownWordInsteadOfStartingAServer() throws IOException, InterruptedException {
        assertThat(run("genrate"))
                .isEqualTo(
                        new Ended(
                                2,
                                "",
                                "kaya: unknown command 'genrate'; did you mean generate?\n"
                                        + COMMANDS));
        assertThat(run("bogus"))
                .isEqualTo(new Ended(2, "", "kaya: unknown command 'bogus'\n" + COMMANDS));
        assertThat(run("--kaya.checkpoint", "checkpoints/names"))
                .isEqualTo(
                        new Ended(
                                2,
                                "",
                                "kaya: unexpected argument 'checkpoints/names': an option of the"
                                        + " server is written --kaya.checkpoint=checkpoints/names\n"
                                        + "see kaya --help\n"));
    }

    @Test
    void generatesSeveralTexts() throws IOException, InterruptedException {
        assertThat(
                        run(
                                "generate",
                                "--checkpoint=checkpoints/names",
                                "--seed=3",
                                "-f",
                                "n=2",
                                "--logprobs=1",
                                "--max_new_tokens=2"))
                .isEqualTo(
                        new Ended(
                                0,
                                """
                                text 1 of 2 (2 tokens, length):
                                ed

                                   logprob  token id  token  likeliest
                                   -3.0364         4  "e"    "a" -2.0052
                                   -3.1101         3  "d"    "l" -1.1252

                                text 2 of 2 (2 tokens, length):
                                mi

                                   logprob  token id  token  likeliest
                                   -2.5252        12  "m"    "a" -2.0052
                                   -1.8485         8  "i"    "a" -0.5858
                                """,
                                ""));
    }

    @Test
    void tracesAFaultOnRequestOnly() throws IOException, InterruptedException {
        String line = "kaya: no-such: there is no such file or folder\n";
        assertThat(run("inspect", "no-such")).isEqualTo(new Ended(1, "", line));
        Ended traced = run("--debug", "inspect", "no-such");
        assertThat(traced.err())
                .startsWith(
                        line
                                + "dev.kaya.engine.checkpoint.MalformedCheckpointException:"
                                + " no-such:"
                                + " there is no such file or folder\n\tat dev.kaya.");
        assertThat(traced.out()).isEmpty();
        assertThat(traced.status()).isEqualTo(1);
    }

    @Test
    void tellsTheHelpWithoutStartingAServer() throws IOException, InterruptedException {
        String help = Files.readString(Path.of("src/test/resources/cli/kaya.txt"));
        assertThat(run("--help")).isEqualTo(new Ended(0, help, ""));
        assertThat(run("--kaya.checkpoint=no-such", "--help")).isEqualTo(new Ended(0, help, ""));
    }

    private Ended run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(JAVA.toString());
        command.add("--add-modules=jdk.incubator.vector");
        command.add("-jar");
        command.add(System.getProperty("kaya.jar"));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        var builder =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().keySet().removeAll(ANNOUNCED);
        Process process = ServerStart.endingWithThisJvm(builder.start());
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return new Ended(process.exitValue(), lines(out), lines(err));
    }

    private static String lines(Path output) throws IOException {
        return Files.readString(output).replace(System.lineSeparator(), "\n").replace(OF_JAVA, "");
    }
}
