package dev.kaya.service;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.backend.local.LocalBackend;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.registry.ModelObserver;
import dev.kaya.registry.ModelRegistry;
import dev.kaya.registry.ModelRegistryTest;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.GenerationEvent.Fault;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.GenerationEvent.Pace;
import dev.kaya.scheduler.GenerationEvent.SampleFinished;
import dev.kaya.scheduler.GenerationEvent.Timing;
import dev.kaya.scheduler.GenerationEvent.Token;
import dev.kaya.service.answer.Echo;
import dev.kaya.service.answer.Generation;
import dev.kaya.service.answer.GenerationResult;
import dev.kaya.service.answer.GenerationResult.Output;
import dev.kaya.service.answer.GenerationResult.PromptToken;
import dev.kaya.service.answer.GenerationResult.Usage;
import dev.kaya.service.answer.TokenizedText;
import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.fault.GenerationException.Failed;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.fault.GenerationException.Overloaded;
import dev.kaya.service.fault.GenerationException.Unavailable;
import dev.kaya.service.fault.GenerationException.UnknownModel;
import dev.kaya.service.request.Caller;
import dev.kaya.service.request.GenerationSpec;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class GenerationServiceTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir private static Path folder;

    static final GenerationService.Settings SETTINGS =
            new GenerationService.Settings(
                    new ServiceLimits(512, 4, true, Duration.ofMinutes(5)),
                    SamplingDefaults.Configured.NOTHING);

    private static final Gate GATE = new Gate();

    private static ModelRegistry models;
    private static LocalBackend served;

    private final RecordingServiceObserver observer = new RecordingServiceObserver();
    private final MemoryBudget memory = new MemoryBudget(1L << 30);
    private GenerationService service;

    @BeforeAll
    static void serve() throws Exception {
        TinyCheckpoint.gpt2().write(folder);
        models = ModelRegistryTest.registry(folder, GATE);
        served = (LocalBackend) models.loading().get().backend();
    }

    /** Holds the engine at the end of a step: what came later waits as long as it is shut. */
    private static final class Gate implements ModelObserver {
        private volatile CountDownLatch opened = new CountDownLatch(0);

        @Override
        public void onStep(int sequences, int tokens, long nanos) {
            try {
                opened.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void shut() {
            opened = new CountDownLatch(1);
        }

        void open() {
            opened.countDown();
        }
    }

    /** Shuts the gate behind a generation that has begun. */
    private Generation begunBehindGate(GenerationSpec request) {
        awaitIdle();
        GATE.shut();
        Generation first = submit(request);
        Awaitility.await().atMost(PATIENCE).until(() -> served.loop().runningCount() == 1);
        return first;
    }

    @BeforeEach
    void connect() {
        service = new GenerationService(models, SETTINGS, observer, memory);
    }

    @AfterAll
    static void close() {
        models.close();
    }

    @Test
    void anAnswerAtOnceIsTheAnswerInPieces() throws InterruptedException {
        GenerationSpec request = request().prompt("abc").maxNewTokens(30).seed(5).build();
        Generation atOnce = submit(request);
        GenerationResult whole = await(atOnce);
        Generation inPieces = submit(request);
        var text = new StringBuilder();
        List<Integer> ids = new ArrayList<>();
        GenerationEvent event = inPieces.next(PATIENCE);
        while (event instanceof Token token) {
            text.append(token.text());
            ids.add(token.tokenId());
            event = inPieces.next(PATIENCE);
        }
        assertThat(event).isEqualTo(new SampleFinished(0, FinishReason.LENGTH));
        event = inPieces.next(PATIENCE);

        Output output = only(whole);
        assertThat(output.text()).isEqualTo(text.toString()).hasSize(30);
        assertThat(output.tokenIds()).isEqualTo(ids).hasSize(30);
        assertThat(output.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(whole.usage()).isEqualTo(new Usage(3, 0, 0, 30));
        assertThat(event)
                .isInstanceOfSatisfying(
                        Finished.class,
                        end -> assertThat(only(inPieces.result(end))).isEqualTo(output));
        assertThat(atOnce.seed()).isEqualTo(5);
        assertThat(atOnce.modelName()).isEqualTo(String.valueOf(folder.getFileName()));
        assertThat(atOnce.id()).matches("gen-[0-9a-f]{24}").isNotEqualTo(inPieces.id());
        assertThat(atOnce.created()).isBeforeOrEqualTo(inPieces.created());
    }

    @Test
    void aLongPromptSlidesAsIfItHadBeenCroppedAndComputedAnew() throws InterruptedException {
        LoadedModel model = served.model();
        int[] prompt = new int[TinyCheckpoint.CONTEXT + 9];
        for (int i = 0; i < prompt.length; i++) {
            prompt[i] = i * 5 % 16;
        }
        GenerationSpec request =
                request().promptTokenIds(prompt).temperature(0).maxNewTokens(20).build();

        GenerationResult result = await(submit(request));

        try (var decoder = new TestDecoder(model)) {
            assertThat(only(result).tokenIds())
                    .containsExactlyElementsOf(list(decoder.greedy(prompt, 20)));
        }
        assertThat(result.usage()).isEqualTo(new Usage(33, 9, 0, 20));
    }

    private static List<Integer> list(int[] ids) {
        List<Integer> list = new ArrayList<>();
        for (int id : ids) {
            list.add(id);
        }
        return list;
    }

    @Test
    void closingAGenerationEndsIt() {
        try (Generation generation = submit(request().prompt("a").maxNewTokens(512).build())) {
            assertThat(generation.id()).isNotEmpty();
        }

        Awaitility.await().atMost(PATIENCE).until(() -> served.loop().runningCount() == 0);
        assertThat(served.loop().kvPool().reserved()).isZero();
    }

    @Test
    void aGenerationThatNobodyWantsIsGivenUp() throws InterruptedException {
        GenerationSpec unread = request().prompt("a").maxNewTokens(512).build();
        Generation running = begunBehindGate(unread);
        try {
            Generation queued = submit(unread);
            assertThat(queued.await(Duration.ZERO, () -> true)).isNull();
            queued.close();
            running.close();
        } finally {
            GATE.open();
        }
        awaitIdle();
    }

    @Test
    void refusalsAreCountedByTheirCode() {
        var model =
                catchThrowableOfType(
                        UnknownModel.class, () -> submit(request().model("other").build()));
        var invalid =
                catchThrowableOfType(
                        Invalid.class, () -> submit(request().temperature(-1).build()));

        assertThat(model.code()).isEqualTo("unknown_model");
        assertThat(invalid.location()).hasToString("temperature");
        assertThat(observer.rejected()).containsExactly("unknown_model", "out_of_range");
    }

    @Test
    void aFullQueueIsAnOverload() {
        GenerationSpec endless = request().prompt("a").maxNewTokens(512).build();
        List<Generation> accepted = new ArrayList<>(List.of(begunBehindGate(endless)));
        Overloaded overload;
        try {
            for (int i = 0; i < 8; i++) {
                accepted.add(submit(endless));
            }
            overload = catchThrowableOfType(Overloaded.class, () -> submit(endless));
        } finally {
            GATE.open();
        }

        assertThat(overload).hasMessage("the queue of 8 requests is full; try again later");
        assertThat(overload.code()).isEqualTo("queue_full");
        assertThat(overload.limit()).isEqualTo(8);
        assertThat(overload.retryAfter()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(observer.rejected()).containsExactly("queue_full");
        accepted.forEach(Generation::close);
        awaitIdle();
    }

    private static void awaitIdle() {
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> served.loop().runningCount() + served.loop().waitingCount() == 0);
    }

    @Test
    void aClosedServiceIsUnavailable() throws Exception {
        var closed = ModelRegistryTest.registry(folder, ModelObserver.NONE);
        closed.loading().get();
        closed.close();
        var late = new GenerationService(closed, SETTINGS, observer, memory);

        var refusal =
                catchThrowableOfType(
                        Unavailable.class,
                        () -> late.submit(request().build(), false, Caller.patient(0)));

        assertThat(refusal.code()).isEqualTo("shutting_down");
        assertThat(observer.rejected()).containsExactly("shutting_down");
    }

    /**
     * A format that is not ready when the deadline comes makes no other answer than a full queue.
     */
    @Test
    void aDeadlineThatComesWhileAFormatIsCompiledEndsTheTextAsAnyOther()
            throws InterruptedException {
        Map<String, String> format = Map.of("type", "regex", "pattern", "[ab]*a[ab]{11}c");
        long longAgo = System.nanoTime() - 2 * PATIENCE.toNanos();
        TestRequest request = request().prompt("a").timeoutMs(1).with("response_format", format);

        GenerationResult result =
                await(service.submit(request.build(), false, Caller.patient(longAgo)));

        assertThat(only(result).finishReason()).isEqualTo(FinishReason.DEADLINE);
        assertThat(only(result).text()).isEmpty();
    }

    @Test
    void aFailedGenerationIsTheServersFault() {
        Generation generation = submit(request().prompt("a").build());
        var timing = new Timing(1, -1, -1, -1, 1, new Pace(0, 0));
        var finished = new Finished(FinishReason.ERROR, 0, timing, Fault.LOGITS);

        var failure = catchThrowableOfType(Failed.class, () -> generation.result(finished));

        assertThat(failure)
                .hasMessage(
                        "the model computed logits that are NaN or infinite, and no token can be"
                                + " picked");
        assertThat(failure.code()).isEqualTo("generation_failed");
        generation.close();
    }

    @Test
    void aGenerationCutOffByTheServersEndIsUnavailable() {
        Generation generation = submit(request().prompt("a").build());
        var timing = new Timing(1, -1, -1, -1, 1, new Pace(0, 0));
        var finished = new Finished(FinishReason.ERROR, 0, timing, Fault.STOPPED);

        var failure = catchThrowableOfType(Unavailable.class, () -> generation.result(finished));

        assertThat(failure).hasMessage("the server is shutting down");
        assertThat(failure.code()).isEqualTo("shutting_down");
        generation.close();
    }

    /** Two texts of three tokens, half a second each: one text has four tokens in a second. */
    @Test
    void tokensPerSecondCountTokensOfATextAfterItsFirst() {
        var usage = new Usage(1, 0, 0, 6);
        var two = new Timing(0, 0, 0, 500_000_000, 0, new Pace(4, 1_000_000_000));
        var none = new Timing(0, 0, 0, 0, 0, new Pace(0, 0));

        assertThat(new GenerationResult(List.of(), null, usage, two).tokensPerSecond())
                .hasValue(4.0);
        assertThat(new GenerationResult(List.of(), null, usage, none).tokensPerSecond()).isEmpty();
    }

    @Test
    void theFirstOfSeveralTextsIsTheOnlyOneOfTheSameSeed() throws InterruptedException {
        TestRequest request = request().prompt("abc").maxNewTokens(30).seed(5);
        Output alone = only(await(submit(request.build())));
        List<Output> outputs = await(submit(request.samples(4).build())).outputs();

        assertThat(outputs).hasSize(4).doesNotHaveDuplicates();
        assertThat(outputs.getFirst()).isEqualTo(alone);
        assertThat(outputs).allMatch(output -> output.tokenIds().size() == 30);
    }

    @Test
    void theBestTextsAreTheOnesOfTheHighestMeanLogProbability() throws InterruptedException {
        TestRequest request = request().prompt("abc").maxNewTokens(9).seed(5).with("logprobs", 0);
        List<Output> drawn = await(submit(request.samples(4).build())).outputs();
        GenerationResult best = await(submit(request.samples(2).with("best_of", 4).build()));

        List<Output> ranked = new ArrayList<>(drawn);
        ranked.sort(
                Comparator.comparingDouble(
                        output ->
                                -requireNonNull(output.logprobs()).stream()
                                        .mapToDouble(TokenLogprobs::logprob)
                                        .average()
                                        .orElseThrow()));
        assertThat(best.outputs()).usingRecursiveComparison().isEqualTo(ranked.subList(0, 2));
        assertThat(best.usage().generatedTokens()).isEqualTo(4 * 9);
    }

    @Test
    void logProbabilitiesThatOnlyRankAreNotTold() throws InterruptedException {
        TestRequest request = request().prompt("abc").maxNewTokens(9).seed(5).with("best_of", 3);

        assertThat(only(await(submit(request.build()))).logprobs()).isNull();
    }

    @Test
    void thePromptIsScoredButForItsFirstToken() throws InterruptedException {
        TestRequest request = request().promptTokenIds(1, 2, 3).maxNewTokens(1);

        GenerationResult scored = await(submit(request.with("prompt_logprobs", 1).build()));

        List<PromptToken> tokens = requireNonNull(scored.promptTokens());
        assertThat(tokens).extracting(PromptToken::tokenId).containsExactly(1, 2, 3);
        assertThat(tokens.getFirst().logprobs()).isNull();
        for (PromptToken token : tokens.subList(1, 3)) {
            TokenLogprobs logprobs = requireNonNull(token.logprobs());
            assertThat(logprobs.tokenId()).isEqualTo(token.tokenId());
            assertThat(logprobs.topIds()).hasSize(1);
        }
        assertThat(await(submit(request().promptTokenIds(1, 2).build())).promptTokens()).isNull();
    }

    private static Output only(GenerationResult result) {
        assertThat(result.outputs()).hasSize(1);
        return result.outputs().getFirst();
    }

    @Test
    void tokenizesWithTheTextOfEveryToken() {
        try (TokenizedText tokens = service.tokenize("cab", false)) {
            assertThat(tokens.tokenIds()).containsExactly(2, 0, 1);
            assertThat(tokens.texts()).containsExactly("c", "a", "b");
            assertThat(memory.taken()).isEqualTo(3 * Integer.BYTES);
        }
        assertThat(memory.taken()).isZero();
        assertThat(service.tokenize("", false).tokenIds()).isEmpty();
    }

    @Test
    void tokenizingAnUnknownCharacterNamesIt() {
        var refusal = catchThrowableOfType(Invalid.class, () -> service.tokenize("aé", false));

        assertThat(refusal)
                .hasMessage("text: the vocabulary has no token for 'é' (U+00E9) at character 1");
        assertThat(refusal.code()).isEqualTo("unknown_character");
        assertThat(refusal.location()).hasToString("text");
    }

    @Test
    void detokenizesAndNamesAnIdOutOfRange() {
        assertThat(read(service.detokenize(new int[] {2, 0, 1}))).isEqualTo("cab");
        assertThat(read(service.detokenize(new int[0]))).isEmpty();

        var refusal =
                catchThrowableOfType(Invalid.class, () -> service.detokenize(new int[] {0, 16}));

        assertThat(refusal).hasMessage("token_ids[1] must be from 0 to 15; given 16");
        assertThat(refusal.location()).hasToString("token_ids");
        assertThat(refusal.limit()).isEqualTo(15);
        assertThat(refusal.given()).isEqualTo(16);
    }

    private static String read(TokenizedText tokens) {
        try (tokens) {
            var text = new StringWriter();
            tokens.reader().transferTo(text);
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anAnswerHoldsItsMemoryUntilItIsClosed() throws InterruptedException {
        Generation generation = submit(request().prompt("abc").maxNewTokens(30).build());
        long held = memory.taken();
        assertThat(await(generation).outputs().getFirst().text()).hasSize(30);

        assertThat(held).isGreaterThan(30 * Integer.BYTES);
        assertThat(memory.taken()).isEqualTo(held);
        generation.close();
        generation.close();
        assertThat(memory.taken()).isZero();
    }

    @Test
    void anAnswerThatIsTooLargeForAllTimeNamesTheFieldToLower() {
        GenerationSpec request =
                request().prompt("a").maxNewTokens(512).samples(4).with("logprobs", 16).build();
        var small = new GenerationService(models, SETTINGS, observer, new MemoryBudget(400_000));

        var refusal =
                catchThrowableOfType(
                        Invalid.class,
                        () -> small.submit(request, false, Caller.patient(System.nanoTime())));

        assertThat(refusal.code()).isEqualTo("answer_too_large");
        assertThat(refusal.location()).hasToString("logprobs");
    }

    @Test
    void anAnswerThatFindsNoMemoryComesBackLater() {
        GenerationSpec request = request().prompt("a").maxNewTokens(9).build();
        var tight = new MemoryBudget(250_000);
        var small = new GenerationService(models, SETTINGS, observer, tight);
        var accepted = new ArrayList<Generation>();
        Overloaded overload = null;
        while (overload == null) {
            assertThat(accepted).hasSizeLessThan(8);
            try {
                accepted.add(small.submit(request, false, Caller.patient(System.nanoTime())));
            } catch (Overloaded e) {
                overload = e;
            }
        }

        assertThat(overload.code()).isEqualTo("too_busy");
        assertThat(overload.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(accepted).isNotEmpty();
        accepted.forEach(Generation::close);
        assertThat(tight.taken()).isZero();
        awaitIdle();
    }

    @Test
    void aRefusedTaskGivesItsMemoryBack() {
        var overload =
                catchThrowableOfType(Invalid.class, () -> submit(request().topK(-2).build()));

        assertThat(overload).isNotNull();
        assertThat(memory.taken()).isZero();
    }

    @Test
    void aLongEchoComesInPiecesAndIsTheSameText() throws InterruptedException {
        String prompt = "abc".repeat(6_000);
        GenerationSpec request =
                request().prompt(prompt).maxNewTokens(3).samples(2).with("echo", true).build();
        var texts = new StringBuilder[] {new StringBuilder(), new StringBuilder()};
        try (Generation generation = submit(request)) {
            GenerationEvent event = generation.next(PATIENCE);
            while (!(event instanceof Finished)) {
                if (event instanceof Token token) {
                    assertThat(token.text()).hasSizeLessThanOrEqualTo(Echo.PIECE);
                    texts[token.sample()].append(token.text());
                }
                event = generation.next(PATIENCE);
            }
            List<Output> outputs = generation.result((Finished) event).outputs();
            for (int i = 0; i < 2; i++) {
                assertThat(outputs.get(i).text()).isEqualTo(texts[i].toString()).startsWith(prompt);
                assertThat(outputs.get(i).text()).hasSize(prompt.length() + 3);
            }
        }
    }

    @Test
    void theModelIsFoundByItsNameAlone() {
        String name = served.model().card().name();

        assertThat(service.model(null).model().backend()).isSameAs(served);
        assertThat(service.model(name).model().backend()).isSameAs(served);
        assertThat(catchThrowableOfType(UnknownModel.class, () -> service.model("other")))
                .hasMessage("there is no model 'other'; served is '" + name + "'");
    }

    private static GenerationResult await(Generation generation) throws InterruptedException {
        return Objects.requireNonNull(generation.await(PATIENCE, () -> false));
    }

    private Generation submit(GenerationSpec request) {
        return service.submit(request, false, Caller.patient(System.nanoTime()));
    }

    private static TestRequest request() {
        return new TestRequest();
    }
}
