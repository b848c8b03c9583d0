package dev.kaya.cli;

import dev.kaya.engine.checkpoint.folder.UnreadableFile;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: everything that needs no web server. */
@Command(
        name = "kaya",
        description =
                "Text generation from your own GPT checkpoint. Without a command: the server.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        subcommands = {
            GenerateCommand.class,
            InspectCommand.class,
            BenchCommand.class,
            ConvertCommand.class,
            ArchiveCommand.class
        })
public final class KayaCommand implements Runnable {

    private static final Set<String> WORDS =
            Set.of(
                    "generate",
                    "inspect",
                    "bench",
                    "convert",
                    "archive",
                    "help",
                    "-h",
                    "--help",
                    "-V",
                    "--version");

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by {@link #run(String[])}; picocli fills the fields. */
    @SuppressWarnings("NullAway.Init")
    private KayaCommand() {}

    /** Whether a command line is meant for this class and not for the server. */
    public static boolean isMeant(String[] arguments) {
        return arguments.length > 0 && WORDS.contains(arguments[0]);
    }

    /**
     * Runs a command with the process's own output streams.
     *
     * @return the exit status: 0 done, 1 failed, 2 wrong usage
     */
    public static int run(String[] arguments) {
        return run(arguments, writer(FileDescriptor.out), writer(FileDescriptor.err));
    }

    /** Runs a command that prints to the given writers. */
    static int run(String[] arguments, PrintWriter out, PrintWriter err) {
        CommandLine command =
                new CommandLine(new KayaCommand())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setExpandAtFiles(false) // a value such as @schema.json is read as JSON
                        .addSubcommand(new CommandLine.HelpCommand())
                        .setOut(out)
                        .setErr(err)
                        .setExecutionExceptionHandler(KayaCommand::failed);
        int status;
        try {
            status = command.execute(arguments);
        } catch (OutOfMemoryError e) {
            err.println("kaya: " + UnreadableFile.described(e));
            status = CommandLine.ExitCode.SOFTWARE;
        }
        out.flush();
        err.flush();
        return status;
    }

    private static int failed(
            Exception exception, CommandLine command, CommandLine.ParseResult result) {
        command.getErr().println("kaya: " + UnreadableFile.described(exception));
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** Texts are UTF-8 whatever the terminal's locale says. */
    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(
                new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8));
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
