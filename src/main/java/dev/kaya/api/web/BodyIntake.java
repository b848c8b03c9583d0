package dev.kaya.api.web;

import dev.kaya.api.problem.Problem;
import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.fault.GenerationException.Overloaded;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;

/**
 * Reads the whole body of a request before anybody looks at it, so that a client that sends slowly
 * holds its bytes and nothing else, and those only until its time is up. Thread-safe.
 */
final class BodyIntake {

    private static final Logger LOG = LoggerFactory.getLogger(BodyIntake.class);
    private static final int FIRST_BYTES = 8192;
    private static final long MOST_DRAINED = 64L << 20; // as server.tomcat.max-swallow-size

    private final RequestDoor.Limits limits;
    private final MemoryBudget memory;
    private final LongSupplier clock;

    /**
     * @param limits of each body
     * @param memory for all bodies together
     * @param clock in nanoseconds
     */
    BodyIntake(RequestDoor.Limits limits, MemoryBudget memory, LongSupplier clock) {
        this.limits = limits;
        this.memory = memory;
        this.clock = clock;
    }

    /** A body has outgrown the limit. */
    static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;
        private final long limit;

        TooLargeException(long limit) {
            super("the request body is larger than " + limit + " bytes");
            this.limit = limit;
        }

        Problem problem() {
            return tooLarge(limit, "more");
        }
    }

    /** A body was not complete in time. */
    static final class TooSlowException extends IOException {
        private static final long serialVersionUID = 1L;
        private final long timeoutMillis;

        TooSlowException(Duration timeout) {
            super("the request body took longer than " + timeout);
            timeoutMillis = timeout.toMillis();
        }

        Problem problem() {
            return Problem.of(
                    HttpStatus.REQUEST_TIMEOUT,
                    "body_too_slow",
                    "the request body must be complete within " + timeoutMillis + " ms",
                    null,
                    timeoutMillis,
                    null);
        }
    }

    /** What is told of a body that is larger than it may be. */
    static Problem tooLarge(long limit, Object given) {
        return Problem.of(
                HttpStatus.CONTENT_TOO_LARGE,
                "body_too_large",
                "the request body must be at most " + limit + " bytes; given " + given,
                null,
                limit,
                given);
    }

    /**
     * Takes memory for a body before it is read.
     *
     * @param declared its length, or a negative number when it comes in chunks
     * @throws Overloaded when too many bodies are on their way
     */
    MemoryBudget.Reservation reserve(long declared) {
        long bytes = declared < 0 ? FIRST_BYTES : declared;
        MemoryBudget.Reservation reserved = memory.reserve(RequestDoor.BODY_MEMORY * bytes);
        if (reserved == null) {
            throw tooBusy();
        }
        return reserved;
    }

    static Overloaded tooBusy() {
        return Overloaded.tooBusy("the bodies of other requests take too much memory", 0);
    }

    /**
     * Reads a body to its end.
     *
     * @param declared its length, which has been found small enough, or a negative number
     * @param invited whether the client has waited to be asked for it
     * @param reserved for the declared length; grows with what comes in chunks
     */
    byte[] read(InputStream in, long declared, boolean invited, MemoryBudget.Reservation reserved)
            throws IOException {
        long start = clock.getAsLong();
        byte[] bytes = new byte[declared < 0 ? FIRST_BYTES : Math.toIntExact(declared)];
        int count = 0;
        while (declared < 0 || count < declared) {
            if (count == bytes.length) {
                bytes = grown(bytes, reserved);
            }
            int read = readSome(in, bytes, count);
            if (read < 0) {
                break;
            }
            count += read;
            if (count > limits.bodyBytes()) {
                if (invited) {
                    drain(in);
                }
                throw new TooLargeException(limits.bodyBytes());
            }
            if (clock.getAsLong() - start > limits.bodyTimeout().toNanos()) {
                throw new TooSlowException(limits.bodyTimeout());
            }
        }
        return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
    }

    private int readSome(InputStream in, byte[] bytes, int count) throws IOException {
        try {
            return in.read(bytes, count, bytes.length - count);
        } catch (IOException e) {
            boolean late = e instanceof SocketTimeoutException;
            if (late || e.getCause() instanceof SocketTimeoutException) {
                throw new TooSlowException(limits.bodyTimeout());
            }
            throw e;
        }
    }

    /** The same with room for more, at most one byte beyond the limit. */
    private byte[] grown(byte[] bytes, MemoryBudget.Reservation reserved) {
        int length = (int) Math.min(2L * bytes.length, limits.bodyBytes() + 1L);
        if (!reserved.grow((long) RequestDoor.BODY_MEMORY * (length - bytes.length))) {
            throw tooBusy();
        }
        return Arrays.copyOf(bytes, length);
    }

    /**
     * Reads what comes behind the limit. Tomcat does so itself after a refusal, but not for a
     * client that asked before it sent: there it closes the socket at once, and the client, still
     * writing, sees a broken pipe in place of the refusal.
     */
    private static void drain(InputStream in) {
        byte[] rest = new byte[FIRST_BYTES];
        try {
            for (long drained = 0; drained < MOST_DRAINED; ) {
                int read = in.read(rest);
                if (read < 0) {
                    return;
                }
                drained += read;
            }
        } catch (IOException e) {
            LOG.debug("the client left: {}", e.getMessage());
        }
    }
}
