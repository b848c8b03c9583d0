package dev.kaya.api;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Bounds request bodies: a declared length over the limit is refused before anything is read, a
 * chunked body as soon as it grows over it. Also notes when the request arrived.
 */
public final class BodySizeFilter extends OncePerRequestFilter {

    /** Request attribute with {@code System.nanoTime()} of the arrival, a {@code Long}. */
    static final String ARRIVAL = "dev.kaya.arrival";

    private final long limit;
    private final ProblemWriter problems;

    /**
     * @param limit most bytes of a body
     * @param problems how to refuse
     */
    public BodySizeFilter(long limit, ProblemWriter problems) {
        this.limit = limit;
        this.problems = problems;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        request.setAttribute(ARRIVAL, System.nanoTime());
        if (request.getContentLengthLong() > limit) {
            problems.write(response, problem(limit, request.getContentLengthLong()));
            return;
        }
        chain.doFilter(new BoundedRequest(request, limit), response);
    }

    static Problem problem(long limit, Object given) {
        return Problem.of(
                HttpStatus.CONTENT_TOO_LARGE,
                "body_too_large",
                "the request body must be at most " + limit + " bytes; given " + given,
                null,
                limit,
                given);
    }

    /** A chunked body has outgrown the limit. */
    static final class BodyTooLargeException extends IOException {
        private static final long serialVersionUID = 1L;
        private final long limit;

        BodyTooLargeException(long limit) {
            super("the request body is larger than " + limit + " bytes");
            this.limit = limit;
        }

        long limit() {
            return limit;
        }
    }

    private static final class BoundedRequest extends HttpServletRequestWrapper {
        private final long limit;

        BoundedRequest(HttpServletRequest request, long limit) {
            super(request);
            this.limit = limit;
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            return new BoundedInput(super.getInputStream(), limit);
        }
    }

    private static final class BoundedInput extends ServletInputStream {
        private final ServletInputStream in;
        private final long limit;
        private long count;

        BoundedInput(ServletInputStream in, long limit) {
            this.in = in;
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            int next = in.read();
            counted(next < 0 ? 0 : 1);
            return next;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = in.read(target, offset, length);
            counted(Math.max(0, read));
            return read;
        }

        private void counted(int bytes) throws BodyTooLargeException {
            count += bytes;
            if (count > limit) {
                throw new BodyTooLargeException(limit);
            }
        }

        @Override
        public boolean isFinished() {
            return in.isFinished();
        }

        @Override
        public boolean isReady() {
            return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            in.setReadListener(listener);
        }
    }
}
