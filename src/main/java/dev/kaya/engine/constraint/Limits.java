package dev.kaya.engine.constraint;

/**
 * How large a constraint may get. What is larger is refused before memory or time is spent on it.
 */
public final class Limits {

    /** Characters of a regular expression. */
    public static final int PATTERN_LENGTH = 10_000;

    /** Values in a schema: objects, arrays, strings, numbers and so on. */
    public static final int SCHEMA_VALUES = 20_000;

    /** Arrays and objects within each other in a schema. */
    public static final int SCHEMA_DEPTH = 100;

    /** References, and alternatives within each other, that lead to one value. */
    public static final int REFERENCE_DEPTH = 200;

    /** Values within each other that a schema describes, as far as it is unrolled. */
    public static final int VALUE_DEPTH = 128;

    /** Digits of a number in a schema, before and behind the point. */
    public static final int NUMBER_DIGITS = 400;

    /** Repetitions that a quantifier may name. */
    public static final int REPETITIONS = 1_000;

    /** Groups within groups. */
    public static final int GROUP_DEPTH = 100;

    /** Steps of one compilation, all attempts at it together: some seconds of one processor. */
    public static final long COMPILATION_STEPS = 800_000_000;

    /** Bytes that one compilation holds at once. */
    public static final long COMPILATION_BYTES = 64 << 20;

    /** Expressions within each other. */
    static final int COMPILATION_DEPTH = 2_000;

    /** States before determinisation. */
    public static final int NFA_STATES = 400_000;

    /** States of an automaton. */
    public static final int STATES = 32_768;

    /** Transitions of an automaton, by classes of bytes that behave alike. */
    public static final int TRANSITIONS = 3_000_000;

    /** Bytes of all masks kept for the next token. */
    static final long MASK_BYTES = 32 << 20;

    /** Constraints that are kept compiled. */
    public static final int COMPILED = 64;

    /** Bytes of all that are kept compiled; the latest is kept whatever its size. */
    public static final long COMPILED_BYTES = 32 << 20;

    /** Refusals that are remembered. */
    public static final int REFUSALS = 512;

    /** Bytes of all refusals that are remembered; the latest is, whatever its size. */
    public static final long REFUSALS_BYTES = 1 << 20;

    /** Constraints that are compiled at once. */
    public static final int COMPILATIONS = 2;

    /** Constraints that wait for being compiled. */
    public static final int COMPILATIONS_WAITING = 16;

    /** How long one compilation may take, however slow the machine. */
    public static final long COMPILATION_NANOS = 20_000_000_000L;

    private Limits() {}
}
