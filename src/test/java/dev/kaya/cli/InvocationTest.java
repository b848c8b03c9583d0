package dev.kaya.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class InvocationTest {

    private static final String LISTED =
            "\ncommands: generate, inspect, bench, convert, archive, help; without a command the"
                    + " server starts";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--kaya.threads=1",
                "--debug",
                "--debug --kaya.threads=1",
                "--kaya.checkpoint=generate",
                "--server.port=8081 --trace",
                "--genrate"
            })
    void leavesOptionsAloneToTheServer(String arguments) {
        String[] words = arguments.isEmpty() ? new String[0] : arguments.split(" ");
        assertThat(Invocation.of(words)).isEqualTo(new Invocation.Server());
        assertThat(KayaCommand.isMeant(words)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "generate",
                "inspect x",
                "bench --json",
                "convert a b --to gguf",
                "archive",
                "help",
                "help inspect",
                "-h",
                "--help",
                "-V",
                "--version",
                "--debug inspect x",
                "help --debug inspect",
                "generate --nonsense"
            })
    void knowsCommandsByTheirFirstWord(String arguments) {
        List<String> words = List.of(arguments.split(" "));
        assertThat(Invocation.of(words.toArray(String[]::new)))
                .isEqualTo(new Invocation.Command(words));
        assertThat(KayaCommand.isMeant(words.toArray(String[]::new))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "--version", "-V"})
    void answersAQuestionAmongOptionsOfTheServer(String question) {
        assertThat(Invocation.of("--kaya.threads=1", question))
                .isEqualTo(new Invocation.Command(List.of(question)));
    }

    @ParameterizedTest
    @CsvSource({
        "genrate, generate",
        "Generate, generate",
        "GENERATE, generate",
        "gen, generate",
        "generated, generate",
        "inspekt, inspect",
        "inpsect, inspect",
        "benchmark, bench",
        "cnvert, convert",
        "archvie, archive",
        "hlep, help"
    })
    void namesTheNearestOfTheCommands(String word, String nearest) {
        String message = "unknown command '%s'; did you mean %s?".formatted(word, nearest) + LISTED;
        assertMistake(message, word);
        assertMistake(message, "--debug", word);
        assertMistake(message, "help", word);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bogus", "", " ", "serve", "x", "no/such/path", "*"})
    void listsTheCommandsWhereNoneIsNear(String word) {
        assertMistake("unknown command '" + word + "'" + LISTED, word);
        assertMistake("unknown command '" + word + "'" + LISTED, word, "--kaya.threads=1");
    }

    @Test
    void saysHowAPathIsServed() {
        assertMistake(
                "unknown command 'checkpoints/names'; --kaya.checkpoint=checkpoints/names serves"
                        + " that checkpoint, inspect checkpoints/names tells what it is"
                        + LISTED,
                "checkpoints/names");
    }

    @Test
    void spellsOutWhatATerminalWouldObey() {
        assertMistake("unknown command '\\u001b[2J\\u0000'" + LISTED, "\u001b[2J\0");
    }

    @Test
    void refusesWordsAmongOptionsOfTheServer() {
        assertMistake(
                "unexpected argument '/data/mine': an option of the server is written"
                        + " --kaya.checkpoint=/data/mine",
                "--kaya.checkpoint",
                "/data/mine");
        assertMistake(
                "unexpected argument 'bogus': options of the server are written --NAME=VALUE",
                "--kaya.threads=1",
                "bogus");
        assertMistake(
                "unexpected argument '': options of the server are written --NAME=VALUE",
                "--kaya.threads=1",
                "");
        assertMistake(
                "the command generate must come first, before any option",
                "--kaya.threads=1",
                "generate");
        assertMistake("unknown option '--'", "--kaya.threads=1", "--");
        assertMistake("unknown option '--=1'", "--=1");
    }

    @Test
    void knowsOptionsOfJava() {
        assertMistake("-Xmx4g is an option of java, and stands before -jar", "-Xmx4g");
        assertMistake(
                "-Dkaya.threads=1 is an option of java, and stands before -jar",
                "--kaya.threads=1",
                "-Dkaya.threads=1");
        assertMistake("unknown option '-x'", "-x");
    }

    private static void assertMistake(String message, String... arguments) {
        String expected = message.replace("\n", System.lineSeparator());
        assertThat(Invocation.of(arguments)).isEqualTo(new Invocation.Mistake(expected));
        assertThat(KayaCommand.isMeant(arguments)).isTrue();
        CommandRun run = CommandRun.of(arguments);
        assertThat(run.err()).isEqualTo("kaya: " + message + "\nsee kaya --help\n");
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).isEqualTo(2);
    }

    @Test
    void knowsTheCommandsThatThereAre() {
        assertThat(KayaCommand.class.getAnnotation(CommandLine.Command.class).subcommands())
                .extracting(type -> type.getAnnotation(CommandLine.Command.class).name())
                .containsExactlyElementsOf(Invocation.COMMANDS);
    }
}
