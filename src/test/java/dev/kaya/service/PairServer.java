package dev.kaya.service;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.backend.ModelCard;
import dev.kaya.backend.local.LocalBackend;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.scheduler.EngineLoop;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.GenerationEvent.SampleFinished;
import dev.kaya.scheduler.GenerationEvent.Token;
import dev.kaya.scheduler.LoopObserver;
import dev.kaya.scheduler.LoopSettings;
import dev.kaya.service.answer.Generation;
import dev.kaya.service.answer.GenerationResult;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.request.Caller;
import dev.kaya.service.request.GenerationSpec;
import dev.kaya.service.request.RequestValidator;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A loop with the validator of its requests, and answers in a form that can be compared. */
final class PairServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ServiceLimits LIMITS = GenerationServiceTest.SETTINGS.limits();

    private final ModelCard card;
    private final RequestValidator validator;
    private final EngineLoop loop;
    private final Counts counts = new Counts();

    /** What makes sure that a test has tested something. */
    static final class Counts implements LoopObserver {
        final AtomicLong guesses = new AtomicLong();
        final AtomicLong rightGuesses = new AtomicLong();
        final AtomicLong cachedTokens = new AtomicLong();
        final AtomicLong finished = new AtomicLong();
        final AtomicLong widestStep = new AtomicLong();

        @Override
        public void onStep(int sequences, int tokens, long nanos) {
            widestStep.accumulateAndGet(sequences, Math::max);
        }

        @Override
        public void onSpeculated(int tried, int right) {
            guesses.addAndGet(tried);
            rightGuesses.addAndGet(right);
        }

        @Override
        public void onFinished(EngineRequest task, int generated, Finished end) {
            finished.incrementAndGet();
            cachedTokens.addAndGet(end.cachedTokens());
        }
    }

    /**
     * @param threads that compute
     * @param places sequences at a time
     * @param chunk prompt tokens of a step
     */
    PairServer(LoadedModel model, int threads, int places, int chunk) {
        card = LocalBackend.card(model, KvCacheType.F32, List.of());
        validator = new RequestValidator(card, LIMITS, SamplingDefaults.BUILT_IN);
        var memory = new LoopSettings.Memory(64L << 20, KvCacheType.F32, Duration.ofMinutes(5));
        var settings =
                new LoopSettings(
                        threads, places, new LoopSettings.Queue(256, 1 << 20), chunk, memory);
        loop = new EngineLoop(model, settings, new WorkerPool(threads), counts);
    }

    /** One text of an answer. */
    record Text(
            String text,
            List<Integer> tokenIds,
            FinishReason reason,
            @Nullable List<Scores> logprobs) {}

    /** {@link TokenLogprobs} that are equal when all their bits are. */
    record Scores(int tokenId, double logprob, List<Integer> topIds, List<Double> topLogprobs) {
        static Scores of(TokenLogprobs given) {
            List<Integer> ids = new ArrayList<>();
            List<Double> values = new ArrayList<>();
            for (int i = 0; i < given.topIds().length; i++) {
                ids.add(given.topIds()[i]);
                values.add(given.topLogprobs()[i]);
            }
            return new Scores(given.tokenId(), given.logprob(), ids, values);
        }

        static List<Scores> ofAll(List<TokenLogprobs> given) {
            return given.stream().map(Scores::of).toList();
        }
    }

    /**
     * A whole answer.
     *
     * @param texts in order
     * @param prompt scores of its tokens, the first being null; null unless wanted
     * @param generated tokens of all texts, those included that were not answered
     */
    record Whole(List<Text> texts, @Nullable List<@Nullable Scores> prompt, int generated) {}

    /** The code and field of a refusal; null when the request is taken. */
    @Nullable String refusal(Map<String, ?> fields) {
        try {
            validated(fields);
            return null;
        } catch (GenerationException.Invalid e) {
            return e.code() + " " + e.location();
        }
    }

    /** Asks, and reads the answer as a stream if the request wants one. */
    Whole ask(Map<String, ?> fields) throws Exception {
        try (Generation generation = begin(fields)) {
            return isStreamed(fields) ? streamed(generation) : whole(await(generation));
        }
    }

    /** Asks without waiting. */
    Generation begin(Map<String, ?> fields) throws Exception {
        RequestValidator.Validated valid = validated(fields);
        return new Generation("any", card, valid, loop.submit(valid.request()), () -> {});
    }

    Counts counts() {
        return counts;
    }

    /** Whether every page has come back. */
    boolean isAtRest() {
        return loop.runningCount() == 0 && loop.kvPool().reserved() == 0;
    }

    private static boolean isStreamed(Map<String, ?> fields) {
        return Boolean.TRUE.equals(fields.get("stream"));
    }

    private RequestValidator.Validated validated(Map<String, ?> fields) {
        GenerationSpec request = TestRequest.of(fields);
        return isStreamed(fields)
                ? validator.validateStreamed(request, Caller.patient(System.nanoTime()))
                : validator.validate(request, Caller.patient(System.nanoTime()));
    }

    private static GenerationResult await(Generation generation) throws InterruptedException {
        return requireNonNull(generation.await(PATIENCE, () -> false));
    }

    private static Whole whole(GenerationResult result) {
        List<Text> texts = new ArrayList<>();
        for (GenerationResult.Output output : result.outputs()) {
            List<TokenLogprobs> scores = output.logprobs();
            texts.add(
                    new Text(
                            output.text(),
                            output.tokenIds(),
                            output.finishReason(),
                            scores == null ? null : Scores.ofAll(scores)));
        }
        List<GenerationResult.PromptToken> prompt = result.promptTokens();
        return new Whole(texts, prompt == null ? null : prompt(prompt), result.generated());
    }

    private static List<@Nullable Scores> prompt(List<GenerationResult.PromptToken> tokens) {
        List<@Nullable Scores> scores = new ArrayList<>();
        for (GenerationResult.PromptToken token : tokens) {
            TokenLogprobs given = token.logprobs();
            scores.add(given == null ? null : Scores.of(given));
        }
        return scores;
    }

    /** Puts the events together, and holds them against what the end says. */
    private static Whole streamed(Generation generation) throws InterruptedException {
        List<StringBuilder> texts = new ArrayList<>();
        List<List<Integer>> ids = new ArrayList<>();
        while (true) {
            GenerationEvent event = generation.next(PATIENCE);
            switch (event) {
                case null -> throw new AssertionError("nothing came within " + PATIENCE);
                case Token token -> {
                    while (texts.size() <= token.sample()) {
                        texts.add(new StringBuilder());
                        ids.add(new ArrayList<>());
                    }
                    texts.get(token.sample()).append(token.text());
                    if (token.tokenId() != Token.NO_TOKEN) {
                        ids.get(token.sample()).add(token.tokenId());
                    }
                }
                case SampleFinished _ -> {}
                case Finished end -> {
                    Whole whole = whole(generation.result(end));
                    for (int i = 0; i < texts.size(); i++) {
                        assertThat(whole.texts().get(i).text()).isEqualTo(texts.get(i).toString());
                        assertThat(whole.texts().get(i).tokenIds()).isEqualTo(ids.get(i));
                    }
                    return whole;
                }
                default -> {}
            }
        }
    }

    @Override
    public void close() {
        loop.close();
    }
}
