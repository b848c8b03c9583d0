package dev.kaya.engine.constraint;

/** A constraint that cannot be met, or is not understood; the message says where. */
public final class ConstraintException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final String place;
    private final String reason;
    private final int fewestTokens;

    /** What is wrong. */
    public enum Kind {
        /** It is malformed. */
        INVALID,
        /** It uses what is not supported. */
        UNSUPPORTED,
        /** Nothing meets it. */
        IMPOSSIBLE,
        /** The vocabulary cannot write what it needs. */
        UNWRITABLE,
        /** Its automaton would be too large. */
        TOO_LARGE,
        /** Its shortest answer has more tokens than may be generated. */
        TOO_LONG,
        /** Its automaton was not ready when the time was over. */
        LATE,
        /** Nobody waits for it any more. */
        ABANDONED,
        /** Too many others are being compiled. */
        BUSY,
        /** Nothing is compiled any more. */
        STOPPED
    }

    public ConstraintException(Kind kind, String place, String reason) {
        this(kind, place, reason, 0);
    }

    private ConstraintException(Kind kind, String place, String reason, int fewestTokens) {
        // Kept, and for many clients.
        super(MessageText.whole("at " + place + ": " + reason), null, false, false);
        this.kind = kind;
        this.place = place;
        this.reason = reason;
        this.fewestTokens = fewestTokens;
    }

    /** The same at another place. */
    public ConstraintException at(String other) {
        return new ConstraintException(kind, other, reason, fewestTokens);
    }

    public static ConstraintException tooLong(String place, int fewest, int most) {
        return new ConstraintException(
                Kind.TOO_LONG,
                place,
                "the shortest answer has %d tokens, and %d may be generated"
                        .formatted(fewest, most),
                fewest);
    }

    public static ConstraintException invalid(String place, String reason) {
        return new ConstraintException(Kind.INVALID, place, reason);
    }

    public static ConstraintException unsupported(String place, String reason) {
        return new ConstraintException(Kind.UNSUPPORTED, place, reason);
    }

    public static ConstraintException impossible(String place, String reason) {
        return new ConstraintException(Kind.IMPOSSIBLE, place, reason);
    }

    public static ConstraintException tooLarge(String place, String reason) {
        return new ConstraintException(Kind.TOO_LARGE, place, reason);
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }

    /** Tokens of the shortest answer, where that is too long; else 0. */
    public int fewestTokens() {
        return fewestTokens;
    }

    /**
     * Where: {@code character 7} of a pattern, or a JSON pointer such as {@code #/properties/a}.
     */
    public String place() {
        return place;
    }
}
