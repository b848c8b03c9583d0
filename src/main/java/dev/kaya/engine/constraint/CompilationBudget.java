package dev.kaya.engine.constraint;

import dev.kaya.engine.constraint.ConstraintException.Kind;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What one compilation may cost: steps, bytes that it holds at once, depth, and time. Every loop of
 * reading, building, determinising, minimising and laying tokens over an automaton counts here, so
 * that none of them can go on for long, whatever multiplies in a pattern or a schema. One thread's.
 *
 * <p>A step is one turn of an inner loop, a few nanoseconds. Steps and bytes are counted and not
 * measured, so the same pattern is refused on every machine; only the clock and who still waits are
 * looked at now and then, every {@value #STEPS_BETWEEN_LOOKS} steps.
 */
public final class CompilationBudget {

    /** So often the clock is looked at: at least every millisecond. */
    static final int STEPS_BETWEEN_LOOKS = 1 << 16;

    private final String place;
    private final Interruption interruption;
    private final long mostBytes;
    private long stepsBehindLook;
    private int stepsToLook;
    private long bytes;
    private int depth;

    /**
     * What ends a compilation from outside.
     *
     * @param clock in nanoseconds
     * @param deadlineNanos by that clock
     * @param abandoned whether nobody waits for it any more
     */
    public record Interruption(LongSupplier clock, long deadlineNanos, BooleanSupplier abandoned) {

        /** None: only steps, bytes and depth are bounded. */
        static final Interruption NONE = new Interruption(() -> 0, Long.MAX_VALUE, () -> false);

        public void check(String place) throws ConstraintException {
            if (abandoned.getAsBoolean()) {
                throw new ConstraintException(
                        Kind.ABANDONED, place, "nobody waits for this any more");
            }
            if (deadlineNanos != Long.MAX_VALUE && clock.getAsLong() - deadlineNanos >= 0) {
                throw new ConstraintException(
                        Kind.LATE, place, "it could not be made ready in the time there is");
            }
        }
    }

    private CompilationBudget(
            String place, Interruption interruption, long mostSteps, long mostBytes) {
        this.place = place;
        this.interruption = interruption;
        this.mostBytes = mostBytes;
        stepsBehindLook = mostSteps;
        look();
    }

    /**
     * The budget of a whole compilation.
     *
     * @param place for the message when it is spent
     * @param mostBytes that it may hold at once
     */
    public static CompilationBudget of(String place, Interruption interruption, long mostBytes) {
        return new CompilationBudget(place, interruption, Limits.COMPILATION_STEPS, mostBytes);
    }

    /** The same when only steps, bytes and depth end it. */
    public static CompilationBudget of(String place) {
        return of(place, Interruption.NONE, Limits.COMPILATION_BYTES);
    }

    /** A budget of some size that nothing else ends. */
    public static CompilationBudget of(String place, long mostSteps, long mostBytes) {
        return new CompilationBudget(place, Interruption.NONE, mostSteps, mostBytes);
    }

    /**
     * A budget for one of several attempts: an equal share of the steps that are left, and the
     * bytes that are left. The steps are gone from this one; what the attempt held is not held
     * here.
     *
     * @param attempts how many are still to come, this one included
     */
    public CompilationBudget attempt(int attempts) {
        long share = stepsLeft() / attempts;
        long rest = stepsLeft() - share;
        var attempt = new CompilationBudget(place, interruption, share, mostBytes - bytes);
        attempt.depth = depth;
        stepsBehindLook = rest;
        look();
        return attempt;
    }

    /** Gives back the steps that an attempt did not take. */
    public void takeBack(CompilationBudget attempt) {
        stepsBehindLook += attempt.stepsLeft();
    }

    /** Steps that may still be taken. */
    public long stepsLeft() {
        return stepsBehindLook + Math.max(0, stepsToLook);
    }

    /** Bytes that are held now. */
    public long bytesHeld() {
        return bytes;
    }

    /** One turn of a loop. */
    public void step() throws ConstraintException {
        if (--stepsToLook < 0) {
            lookUp(1);
        }
    }

    /** Several turns at once; they may have been taken already, if they are few. */
    public void steps(long count) throws ConstraintException {
        if (count <= stepsToLook) {
            stepsToLook -= (int) count;
        } else {
            long behind = count - stepsToLook;
            stepsToLook = -1;
            lookUp(behind);
        }
    }

    /**
     * Looks at the clock and at who waits.
     *
     * @param count steps taken beyond those that were granted
     */
    private void lookUp(long count) throws ConstraintException {
        if (count > stepsBehindLook) {
            stepsBehindLook = 0;
            stepsToLook = 0;
            throw ConstraintException.tooLarge(
                    place,
                    "it is too large: its automaton takes more steps than one constraint may; use"
                            + " fewer alternatives, smaller counts or a simpler pattern");
        }
        stepsBehindLook -= count;
        look();
        interruption.check(place);
    }

    private void look() {
        stepsToLook = (int) Math.min(STEPS_BETWEEN_LOOKS, stepsBehindLook);
        stepsBehindLook -= stepsToLook;
    }

    /**
     * Memory that is about to be taken and stays until it is released.
     *
     * @param count bytes
     */
    public void hold(long count) throws ConstraintException {
        bytes += count;
        if (bytes > mostBytes) {
            throw ConstraintException.tooLarge(
                    place,
                    "it is too large: its automaton takes more memory than one constraint may; use"
                            + " fewer alternatives, smaller counts or a simpler pattern");
        }
    }

    /** Memory that is held no longer. */
    public void release(long count) {
        bytes -= count;
    }

    /** What was held beyond some bytes, for a result that takes its place, is held no longer. */
    public void releaseTo(long held) {
        bytes = held;
    }

    /** One level deeper; {@link #leave} follows. */
    public void enter() throws ConstraintException {
        if (depth == Limits.COMPILATION_DEPTH) {
            throw ConstraintException.tooLarge(
                    place,
                    "it is too deep: what it describes has more than "
                            + Limits.COMPILATION_DEPTH
                            + " levels within each other");
        }
        depth++;
    }

    /** Back from one level. */
    public void leave() {
        depth--;
    }
}
