package dev.kaya.engine.constraint;

/**
 * How much of the heap constraints may take.
 *
 * @param compilation bytes that one compilation may hold at once; there are at most two at a time
 * @param compiled bytes of all automata that are kept; the latest is kept whatever its size
 * @param masks bytes of all masks that are kept for the next token
 */
public record ConstraintMemory(long compilation, long compiled, long masks) {

    /** As much as is ever of use. */
    public static final ConstraintMemory FULL =
            new ConstraintMemory(
                    Limits.COMPILATION_BYTES, Limits.COMPILED_BYTES, Limits.MASK_BYTES);

    /** The same shares of fewer bytes, or all that is of use. */
    public static ConstraintMemory within(long bytes) {
        double part = Math.min(1, (double) bytes / FULL.all());
        return new ConstraintMemory(
                (long) (part * FULL.compilation),
                (long) (part * FULL.compiled),
                (long) (part * FULL.masks));
    }

    /** Bytes of everything together. */
    public long all() {
        return Limits.COMPILATIONS * compilation + compiled + masks;
    }
}
