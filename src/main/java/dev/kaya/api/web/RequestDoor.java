package dev.kaya.api.web;

import dev.kaya.api.problem.Problem;
import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.bound.WorkPermits;
import dev.kaya.service.fault.GenerationException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.http.server.ServletServerHttpRequest;

/**
 * What every request with a body passes before anything is made of it: its bytes are read whole,
 * within a time and a share of the memory for bodies, and then it waits for leave to be parsed and
 * tokenized. What needs no body, such as health and metrics, does not pass here. Thread-safe.
 */
public final class RequestDoor {

    /** Memory for each byte of a body: the byte, and the character of a string it may become. */
    public static final int BODY_MEMORY = 3;

    private final JsonBodyReader json;
    private final BodyIntake intake;
    private final WorkPermits permits;
    private final RejectionMetrics refusals;

    /**
     * @param json what parses
     * @param memory for all bodies together
     * @param permits to work
     * @param limits of each body
     * @param refusals who counts those that are turned away
     */
    public RequestDoor(
            JsonBodyReader json,
            MemoryBudget memory,
            WorkPermits permits,
            Limits limits,
            RejectionMetrics refusals) {
        this.json = json;
        this.permits = permits;
        this.refusals = refusals;
        intake = new BodyIntake(limits, memory, System::nanoTime);
    }

    /**
     * Bounds of one body.
     *
     * @param bodyBytes most bytes
     * @param bodyTimeout how long it may be on its way
     */
    public record Limits(int bodyBytes, Duration bodyTimeout) {}

    /** A request with its body, at work until it says otherwise. One thread's. */
    public final class Entered implements AutoCloseable {
        private final HttpServletRequest request;
        private final MemoryBudget.Reservation memory;
        private final WorkPermits.Permit permit;
        private byte @Nullable [] body;

        private Entered(
                HttpServletRequest request,
                MemoryBudget.Reservation memory,
                WorkPermits.Permit permit,
                byte[] body) {
            this.request = request;
            this.memory = memory;
            this.permit = permit;
            this.body = body;
        }

        /** The value of the body, which is not kept. */
        public <T> T read(Class<T> type) {
            byte[] bytes = body;
            body = null;
            if (bytes == null) {
                throw new IllegalStateException("the body has been read");
            }
            return counted(
                    request,
                    () -> json.read(type, bytes, memory, new ServletServerHttpRequest(request)));
        }

        /** What remains to be done for it is waiting. */
        public void endWork() {
            permit.close();
        }

        /** Nothing that came with the body is needed any more. */
        @Override
        public void close() {
            permit.close();
            memory.close();
        }
    }

    /**
     * Lets a request in.
     *
     * @throws GenerationException when too many are inside
     * @throws HttpMessageNotReadableException when its body is too large, too slow or broken
     */
    public Entered enter(HttpServletRequest request) throws InterruptedException {
        long declared = request.getContentLengthLong();
        MemoryBudget.Reservation memory = counted(request, () -> intake.reserve(declared));
        try {
            byte[] body = counted(request, () -> body(request, declared, memory));
            return new Entered(request, memory, counted(request, permits::take), body);
        } catch (RuntimeException | InterruptedException e) {
            memory.close();
            throw e;
        }
    }

    private byte[] body(
            HttpServletRequest request, long declared, MemoryBudget.Reservation memory) {
        boolean invited = request.getHeader("Expect") != null;
        try {
            return intake.read(request.getInputStream(), declared, invited, memory);
        } catch (IOException e) {
            throw new HttpMessageNotReadableException(
                    "no whole body", e, new ServletServerHttpRequest(request));
        }
    }

    private interface Step<T, E extends Exception> {
        T run() throws E;
    }

    /** A step whose refusal is counted. */
    private <T, E extends Exception> T counted(HttpServletRequest request, Step<T, E> step)
            throws E {
        try {
            return step.run();
        } catch (GenerationException e) {
            refusals.count(request, Problem.of(e));
            throw e;
        }
    }
}
