package dev.kaya.api.web;

import dev.kaya.scheduler.GenerationEvent.Timing;
import dev.kaya.service.answer.Generation;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Writes a line for each request of the API when it has ended: what was asked of whom, how it ended
 * and where the time went. Never a prompt or a text.
 */
public final class AccessLog extends OncePerRequestFilter {

    /** The logger's name, for turning it off. */
    public static final String NAME = "dev.kaya.access";

    /** Request attribute with the generation that answered it, a {@link Generation}. */
    public static final String GENERATION = "dev.kaya.generation";

    private static final int LONGEST_PATH = 200;

    private static final Logger LOG = LoggerFactory.getLogger(NAME);

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long start = System.nanoTime();
        try {
            chain.doFilter(request, response);
        } finally {
            if (LOG.isInfoEnabled()) {
                LOG.info("{}", line(request, response.getStatus(), System.nanoTime() - start));
            }
        }
    }

    private static String line(HttpServletRequest request, int status, long nanos) {
        String line =
                String.format(
                        Locale.ROOT,
                        "%s %s %d %.1f ms",
                        request.getMethod(),
                        path(request.getRequestURI()),
                        status,
                        nanos / 1e6);
        return request.getAttribute(GENERATION) instanceof Generation generation
                ? line + ", " + outline(generation)
                : line;
    }

    private static String path(String uri) {
        return uri.length() <= LONGEST_PATH ? uri : uri.substring(0, LONGEST_PATH) + "…";
    }

    private static String outline(Generation generation) {
        Generation.Progress progress = generation.progress();
        var line = new StringBuilder();
        line.append(
                String.format(
                        Locale.ROOT,
                        "id=%s model=%s prompt_tokens=%d cached_tokens=%d completion_tokens=%d"
                                + " finish_reason=%s",
                        generation.id(),
                        generation.modelName(),
                        progress.promptTokens(),
                        progress.cachedTokens(),
                        progress.generatedTokens(),
                        progress.reason().wireName()));
        Timing timing = progress.timing();
        if (timing != null) {
            append(line, "queue_ms", timing.queueNanos());
            append(line, "prefill_ms", timing.prefillNanos());
            append(line, "time_to_first_token_ms", timing.firstTokenNanos());
            append(line, "decode_ms", timing.decodeNanos());
        }
        return line.toString();
    }

    private static void append(StringBuilder line, String name, long nanos) {
        if (nanos >= 0) {
            line.append(String.format(Locale.ROOT, " %s=%.1f", name, nanos / 1e6));
        }
    }
}
