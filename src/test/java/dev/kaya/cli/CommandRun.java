package dev.kaya.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

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

    private static String lines(StringWriter printed) {
        return printed.toString().replace(System.lineSeparator(), "\n");
    }
}
