package dev.kaya.engine.tensor.kernel;

/**
 * The edition of {@link Kernels} that computes, and why.
 *
 * @param kernels what computes
 * @param vectors whether it computes by vectors
 * @param reason the end of a sentence that begins with the description of the kernels
 * @param degraded whether an operator should read the reason: it costs speed
 */
public record KernelChoice(Kernels kernels, boolean vectors, String reason, boolean degraded) {

    static KernelChoice vectors(Kernels kernels, String reason) {
        return new KernelChoice(kernels, true, reason, false);
    }

    static KernelChoice scalar(String reason) {
        return new KernelChoice(new ScalarKernels(), false, reason, false);
    }

    KernelChoice degradedChoice() {
        return new KernelChoice(kernels, vectors, reason, true);
    }

    /** The whole sentence, for a log. */
    public String explanation() {
        return "Kernels: " + kernels.description() + ", " + reason;
    }
}
