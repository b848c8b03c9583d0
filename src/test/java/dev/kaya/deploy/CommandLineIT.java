package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the jar does with the words behind it, in a process of its own. */
class CommandLineIT {

    private static final String COMMANDS =
            "commands: generate, inspect, bench, convert, archive, help; without a command the"
                    + " server starts\nsee kaya --help\n";

    @Test
    void refusesAnUnknownWordInsteadOfStartingAServer() throws IOException, InterruptedException {
        assertThat(run("genrate"))
                .isEqualTo(
                        new EndedJvm(
                                2,
                                "",
                                "kaya: unknown command 'genrate'; did you mean generate?\n"
                                        + COMMANDS));
        assertThat(run("bogus"))
                .isEqualTo(new EndedJvm(2, "", "kaya: unknown command 'bogus'\n" + COMMANDS));
        assertThat(run("--kaya.checkpoint", "checkpoints/names"))
                .isEqualTo(
                        new EndedJvm(
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
                        new EndedJvm(
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
        assertThat(run("inspect", "no-such")).isEqualTo(new EndedJvm(1, "", line));
        EndedJvm traced = run("--debug", "inspect", "no-such");
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
        assertThat(run("--help")).isEqualTo(new EndedJvm(0, help, ""));
        assertThat(run("--kaya.checkpoint=no-such", "--help")).isEqualTo(new EndedJvm(0, help, ""));
    }

    private static EndedJvm run(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>();
        all.add("--add-modules=jdk.incubator.vector");
        all.add("-jar");
        all.add(System.getProperty("kaya.jar"));
        all.addAll(List.of(arguments));
        return EndedJvm.of(all);
    }
}
