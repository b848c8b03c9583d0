package dev.kaya.api.problem;

import dev.kaya.service.fault.GenerationException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes problems as {@code application/problem+json}, whatever the client says it accepts: an
 * error that cannot be read helps nobody.
 */
public final class ProblemWriter {

    private final JsonMapper json;

    /** Writes with the mapper that answers are written with. */
    public ProblemWriter(JsonMapper json) {
        this.json = json;
    }

    /** Writes a problem, unless the response is under way already. */
    public void write(HttpServletResponse response, Problem problem) throws IOException {
        if (response.isCommitted()) {
            return;
        }
        byte[] body = json.writeValueAsBytes(problem);
        response.resetBuffer();
        response.setStatus(problem.status());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
        response.flushBuffer();
    }

    /** Writes what became of a request, with the time to try again where there is one. */
    public void write(HttpServletResponse response, GenerationException exception)
            throws IOException {
        if (exception instanceof GenerationException.Overloaded overloaded) {
            response.setHeader("Retry-After", Long.toString(overloaded.retryAfter().toSeconds()));
        } else if (exception instanceof GenerationException.Unavailable unavailable
                && unavailable.retryAfterSeconds().isPresent()) {
            response.setHeader(
                    "Retry-After", Integer.toString(unavailable.retryAfterSeconds().getAsInt()));
        }
        write(response, Problem.of(exception));
    }
}
