package dev.kaya.cli;

import dev.kaya.engine.tensor.kernel.KernelPreference;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Which kernels compute, for the commands that compute. */
final class KernelOption {

    @Option(
            names = "--kernels",
            paramLabel = "KERNELS",
            defaultValue = "auto",
            description =
                    "What computes, for debugging: vector or scalar, with the same bits; auto takes"
                            + " vectors where they are fast (default: ${DEFAULT-VALUE}).")
    private KernelPreference kernels;

    /** Made by picocli, which fills the field. */
    @SuppressWarnings("NullAway.Init")
    KernelOption() {}

    /**
     * Which kernels are to compute.
     *
     * @throws CommandLine.ParameterException when this JVM lacks the module that they need
     */
    KernelPreference preferred(CommandLine command) {
        if (kernels == KernelPreference.VECTOR && !KernelProvider.vectorApiPresent()) {
            throw new CommandLine.ParameterException(
                    command, "--kernels=vector needs the Vector API: " + KernelProvider.ADD_MODULE);
        }
        return kernels;
    }
}
