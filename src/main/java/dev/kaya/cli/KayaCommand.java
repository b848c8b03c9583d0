package dev.kaya.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The command line: everything that needs no web server. */
@Command(
        name = "kaya",
        header = "Text generation from your own GPT checkpoint.",
        description = {
            "",
            "Without a command the server starts. It takes properties, such as"
                    + " --kaya.checkpoint=PATH and --server.port=8080.",
            "kaya stands for: java --add-modules=jdk.incubator.vector -jar kaya.jar",
            ""
        },
        customSynopsis = {"kaya [--NAME=VALUE]...", "       kaya COMMAND [OPTIONS]"},
        footer = {
            "",
            "Examples:",
            "  kaya --kaya.checkpoint=checkpoints/stories",
            "  kaya inspect checkpoints/stories",
            "  kaya generate --prompt \"Once upon a time\"",
            "  kaya help generate"
        },
        mixinStandardHelpOptions = true,
        subcommands = {
            GenerateCommand.class,
            InspectCommand.class,
            BenchCommand.class,
            ConvertCommand.class,
            ArchiveCommand.class,
            HelpCommand.class
        })
public final class KayaCommand implements Runnable {

    private static final int HELP_COLUMNS = 100;
    private static final Map<String, String> EXIT_CODES = new LinkedHashMap<>();

    static {
        EXIT_CODES.put("0", "done");
        EXIT_CODES.put("1", "failed; standard error says why");
        EXIT_CODES.put("2", "wrong usage: an argument, or a field of a request, breaks a rule");
    }

    @CommandLine.Spec private CommandSpec spec;
    private boolean debug;

    /** Made by {@link #run(String[])}; picocli fills the fields. */
    @SuppressWarnings("NullAway.Init")
    private KayaCommand() {}

    /** Whether a command line is meant for this class and not for the server. */
    public static boolean isMeant(String[] arguments) {
        return !(Invocation.of(arguments) instanceof Invocation.Server);
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
        int status =
                switch (Invocation.of(arguments)) {
                    case Invocation.Command command ->
                            new KayaCommand()
                                    .execute(command.arguments().toArray(String[]::new), out, err);
                    case Invocation.Mistake mistake ->
                            misused(err, mistake.message(), Invocation.HELP_OF_ALL);
                    case Invocation.Server _ ->
                            misused(err, "a command is missing", Invocation.HELP_OF_ALL);
                };
        out.flush();
        err.flush();
        return status;
    }

    private int execute(String[] arguments, PrintWriter out, PrintWriter err) {
        debug = Arrays.asList(arguments).contains(Invocation.DEBUG);
        CommandLine command =
                describedAlike(new CommandLine(this))
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setExpandAtFiles(false) // a value such as @schema.json is read as JSON
                        .setOut(out)
                        .setErr(err)
                        .setParameterExceptionHandler((mistake, _) -> misused(mistake))
                        .setExecutionExceptionHandler((fault, _, _) -> failed(fault, err));
        try {
            return command.execute(arguments);
        } catch (Error e) {
            return failed(e, err);
        }
    }

    /** What the help of every command has in common. */
    private static CommandLine describedAlike(CommandLine command) {
        for (CommandLine each : command.getSubcommands().values()) {
            describedAlike(each);
        }
        command.getCommandSpec()
                .addOption(
                        OptionSpec.builder(Invocation.DEBUG)
                                .type(boolean.class)
                                .description("Print the stack trace of a fault as well.")
                                .build())
                .versionProvider(KayaCommand::version)
                .usageMessage()
                .width(HELP_COLUMNS)
                .abbreviateSynopsis(true)
                .exitCodeListHeading("%nExit status:%n")
                .exitCodeList(EXIT_CODES);
        return command;
    }

    /** The version as the jar's manifest has it. */
    private static String[] version() {
        String version = KayaCommand.class.getPackage().getImplementationVersion();
        return new String[] {"kaya " + (version == null ? "(not packaged)" : version)};
    }

    private int misused(ParameterException mistake) {
        CommandLine command = mistake.getCommandLine();
        PrintWriter err = command.getErr();
        int status =
                misused(
                        err,
                        UsageLine.of(mistake),
                        command.getCommandSpec().qualifiedName() + " --help");
        trace(mistake, err);
        return status;
    }

    private static int misused(PrintWriter err, String message, String help) {
        err.println("kaya: " + message);
        err.println("see " + help);
        return CommandLine.ExitCode.USAGE;
    }

    private int failed(Throwable fault, PrintWriter err) {
        err.println("kaya: " + FaultLine.of(fault));
        trace(fault, err);
        return FaultLine.status(fault);
    }

    private void trace(Throwable fault, PrintWriter err) {
        if (debug) {
            fault.printStackTrace(err);
        }
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
