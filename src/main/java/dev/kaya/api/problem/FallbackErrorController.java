package dev.kaya.api.problem;

import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Problem details for what fails outside of controllers. */
@Hidden
@RestController
public class FallbackErrorController implements ErrorController {

    /** Request attribute with what is known of the fault, a {@link Problem}. */
    public static final String PROBLEM = "dev.kaya.problem";

    private final ProblemWriter problems;

    FallbackErrorController(ProblemWriter problems) {
        this.problems = problems;
    }

    @RequestMapping("${spring.web.error.path:/error}")
    void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getAttribute(PROBLEM) instanceof Problem known) {
            problems.write(response, known);
            return;
        }
        Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        HttpStatus status = status(code instanceof Integer number ? number : null);
        problems.write(
                response,
                Problem.of(
                        status,
                        status.name().toLowerCase(Locale.ROOT),
                        "the request could not be answered: " + status.getReasonPhrase()));
    }

    private static HttpStatus status(@Nullable Integer code) {
        HttpStatus status = code == null ? null : HttpStatus.resolve(code);
        return status == null ? HttpStatus.NOT_FOUND : status;
    }
}
