package dev.kaya.config;

import dev.kaya.backend.Backend;
import dev.kaya.registry.ModelObserver;
import dev.kaya.registry.ServedModel;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Turns what the service and its loop do into metrics. The names that begin with {@code gen_ai} are
 * OpenTelemetry's; tags are the model and one more of few values, never a prompt.
 */
final class MetricsObserver implements ModelObserver {

    private static final double[] TOKEN_SECONDS = {
        .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75,
        1, 2.5
    };
    private static final double[] REQUEST_SECONDS = {
        .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600
    };
    private static final double[] SEQUENCES = {1, 2, 4, 8, 16, 32, 64, 128, 256};

    private final MeterRegistry registry;
    private final Tags tags;
    private final Timer firstToken;
    private final Timer perOutputToken;
    private final Timer requestDuration;
    private final Timer tokenLatency;
    private final Timer queue;
    private final Timer prefill;
    private final Timer step;
    private final Counter promptTokens;
    private final Counter generatedTokens;
    private final Counter cachedTokens;
    private final Counter prefixHits;
    private final Counter prefixMisses;
    private final Counter rightGuesses;
    private final Counter wrongGuesses;
    private final DistributionSummary batch;
    private final Map<Pause, Counter> pauses = new EnumMap<>(Pause.class);
    private final Map<FinishReason, Counter> requests = new EnumMap<>(FinishReason.class);
    private volatile @Nullable ServedModel served;

    MetricsObserver(MeterRegistry registry, String model) {
        this.registry = registry;
        tags = Tags.of("model", model);
        firstToken =
                timer(
                        "gen_ai.server.time_to_first_token",
                        "From a request's arrival to its first token",
                        REQUEST_SECONDS);
        perOutputToken =
                timer(
                        "gen_ai.server.time_per_output_token",
                        "Mean time from a token of one of a request's texts to its next",
                        TOKEN_SECONDS);
        requestDuration =
                timer(
                        "gen_ai.server.request.duration",
                        "From a request's arrival to its end",
                        REQUEST_SECONDS);
        tokenLatency =
                timer(
                        "kaya.token.latency",
                        "From one token of a text to its next; beams are one text",
                        TOKEN_SECONDS);
        queue = timer("kaya.queue.duration", "From arrival to admission", REQUEST_SECONDS);
        prefill = timer("kaya.prefill.duration", "From admission to first token", REQUEST_SECONDS);
        step = timer("kaya.step.duration", "One forward pass and its sampling", TOKEN_SECONDS);
        promptTokens = tokens("prompt");
        generatedTokens = tokens("generated");
        cachedTokens = tokens("cached");
        prefixHits = prefixCache("hit");
        prefixMisses = prefixCache("miss");
        rightGuesses = speculatedTokens("accepted");
        wrongGuesses = speculatedTokens("rejected");
        batch =
                DistributionSummary.builder("kaya.batch.sequences")
                        .description("Sequences that took part in a step")
                        .tags(tags)
                        .serviceLevelObjectives(SEQUENCES)
                        .register(registry);
        for (Pause why : Pause.values()) {
            pauses.put(why, pauses(why));
        }
        for (FinishReason reason : FinishReason.values()) {
            requests.put(reason, requests(reason));
        }
        // There from the start, so that the first refusal already shows as a rate.
        rejected("queue_full");
        rejected("queue_too_slow");
        rejected("too_busy");
        rejected("loading");
        rejected("shutting_down");
        gauges();
    }

    private Timer timer(String name, String description, double[] seconds) {
        Duration[] buckets = new Duration[seconds.length];
        for (int i = 0; i < seconds.length; i++) {
            buckets[i] = Duration.ofNanos(Math.round(seconds[i] * 1e9));
        }
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    private Counter prefixCache(String result) {
        return Counter.builder("kaya.prefix.cache.requests")
                .description("Admitted requests whose prompt began like an earlier text, or not")
                .tags(tags.and("result", result))
                .register(registry);
    }

    private Counter speculatedTokens(String result) {
        return Counter.builder("kaya.speculated.tokens")
                .description("Tokens guessed ahead that were the ones to come, or not")
                .tags(tags.and("result", result))
                .register(registry);
    }

    private Counter tokens(String type) {
        return Counter.builder("kaya.tokens")
                .description("Tokens of prompts, of them those from the prefix cache, generated")
                .tags(tags.and("type", type))
                .register(registry);
    }

    private Counter pauses(Pause why) {
        return Counter.builder("kaya.pauses")
                .description("Times that a text had to wait between two tokens, by reason")
                .tags(tags.and("reason", why.name().toLowerCase(Locale.ROOT)))
                .register(registry);
    }

    private Counter requests(FinishReason reason) {
        return Counter.builder("kaya.requests")
                .description("Requests that ended")
                .tags(tags.and("finish_reason", reason.wireName()))
                .register(registry);
    }

    private void gauges() {
        gauge(
                "kaya.requests.running",
                "Texts that have begun and not ended",
                Backend.Capacity::running);
        gauge(
                "kaya.requests.paused",
                "Of them those that wait for their reader or for others",
                Backend.Capacity::paused);
        gauge("kaya.requests.waiting", "Requests in the queue", Backend.Capacity::waiting);
        gauge(
                "kaya.kv.cache.usage",
                "Share of the KV cache reserved by running sequences",
                Backend.Capacity::cacheUsage);
        Gauge.builder("kaya.kv.cache", this, self -> self.read(Backend.Capacity::cacheBytes))
                .description("Memory taken by keys and values so far")
                .baseUnit("bytes")
                .tags(tags)
                .register(registry);
    }

    private interface Reading {
        double of(Backend.Capacity now);
    }

    private void gauge(String name, String description, Reading reading) {
        Gauge.builder(name, this, self -> self.read(reading))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private double read(Reading reading) {
        ServedModel now = served;
        return now == null ? 0 : reading.of(now.backend().capacity());
    }

    @Override
    public void onServing(ServedModel model) {
        served = model;
    }

    @Override
    public void onStep(int sequences, int tokens, long nanos) {
        step.record(nanos, TimeUnit.NANOSECONDS);
        batch.record(sequences);
    }

    @Override
    public void onToken(long nanos) {
        tokenLatency.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void onPaused(Pause why) {
        Counter counter = pauses.get(why);
        if (counter != null) {
            counter.increment();
        }
    }

    @Override
    public void onSpeculated(int guesses, int right) {
        rightGuesses.increment(right);
        wrongGuesses.increment((double) guesses - right);
    }

    @Override
    public void onAdmitted(long queueNanos, int cached) {
        queue.record(queueNanos, TimeUnit.NANOSECONDS);
        cachedTokens.increment(cached);
        (cached > 0 ? prefixHits : prefixMisses).increment();
    }

    @Override
    public void onFinished(
            EngineRequest request, int generated, GenerationEvent.Finished finished) {
        GenerationEvent.Timing timing = finished.timing();
        requestDuration.record(timing.totalNanos(), TimeUnit.NANOSECONDS);
        generatedTokens.increment(generated);
        if (timing.firstTokenNanos() >= 0) {
            firstToken.record(timing.firstTokenNanos(), TimeUnit.NANOSECONDS);
            prefill.record(timing.prefillNanos(), TimeUnit.NANOSECONDS);
        }
        if (timing.firstTokenNanos() >= 0 || endedItself(finished.reason())) {
            promptTokens.increment(request.prompt().tokenIds().length);
        }
        GenerationEvent.Pace pace = timing.pace();
        if (pace.tokens() > 0) {
            perOutputToken.record(pace.nanos() / pace.tokens(), TimeUnit.NANOSECONDS);
        }
        Counter counter = requests.get(finished.reason());
        if (counter != null) {
            counter.increment();
        }
    }

    /** Its prompt was computed then, even if not one token came. */
    private static boolean endedItself(FinishReason reason) {
        return switch (reason) {
            case EOS, STOP, LENGTH -> true;
            case DEADLINE, CANCELLED, ERROR -> false;
        };
    }

    /** A request for the model was refused. */
    void onRejected(String reason) {
        rejected(reason).increment();
    }

    private Counter rejected(String reason) {
        return Counter.builder("kaya.requests.rejected")
                .description("Requests that were refused")
                .tags(tags.and("reason", reason))
                .register(registry);
    }
}
