package dev.kaya.engine.tensor.kernel;

/** Which edition of {@link Kernels} an operator asks for; all of them give the same bits. */
public enum KernelPreference {
    /** By vectors where this JVM makes them fast, else by plain loops. */
    AUTO,
    /** By vectors, also where they are slow. */
    VECTOR,
    /** By plain loops, for debugging. */
    SCALAR
}
