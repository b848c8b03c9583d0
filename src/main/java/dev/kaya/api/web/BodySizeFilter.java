package dev.kaya.api.web;

import dev.kaya.api.problem.Problem;
import dev.kaya.api.problem.ProblemWriter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses request bodies whose declared length is over the limit before anything is read; those
 * that come in chunks are bounded by {@link BodyIntake}. Also notes when the request arrived.
 */
public final class BodySizeFilter extends OncePerRequestFilter {

    /** Request attribute with {@code System.nanoTime()} of the arrival, a {@code Long}. */
    public static final String ARRIVAL = "dev.kaya.arrival";

    private final long limit;
    private final ProblemWriter problems;
    private final RejectionMetrics refusals;

    /**
     * @param limit most bytes of a body
     * @param problems how to refuse
     * @param refusals who counts them
     */
    public BodySizeFilter(long limit, ProblemWriter problems, RejectionMetrics refusals) {
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
            Problem problem = BodyIntake.tooLarge(limit, request.getContentLengthLong());
            refusals.count(request, problem);
            problems.write(response, problem);
        } else {
            chain.doFilter(request, response);
        }
    }
}
