package dev.kaya.service.fault;

import dev.kaya.engine.tokenizer.WellFormedText;
import dev.kaya.scheduler.QueueFullException;
import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A request that cannot be answered, and whose fault that is. Each kind has one status on the wire;
 * the code is stable and meant for programs, the message for people.
 */
public abstract sealed class GenerationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String code;

    private GenerationException(String code, String message) {
        super(message);
        this.code = code;
    }

    /** A stable name of what is wrong, such as {@code out_of_range}. */
    public String code() {
        return code;
    }

    /** The client's mistake. */
    public static final class Invalid extends GenerationException {
        private static final long serialVersionUID = 1L;
        private final transient Wording wording;
        private final transient Location location;
        private final transient @Nullable Object limit;
        private final transient @Nullable Object given;

        private Invalid(
                String code,
                Wording wording,
                Location location,
                @Nullable Object limit,
                @Nullable Object given) {
            super(code, wording.toString());
            this.wording = wording;
            this.location = location;
            this.limit = limit;
            this.given = given;
        }

        /**
         * A value breaks a rule: {@code "field must RULE; given GIVEN"}.
         *
         * @param rule a text, or a {@link Wording} where it names other fields
         */
        public static Invalid outOfRange(
                Location location, Object rule, Object limit, Object given) {
            return new Invalid(
                    "out_of_range",
                    Wording.of(location, " must ", rule, "; given ", given),
                    location,
                    limit,
                    given);
        }

        /** Anything else that is wrong with a field. */
        public static Invalid field(String code, Location location, Wording wording) {
            return new Invalid(code, wording, location, null, null);
        }

        /** The same with the bound that was exceeded. */
        public static Invalid limit(
                String code, Location location, Wording wording, Object limit, Object given) {
            return new Invalid(code, wording, location, limit, given);
        }

        /** A text of the request's for a message, cut to a length that reads well. */
        public static String quoted(String given) {
            String shown = WellFormedText.beginning(given, 40);
            return "'" + shown + (shown.length() < given.length() ? "…'" : "'");
        }

        /** The place that is wrong. */
        public Location location() {
            return location;
        }

        /** What is wrong, as an API writes it; the message has the names of the native one. */
        public String wording(FieldNames names) {
            return wording.in(names);
        }

        /** The bound, if one was broken. */
        public @Nullable Object limit() {
            return limit;
        }

        /** What was given, if that is short enough to repeat. */
        public @Nullable Object given() {
            return given;
        }
    }

    /** Another model was asked for than the one served. */
    public static final class UnknownModel extends GenerationException {
        private static final long serialVersionUID = 1L;

        /** The model asked for, and the one there is. */
        public UnknownModel(String asked, String served) {
            super("unknown_model", "there is no model '" + asked + "'; served is '" + served + "'");
        }
    }

    /** Too many wait already, or the wait is too long for this one. */
    public static final class Overloaded extends GenerationException {
        private static final long serialVersionUID = 1L;
        private final long limit;
        private final Duration retryAfter;

        public Overloaded(QueueFullException refusal) {
            super(
                    refusal.isTooSlow() ? "queue_too_slow" : "queue_full",
                    refusal.getMessage() + "; try again later");
            limit = refusal.capacity();
            retryAfter = refusal.retryAfter();
        }

        private Overloaded(String code, String message, long limit, Duration retryAfter) {
            super(code, message + "; try again later");
            this.limit = limit;
            this.retryAfter = retryAfter;
        }

        /**
         * Too many response formats are being made ready.
         *
         * @param waiting how many may wait
         */
        public static Overloaded compiling(int waiting) {
            return new Overloaded(
                    "response_formats_full",
                    "%d response formats wait to be made ready already".formatted(waiting),
                    waiting,
                    Duration.ofSeconds(2));
        }

        /** The server is at its bound of work or memory; both change within a second. */
        public static Overloaded tooBusy(String message, long limit) {
            return new Overloaded("too_busy", message, limit, Duration.ofSeconds(1));
        }

        /** What may wait, or the expected wait in seconds. */
        public long limit() {
            return limit;
        }

        /** When to try again. */
        public Duration retryAfter() {
            return retryAfter;
        }
    }

    /** The model is not there yet, or no longer. */
    public static final class Unavailable extends GenerationException {
        private static final long serialVersionUID = 1L;
        private final int retryAfterSeconds;

        private Unavailable(String code, String message, int retryAfterSeconds) {
            super(code, message);
            this.retryAfterSeconds = retryAfterSeconds;
        }

        /** While the model is being loaded. */
        public static Unavailable loading() {
            return new Unavailable("loading", "the model is being loaded; try again soon", 1);
        }

        /** While the server shuts down. */
        public static Unavailable stopping() {
            return new Unavailable("shutting_down", "the server is shutting down", 0);
        }

        /** When nobody is there to read an answer. */
        public static Unavailable clientLeft() {
            return new Unavailable("client_left", "the client has left", 0);
        }

        /** When to try again, if that makes sense. */
        public OptionalInt retryAfterSeconds() {
            return retryAfterSeconds > 0 ? OptionalInt.of(retryAfterSeconds) : OptionalInt.empty();
        }
    }

    /** The server's fault. */
    public static final class Failed extends GenerationException {
        private static final long serialVersionUID = 1L;

        /** What went wrong, without details that are nobody's business. */
        public Failed(String message) {
            super("generation_failed", message);
        }
    }
}
