package dev.kaya.api;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Bounds request bodies: a declared length over the limit is refused before anything is read, a
 * chunked body as soon as it grows over it. Also notes when the request arrived.
 */
public final class BodySizeFilter extends OncePerRequestFilter {

    /** Request attribute with {@code System.nanoTime()} of the arrival, a {@code Long}. */
    static final String ARRIVAL = "dev.kaya.arrival";

    private static final Logger LOG = LoggerFactory.getLogger(BodySizeFilter.class);

    private final long limit;
    private final ProblemWriter problems;
    private final Refusals refusals;

    /**
     * @param limit most bytes of a body
     * @param problems how to refuse
     * @param refusals who counts them
     */
    public BodySizeFilter(long limit, ProblemWriter problems, Refusals refusals) {
        this.limit = limit;
        this.problems = problems;
        this.refusals = refusals;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        request.setAttribute(ARRIVAL, System.nanoTime());
        if (request.getContentLengthLong() > limit) {
            Problem problem = problem(limit, request.getContentLengthLong());
            refusals.count(request, problem);
            problems.write(response, problem);
        } else {
            chain.doFilter(new BoundedRequest(request, limit), response);
        }
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
            return new BoundedInput(super.getInputStream(), limit, getHeader("Expect") != null);
        }
    }

    private static final class BoundedInput extends ServletInputStream {
        private static final long MOST_DRAINED = 64L << 20; // as server.tomcat.max-swallow-size

        private final ServletInputStream in;
        private final long limit;
        private final boolean invited;
        private long count;

        BoundedInput(ServletInputStream in, long limit, boolean invited) {
            this.in = in;
            this.limit = limit;
            this.invited = invited;
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
                if (invited) {
                    drain();
                }
                throw new BodyTooLargeException(limit);
            }
        }

        /**
         * Reads what comes behind the limit. Tomcat does so itself after a refusal, but not for a
         * client that asked before it sent: there it closes the socket at once, and the client,
         * still writing, sees a broken pipe in place of the refusal.
         */
        private void drain() {
            byte[] rest = new byte[8192];
            try {
                while (count < MOST_DRAINED) {
                    int read = in.read(rest);
                    if (read < 0) {
                        return;
                    }
                    count += read;
                }
            } catch (IOException e) {
                LOG.debug("the client left: {}", e.getMessage());
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
