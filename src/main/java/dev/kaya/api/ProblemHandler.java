package dev.kaya.api;

import dev.kaya.api.problem.FallbackErrorController;
import dev.kaya.api.problem.Problem;
import dev.kaya.api.problem.ProblemWriter;
import dev.kaya.api.web.ClientConnection;
import dev.kaya.api.web.RejectionMetrics;
import dev.kaya.api.web.UnreadableBody;
import dev.kaya.service.fault.GenerationException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/**
 * Turns whatever goes wrong in a request into problem details. No stack trace leaves the server.
 */
@RestControllerAdvice
class ProblemHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ProblemHandler.class);

    private final ProblemWriter problems;
    private final RejectionMetrics refusals;

    ProblemHandler(ProblemWriter problems, RejectionMetrics refusals) {
        this.problems = problems;
        this.refusals = refusals;
    }

    @ExceptionHandler
    void refused(GenerationException exception, HttpServletResponse response) throws IOException {
        problems.write(response, exception);
    }

    @ExceptionHandler
    void unreadable(
            HttpMessageNotReadableException exception,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Problem problem = UnreadableBody.problem(exception);
        refusals.count(request, problem);
        if (problem.status() == HttpStatus.REQUEST_TIMEOUT.value()) {
            // Where Tomcat's own patience ended, it takes no answer but asks for an error page.
            request.setAttribute(FallbackErrorController.PROBLEM, problem);
            if (request.getAttribute(ClientConnection.ATTRIBUTE)
                    instanceof ClientConnection client) {
                client.giveUpBody();
            }
        }
        problems.write(response, problem);
    }

    @ExceptionHandler
    void unsupported(
            HttpMediaTypeNotSupportedException exception,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        String given = request.getContentType(); // the exception has none when it is malformed
        problems.write(
                response,
                Problem.of(
                        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                        "unsupported_media_type",
                        "the body must be application/json; given "
                                + (given == null ? "no content type" : given)));
    }

    @ExceptionHandler
    void notAcceptable(HttpMediaTypeNotAcceptableException exception, HttpServletResponse response)
            throws IOException {
        problems.write(
                response,
                Problem.of(
                        HttpStatus.NOT_ACCEPTABLE,
                        "not_acceptable",
                        "answers come as "
                                + MediaType.toString(exception.getSupportedMediaTypes())));
    }

    @ExceptionHandler
    void wrongMethod(HttpRequestMethodNotSupportedException exception, HttpServletResponse response)
            throws IOException {
        String[] supported = exception.getSupportedMethods();
        String allowed = supported == null ? "" : String.join(", ", supported);
        response.setHeader("Allow", allowed);
        problems.write(
                response,
                Problem.of(
                        HttpStatus.METHOD_NOT_ALLOWED,
                        "method_not_allowed",
                        exception.getMethod() + " is not allowed here; allowed is " + allowed));
    }

    @ExceptionHandler({NoResourceFoundException.class, NoHandlerFoundException.class})
    void notFound(HttpServletRequest request, HttpServletResponse response) throws IOException {
        problems.write(
                response,
                Problem.of(
                        HttpStatus.NOT_FOUND,
                        "not_found",
                        "there is nothing at " + request.getRequestURI()));
    }

    @ExceptionHandler
    void interrupted(InterruptedException exception, HttpServletResponse response)
            throws IOException {
        Thread.currentThread().interrupt();
        problems.write(response, GenerationException.Unavailable.stopping());
    }

    @ExceptionHandler
    void failed(Exception exception, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (response.isCommitted()) {
            LOG.debug("{}: the client left", request.getRequestURI(), exception);
            return;
        }
        LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), exception);
        problems.write(
                response,
                Problem.of(
                        HttpStatus.INTERNAL_SERVER_ERROR,
                        "internal_error",
                        "the server failed; its log says why"));
    }
}
