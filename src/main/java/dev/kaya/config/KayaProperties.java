package dev.kaya.config;

import dev.kaya.api.web.RequestDoor;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.PrefixSharing;
import dev.kaya.engine.tensor.kernel.KernelPreference;
import dev.kaya.engine.weights.WeightFormat;
import dev.kaya.registry.RequestMemory;
import dev.kaya.scheduler.LoopSettings;
import dev.kaya.service.bound.MemoryBudget;
import jakarta.validation.Valid;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Configuration under {@code kaya.*}. A wrong value stops the start and is named with its key and
 * rule.
 *
 * @param checkpoint Weight file, or folder with one, to serve.
 * @param weights How matrices are kept in memory: auto as the file has them, f32, bf16, or q8
 *     quantised at load.
 * @param kvCache How keys and values are kept: f32, or bf16 in half the memory.
 * @param contextLength Most positions of a sequence; by default the checkpoint's context, which is
 *     the most it can be.
 * @param kvCacheMemory Memory for keys and values of all running sequences; by default as much as
 *     all of them could need, but at most what the rest leaves of the heap.
 * @param prefixCache Whether a prompt takes over what others with the same beginning have computed:
 *     shared, by whole pages of 64 tokens, or off.
 * @param threads Threads that compute; by default one for each processor.
 * @param kernels What computes, for debugging: vector or scalar, with the same bits; auto takes
 *     vectors where this JVM makes them fast.
 * @param maxSequences Most sequences decoded at a time.
 * @param queueCapacity Most requests that wait; more are refused with 429.
 * @param queueTokens Most prompt tokens of the requests that wait; more are refused with 429.
 * @param prefillChunk Most prompt tokens computed in a step.
 * @param requestTimeout After this every request ends with what it has.
 * @param slowClientTimeout How long a stream may stay unread before its sequence is ended.
 * @param keepAlive How long a stream may be silent before a comment keeps it open.
 * @param drainTimeout How long running requests may go on when the server stops.
 * @param limits Bounds of a request.
 * @param defaults Values for fields that a request leaves out.
 */
@Validated
@ConfigurationProperties("kaya")
public record KayaProperties(
        @DefaultValue("checkpoints/stories") @NotBlank String checkpoint,
        @DefaultValue("auto") WeightFormat weights,
        @Min(1) @Nullable Integer contextLength,
        @DefaultValue("f32") KvCacheType kvCache,
        @DataSizeMin(bytes = 1) @Nullable DataSize kvCacheMemory,
        @DefaultValue("shared") PrefixSharing prefixCache,
        @Min(1) @Max(1024) @Nullable Integer threads,
        @DefaultValue("auto") @AvailableKernels KernelPreference kernels,
        @DefaultValue("" + LoopSettings.USUAL_SEQUENCES) @Min(1) @Max(4096) int maxSequences,
        @DefaultValue("256") @Min(1) @Max(1_000_000) int queueCapacity,
        @DefaultValue("1000000") @Min(1) @Max(1_000_000_000) int queueTokens,
        @DefaultValue("" + LoopSettings.USUAL_STEP_TOKENS) @Min(1) @Max(65_536) int prefillChunk,
        @DefaultValue("10m") @DurationMin(millis = 1) @DurationMax(days = 1)
                Duration requestTimeout,
        @DefaultValue("30s") @DurationMin(millis = 1) @DurationMax(days = 1)
                Duration slowClientTimeout,
        @DefaultValue("10s") @DurationMin(millis = 1) @DurationMax(days = 1) Duration keepAlive,
        @DefaultValue("25s") @DurationMin(millis = 0) @DurationMax(days = 1) Duration drainTimeout,
        @DefaultValue @Valid Limits limits,
        @DefaultValue @Valid Defaults defaults) {

    /**
     * Bounds of a request.
     *
     * @param maxNewTokens Most new tokens a request may ask for.
     * @param n Most texts a request may ask for.
     * @param responseFormat Whether response_format is served: on, or off to refuse it with 400.
     * @param bodySize Largest request body; a larger one is refused with 413.
     * @param bodyTimeout How long a body may be on its way; a slower one is refused with 408.
     * @param bodyMemory Memory for bodies that are on their way or at work, three bytes for each of
     *     theirs; who gets no share is refused with 429. By default a thirty-second of the heap, at
     *     least 24 MB and sixteen times body-size.
     * @param answerMemory Memory for answers that are being made, by the most that each may take;
     *     who gets no share is refused with 429. By default a sixteenth of the heap, at least 48
     *     MB.
     * @param requestsAtWork How many requests are parsed and tokenized at a time; by default one
     *     for each processor, and at least two.
     * @param workPatience How long a request waits for that before it is refused with 429.
     */
    public record Limits(
            @DefaultValue("4096") @Min(1) @Max(1_000_000) int maxNewTokens,
            @DefaultValue("64") @Min(1) @Max(4096) int n,
            @DefaultValue("on") boolean responseFormat,
            @DefaultValue("1MB") @DataSizeMin(bytes = 1024) DataSize bodySize,
            @DefaultValue("30s") @DurationMin(millis = 1) @DurationMax(hours = 1)
                    Duration bodyTimeout,
            @DataSizeMin(bytes = 65_536) @Nullable DataSize bodyMemory,
            @DataSizeMin(bytes = 1_048_576) @Nullable DataSize answerMemory,
            @Min(1) @Max(1024) @Nullable Integer requestsAtWork,
            @DefaultValue("2s") @DurationMin(millis = 0) @DurationMax(minutes = 1)
                    Duration workPatience) {

        private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 16;
        private static final int LARGEST_BODIES = 16;

        /** Memory for bodies, chosen or by default. */
        long bodyBytes() {
            return bodyMemory != null
                    ? bodyMemory.toBytes()
                    : Math.max(RequestMemory.bodiesIn(heap()), LARGEST_BODIES * bodySize.toBytes());
        }

        /** Largest body: what is allowed, or the largest that could ever get its memory. */
        int largestBody() {
            long fitting = new MemoryBudget(bodyBytes()).mostForOne() / RequestDoor.BODY_MEMORY;
            return (int) Math.min(Math.min(fitting, bodySize.toBytes()), LARGEST_ARRAY);
        }

        /** Memory for answers, chosen or by default. */
        long answerBytes() {
            return answerMemory != null ? answerMemory.toBytes() : RequestMemory.answersIn(heap());
        }

        /** Memory for response formats, in proportion to the heap. */
        long formatBytes() {
            return RequestMemory.formatsIn(heap());
        }

        private static long heap() {
            return Runtime.getRuntime().maxMemory();
        }

        /** Requests at work, chosen or by default. */
        int atWork() {
            return requestsAtWork != null
                    ? requestsAtWork
                    : Math.max(2, Runtime.getRuntime().availableProcessors());
        }
    }

    /**
     * Values for fields that a request leaves out; absent ones come from the checkpoint's {@code
     * generation_config.json}, else they are 100, 0.8, 50 and 0.95.
     *
     * @param maxNewTokens For max_new_tokens.
     * @param temperature For temperature.
     * @param topK For top_k.
     * @param topP For top_p.
     */
    public record Defaults(
            @Min(1) @Nullable Integer maxNewTokens,
            @DecimalMin("0") @DecimalMax("100") @Nullable Double temperature,
            @Min(-1) @Nullable Integer topK,
            @DecimalMin(value = "0", inclusive = false) @DecimalMax("1") @Nullable Double topP) {}
}
