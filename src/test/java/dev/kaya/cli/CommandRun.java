package dev.kaya.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * A command that has ended.
 *
 * @param status it ended with
 * @param out what it printed, lines ended by line feeds
 * @param err what it complained of, likewise
 */
record CommandRun(int status, String out, String err) {

    /** Runs a command line to its end. */
    static CommandRun of(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = KayaCommand.run(arguments, new PrintWriter(out), new PrintWriter(err));
        return new CommandRun(status, lines(out), lines(err));
    }

    /** Runs {@code generate} with one of the checkpoints that come with Kaya. */
    static CommandRun generate(String checkpoint, String... arguments) {
        List<String> all = new ArrayList<>();
        all.add("generate");
        all.add("--checkpoint=checkpoints/" + checkpoint);
        all.addAll(List.of(arguments));
        return of(all.toArray(String[]::new));
    }

    /** A command has printed a text, and nothing else. */
    static void assertText(String text, CommandRun run) {
        assertThat(run).isEqualTo(new CommandRun(0, text + "\n", ""));
    }

    private static String lines(StringWriter printed) {
        return printed.toString().replace(System.lineSeparator(), "\n");
    }
}
