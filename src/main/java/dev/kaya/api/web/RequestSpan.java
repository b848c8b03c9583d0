package dev.kaya.api.web;

import dev.kaya.scheduler.GenerationEvent.Timing;
import dev.kaya.service.answer.Generation;
import io.micrometer.common.KeyValue;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.server.observation.ServerRequestObservationContext;
import org.springframework.web.filter.ServerHttpObservationFilter;

/**
 * Tells the observation of a request, and with a tracer on the path its span, what was generated.
 * Attributes are of high cardinality, so they go to spans and never to metrics.
 *
 * @see <a
 *     href="https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/">OpenTelemetry&#39;s
 *     names</a>
 */
public final class RequestSpan {

    private RequestSpan() {}

    public static void describe(HttpServletRequest request, Generation generation) {
        ServerHttpObservationFilter.findObservationContext(request)
                .ifPresent(context -> describe(context, generation));
    }

    private static void describe(ServerRequestObservationContext context, Generation generation) {
        Generation.Progress progress = generation.progress();
        add(context, "gen_ai.operation.name", "text_completion");
        add(context, "gen_ai.request.model", generation.modelName());
        add(context, "gen_ai.response.id", generation.id());
        add(context, "gen_ai.response.finish_reasons", progress.reason().wireName());
        add(context, "gen_ai.usage.input_tokens", progress.promptTokens());
        add(context, "gen_ai.usage.output_tokens", progress.generatedTokens());
        add(context, "kaya.usage.cached_tokens", progress.cachedTokens());
        Timing timing = progress.timing();
        if (timing != null) {
            add(context, "kaya.queue_ms", timing.queueNanos() / 1e6);
            if (timing.firstTokenNanos() >= 0) {
                add(context, "kaya.time_to_first_token_ms", timing.firstTokenNanos() / 1e6);
            }
        }
    }

    private static void add(ServerRequestObservationContext context, String key, Object value) {
        context.addHighCardinalityKeyValue(KeyValue.of(key, String.valueOf(value)));
    }
}
