package dev.kaya.cli;

import dev.kaya.engine.convert.CheckpointConverter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a checkpoint anew for other programs. */
@Command(
        name = "convert",
        description =
                "Write a checkpoint anew under the names that Hugging Face's library or llama.cpp"
                        + " reads.",
        footer = {
            "",
            "Examples:",
            "  kaya convert out/ckpt.pt model.gguf --to=gguf --weights=q8_0",
            "  kaya convert model.gguf folder --to=safetensors"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class ConvertCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "IN", description = "Weight file, or folder with one.")
    private Path in;

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description = "Folder (safetensors) or file (gguf) to make.")
    private Path out;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "CONTAINER",
            description = "What to write: safetensors or gguf; required.")
    private CheckpointConverter.Container container;

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            defaultValue = "auto",
            description =
                    "How matrices are written: auto as they are stored, f32, bf16 or q8_0"
                            + " (default: ${DEFAULT-VALUE}).")
    private CheckpointConverter.Weights weights;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    ConvertCommand() {}

    @Override
    public Integer call() throws IOException {
        CheckpointConverter.convert(in, out, container, weights);
        spec.commandLine().getOut().println("wrote " + out);
        return CommandLine.ExitCode.OK;
    }
}
