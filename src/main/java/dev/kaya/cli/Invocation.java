package dev.kaya.cli;

import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.service.fault.NearestWord;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a command line asks for. The first word decides: a command, or an option of the server.
 * Whatever else it may be is a mistake and starts nothing.
 */
sealed interface Invocation {

    /** The commands, in the order in which the help lists them. */
    List<String> COMMANDS =
            List.of("generate", "inspect", "bench", "convert", "archive", Invocation.HELP);

    /** The command that explains another. */
    String HELP = "help";

    /** Explains all of them. */
    String HELP_OF_ALL = "kaya --help";

    /** Asks for the stack trace of a fault; may stand before a command. */
    String DEBUG = "--debug";

    /** What stands in the place of a command and is answered without one. */
    Set<String> QUESTIONS = Set.of("-h", "--help", "-V", "--version");

    /** The server, with what Spring takes as options. */
    record Server() implements Invocation {}

    /** A command, or a question about all of them. */
    record Command(List<String> arguments) implements Invocation {
        public Command {
            arguments = List.copyOf(arguments);
        }
    }

    /** Neither; the message says what is wrong. */
    record Mistake(String message) implements Invocation {}

    /** What these arguments ask for. */
    static Invocation of(String... arguments) {
        List<String> all = Arrays.asList(arguments);
        String first = all.stream().filter(word -> !word.equals(DEBUG)).findFirst().orElse(null);
        if (first == null) {
            return new Server();
        }
        if (QUESTIONS.contains(first) || COMMANDS.contains(first)) {
            return ofCommand(first, all);
        }
        return isServerOption(first) ? ofServer(all) : new Mistake(unknown(first));
    }

    private static Invocation ofCommand(String command, List<String> all) {
        List<String> words = all.stream().filter(word -> !word.equals(DEBUG)).toList();
        if (command.equals(HELP) && words.size() > 1) {
            String about = words.get(1);
            if (!COMMANDS.contains(about) && !QUESTIONS.contains(about)) {
                return new Mistake(unknown(about));
            }
        }
        return new Command(all);
    }

    private static Invocation ofServer(List<String> all) {
        for (String word : all) {
            if (QUESTIONS.contains(word)) {
                return new Command(List.of(word));
            }
        }
        for (int i = 0; i < all.size(); i++) {
            if (!isServerOption(all.get(i))) {
                return new Mistake(stray(all.get(i), i == 0 ? null : all.get(i - 1)));
            }
        }
        return new Server();
    }

    /** Two dashes and a name; Spring passes over whatever does not begin like that. */
    private static boolean isServerOption(String word) {
        return word.startsWith("--") && word.length() > 2 && word.charAt(2) != '=';
    }

    private static String stray(String word, @Nullable String before) {
        if (COMMANDS.contains(word)) {
            return "the command " + word + " must come first, before any option";
        }
        if (before != null && !before.contains("=") && !word.startsWith("-")) {
            return "unexpected argument %s: an option of the server is written %s=%s"
                    .formatted(quoted(word), shown(before), shown(word));
        }
        return word.startsWith("-")
                ? unknown(word)
                : "unexpected argument %s: options of the server are written --NAME=VALUE"
                        .formatted(quoted(word));
    }

    private static String unknown(String word) {
        if (word.startsWith("-X") || word.startsWith("-D")) {
            return "%s is an option of java, and stands before -jar".formatted(shown(word));
        }
        if (word.startsWith("-")) {
            return "unknown option " + quoted(word);
        }
        return "unknown command "
                + quoted(word)
                + meant(word)
                + System.lineSeparator()
                + "commands: "
                + String.join(", ", COMMANDS)
                + "; without a command the server starts";
    }

    private static String meant(String word) {
        String nearest = NearestWord.to(word, COMMANDS);
        if (nearest != null) {
            return "; did you mean " + nearest + "?";
        }
        return isFile(word)
                ? "; --kaya.checkpoint=%s serves that checkpoint, inspect %s tells what it is"
                        .formatted(shown(word), shown(word))
                : "";
    }

    private static boolean isFile(String word) {
        try {
            return !word.isEmpty() && Files.exists(Path.of(word));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static String quoted(String word) {
        return "'" + shown(word) + "'";
    }

    private static String shown(String word) {
        return PrintableText.of(word, 100);
    }
}
