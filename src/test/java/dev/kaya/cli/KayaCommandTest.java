package dev.kaya.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KayaCommandTest {

    private static final Path HELP = Path.of("src/test/resources/cli");
    private static final Pattern OPTION = Pattern.compile("(?:-f, )?--([a-z_]+).*");
    private static final Pattern DEFAULT =
            Pattern.compile("(?s).*(default: .+|repeatable|; required)[^()]*\\)?\\.");

    @ParameterizedTest
    @ValueSource(strings = {"generate", "inspect", "bench", "convert", "archive", "help"})
    void explainsACommand(String command) throws IOException {
        assertHelp(command + ".txt", command, "--help");
        assertHelp(command + ".txt", command, "-h");
        assertHelp(command + ".txt", "help", command);
        assertHelp(command + ".txt", "help", "--debug", command);
    }

    @Test
    void explainsItself() throws IOException {
        assertHelp("kaya.txt", "--help");
        assertHelp("kaya.txt", "-h");
        assertHelp("kaya.txt", "help");
        assertHelp("kaya.txt", "--kaya.threads=1", "--help");
    }

    private static void assertHelp(String file, String... arguments) throws IOException {
        CommandRun run = CommandRun.of(arguments);
        assertThat(run.out()).isEqualTo(Files.readString(HELP.resolve(file)));
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
    }

    @Test
    void tellsEveryDefaultAndEveryExitStatus() throws IOException {
        for (String command : Invocation.COMMANDS) {
            String help = Files.readString(HELP.resolve(command + ".txt"));
            assertThat(help).contains("\nExit status:\n  0   done\n  1   failed", "\nExample");
            String options = help.substring(0, help.indexOf("\nExit status:"));
            for (String option : options.split("\n(?= {2,6}(?:-[a-zA-Z], )?--)|\n\n", -1)) {
                String text = option.strip().replaceAll("\\s+", " ");
                if (OPTION.matcher(text).matches() && text.split(" ", 2)[0].contains("=")) {
                    assertThat(DEFAULT.matcher(text).matches()).as(text).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "generate ", "inspect ", "bench ", "convert ", "archive ", "help "})
    void tellsItsVersion(String command) {
        for (String option : List.of("--version", "-V")) {
            assertThat(CommandRun.of((command + option).split(" ")))
                    .isEqualTo(new CommandRun(0, "kaya (not packaged)\n", ""));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    generate --nonsense     | unknown option '--nonsense'
                    generate --temprature=1 | unknown option '--temprature'; did you mean --temperature?
                    generate --maxtokens 3  | unknown option '--maxtokens'
                    inspect a --tensor      | unknown option '--tensor'; did you mean --tensors?
                    inspect a b             | unexpected argument 'b'
                    generate Once           | unexpected argument 'Once'
                    archive -              | unexpected argument '-'
                    help inspect bench      | unexpected argument 'bench'
                    inspect                 | PATH is missing
                    inspect a --tokens      | --tokens needs a value, N
                    inspect a --tokens 0    | --tokens must be at least 1; given 0
                    inspect a --tokens many | --tokens must be a whole number; given 'many'
                    inspect a --threads=0   | --threads must be at least 1; given 0
                    inspect a --context-length 0 | --context-length must be at least 1; given 0
                    convert a b             | --to=CONTAINER is missing
                    convert --to gguf       | IN is missing
                    convert a b --to onnx   | --to must be safetensors or gguf; given 'onnx'
                    bench                   | --checkpoint=PATH is missing
                    bench --weights q4      | --weights must be auto, f32, bf16 or q8; given 'q4'
                    generate --threads=1 --threads=2 | option '--threads' (N) should be specified only once
                    """)
    void saysWhatIsWrongWithArguments(String arguments, String message) {
        String[] words = arguments.split(" +");
        assertThat(CommandRun.of(words))
                .isEqualTo(
                        new CommandRun(
                                2,
                                "",
                                "kaya: %s\nsee kaya %s --help\n".formatted(message, words[0])));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inspect no-such",
                "generate --checkpoint no-such",
                "bench --checkpoint=no-such",
                "convert no-such b --to gguf"
            })
    void namesAMissingCheckpoint(String arguments) {
        assertThat(CommandRun.of(arguments.split(" ")))
                .isEqualTo(
                        new CommandRun(1, "", "kaya: no-such: there is no such file or folder\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--debug inspect no-such", "inspect no-such --debug"})
    void tracesAFaultOnRequest(String arguments) {
        CommandRun run = CommandRun.of(arguments.split(" "));
        assertThat(run.err())
                .startsWith(
                        "kaya: no-such: there is no such file or folder\n"
                                + "dev.kaya.engine.checkpoint.MalformedCheckpointException:"
                                + " no-such:"
                                + " there is no such file or folder\n\tat ")
                .contains("\nCaused by: java.nio.file.NoSuchFileException: no-such\n");
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void tracesWrongUsageOnRequestToo() {
        CommandRun run = CommandRun.of("inspect", "--debug", "a", "b");
        assertThat(run.err())
                .startsWith(
                        "kaya: unexpected argument 'b'\nsee kaya inspect --help\n"
                                + "picocli.CommandLine$UnmatchedArgumentException:");
        assertThat(run.status()).isEqualTo(2);
    }

    @Test
    void archivesTheJarOnly() {
        assertThat(CommandRun.of("archive"))
                .isEqualTo(
                        new CommandRun(
                                1,
                                "",
                                "kaya: archive runs from the jar only: java -jar kaya.jar"
                                        + " archive\n"));
    }
}
