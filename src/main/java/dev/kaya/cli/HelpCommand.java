package dev.kaya.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Explains a command. */
@Command(
        name = Invocation.HELP,
        description = "Explain a command and its options, or list all commands.",
        footer = {"", "Example:", "  kaya help generate"},
        mixinStandardHelpOptions = true)
final class HelpCommand implements Runnable {

    @Parameters(
            arity = "0..1",
            paramLabel = "COMMAND",
            description = "What to explain (default: all commands).")
    private @Nullable String about;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    HelpCommand() {}

    @Override
    public void run() {
        CommandLine all = spec.commandLine().getParent();
        CommandLine explained = about == null ? all : all.getSubcommands().getOrDefault(about, all);
        explained.usage(all.getOut());
    }
}
