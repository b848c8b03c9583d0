package dev.kaya.api.web;

import dev.kaya.api.problem.Problem;
import dev.kaya.api.problem.ProblemWriter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses bodies that are compressed or encoded otherwise, with the codings that are taken (RFC
 * 9110, section 15.5.16): none. Read as it stands such a body would be malformed JSON, which it is
 * not.
 */
public final class ContentCodings implements HandlerInterceptor {

    private static final String IDENTITY = "identity";
    private static final List<String> WITHOUT_BODY = List.of("GET", "HEAD", "OPTIONS");
    private static final int MOST_SHOWN = 100;

    private final ProblemWriter problems;
    private final RejectionMetrics refusals;

    /**
     * @param problems how to refuse
     * @param refusals who counts them
     */
    public ContentCodings(ProblemWriter problems, RejectionMetrics refusals) {
        this.problems = problems;
        this.refusals = refusals;
    }

    @Override
    public boolean preHandle(
            HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        if (!(handler instanceof HandlerMethod) // but what finds that nothing is there
                || request.getDispatcherType() != DispatcherType.REQUEST
                || WITHOUT_BODY.contains(request.getMethod())) {
            return true;
        }
        String codings = codings(request);
        if (codings.isEmpty()) {
            return true;
        }
        Problem problem =
                Problem.of(
                        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                        "unsupported_content_coding",
                        "the body must come without a content coding; given " + codings,
                        null,
                        IDENTITY,
                        codings);
        refusals.count(request, problem);
        response.setHeader(HttpHeaders.ACCEPT_ENCODING, IDENTITY);
        problems.write(response, problem);
        return false;
    }

    /** What was applied to the body, in order; empty where nothing was. */
    private static String codings(HttpServletRequest request) {
        List<String> codings = new ArrayList<>();
        for (String header : Collections.list(request.getHeaders(HttpHeaders.CONTENT_ENCODING))) {
            for (String item : header.split(",", -1)) {
                String coding = item.strip().toLowerCase(Locale.ROOT);
                if (!coding.isEmpty() && !coding.equals(IDENTITY)) {
                    codings.add(coding);
                }
            }
        }
        String all = String.join(", ", codings);
        return all.length() <= MOST_SHOWN ? all : all.substring(0, MOST_SHOWN) + "…";
    }
}
