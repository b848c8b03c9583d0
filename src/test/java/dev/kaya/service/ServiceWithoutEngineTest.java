package dev.kaya.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.backend.FakeBackend;
import dev.kaya.registry.ModelObserver;
import dev.kaya.registry.ModelRegistry;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.service.answer.Generation;
import dev.kaya.service.answer.GenerationResult;
import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.request.Caller;
import dev.kaya.service.request.GenerationSpec;
import dev.kaya.service.request.ResponseFormat;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole way of a request over a backend that computes nothing. */
@Timeout(30)
class ServiceWithoutEngineTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final FakeBackend backend = new FakeBackend();
    private final RecordingServiceObserver observer = new RecordingServiceObserver();
    private final MemoryBudget memory = new MemoryBudget(1 << 20);
    private ModelRegistry models;
    private GenerationService service;

    @BeforeEach
    void serve() throws Exception {
        models =
                new ModelRegistry(
                        new ModelRegistry.Settings("letters", Duration.ZERO),
                        loopObserver -> backend,
                        ModelObserver.NONE);
        models.loading().get();
        service = new GenerationService(models, GenerationServiceTest.SETTINGS, observer, memory);
    }

    @AfterEach
    void close() {
        models.close();
    }

    private Generation submit(GenerationSpec.Builder request, boolean streams) {
        return service.submit(request.build(), streams, Caller.patient(System.nanoTime()));
    }

    private static GenerationSpec.Builder request() {
        return GenerationSpec.builder().prompt("abc").maxNewTokens(3).seed(7L);
    }

    @Test
    void answersAtOnce() throws InterruptedException {
        try (Generation generation = submit(request(), false)) {
            GenerationResult result =
                    Objects.requireNonNull(generation.await(PATIENCE, () -> false));

            assertThat(result.outputs())
                    .containsExactly(
                            new GenerationResult.Output(
                                    "def", List.of(3, 4, 5), FinishReason.LENGTH, null));
            assertThat(result.usage()).isEqualTo(new GenerationResult.Usage(3, 0, 0, 3));
            assertThat(result.timing().totalNanos()).isEqualTo(5);
            assertThat(generation.modelName()).isEqualTo("letters");
            assertThat(generation.seed()).isEqualTo(7);
            assertThat(models.leases()).isEqualTo(1);
        }
        assertThat(models.leases()).isZero();
    }

    @Test
    void answersAsAStream() throws InterruptedException {
        try (Generation generation = submit(request().prompt("w").maxNewTokens(9), true)) {
            for (String letter : List.of("x", "y", "z")) {
                assertThat(generation.next(PATIENCE))
                        .isEqualTo(
                                new GenerationEvent.Token(0, letter.charAt(0) - 'a', letter, null));
            }
            assertThat(generation.next(PATIENCE))
                    .isEqualTo(new GenerationEvent.SampleFinished(0, FinishReason.EOS));
            assertThat(generation.next(PATIENCE)).isInstanceOf(GenerationEvent.Finished.class);
        }
    }

    @Test
    void handsOverWhatWasAskedAndSuppliesWhatWasNot() {
        submit(request().temperature(0.5).samples(2), false).close();

        EngineRequest handed = backend.requests().getLast(); // the first is the warm-up
        assertThat(handed.prompt().tokenIds()).containsExactly(0, 1, 2);
        assertThat(handed.samples()).isEqualTo(2);
        assertThat(handed.sampling().temperature()).isEqualTo(0.5f);
        assertThat(handed.sampling().filters().topK()).isEqualTo(50);
        assertThat(handed.sampling().filters().topP()).isEqualTo(0.95);
        assertThat(handed.sampling().seed()).isEqualTo(7);
        assertThat(handed.stops().eosIds()).containsExactly(26);
        assertThat(handed.stops().length()).isEqualTo(new EngineRequest.Length(0, 3));
    }

    @Test
    void refusesWhatIsWrongBeforeTheBackendSeesIt() {
        int before = backend.requests().size();

        var refusal =
                catchThrowableOfType(
                        GenerationException.Invalid.class,
                        () -> submit(request().prompt("a b"), false));

        assertThat(refusal.code()).isEqualTo("unknown_character");
        assertThat(observer.rejected()).containsExactly("unknown_character");
        assertThat(backend.requests()).hasSize(before);
        assertThat(models.leases()).isZero();
    }

    @Test
    void refusesEverythingOnceTheBackendIsClosed() {
        backend.close(Duration.ZERO);

        var refusal =
                catchThrowableOfType(
                        GenerationException.Unavailable.class, () -> submit(request(), false));

        assertThat(refusal.code()).isEqualTo("shutting_down");
        assertThat(models.isAlive()).isFalse();
        assertThat(models.leases()).isZero();
    }

    @Test
    void saysThatTheModelIsBeingLoaded() {
        var goOn = new CountDownLatch(1);
        try (var loading =
                new ModelRegistry(
                        new ModelRegistry.Settings("letters", Duration.ZERO),
                        loopObserver -> {
                            try {
                                goOn.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return backend;
                        },
                        ModelObserver.NONE)) {
            service =
                    new GenerationService(
                            loading, GenerationServiceTest.SETTINGS, observer, memory);

            var refusal =
                    catchThrowableOfType(
                            GenerationException.Unavailable.class, () -> submit(request(), false));

            assertThat(refusal).hasMessage("the model is being loaded; try again soon");
            assertThat(refusal.code()).isEqualTo("loading");
            assertThat(refusal.retryAfterSeconds()).hasValue(1);
        } finally {
            goOn.countDown();
        }
    }

    @Test
    void saysThatTheServerStops() {
        models.close();

        var refusal =
                catchThrowableOfType(
                        GenerationException.Unavailable.class, () -> submit(request(), false));

        assertThat(refusal).hasMessage("the server is shutting down");
        assertThat(refusal.code()).isEqualTo("shutting_down");
        assertThat(refusal.retryAfterSeconds()).isEmpty();
    }

    @Test
    void compilesNoFormatOnceTheServerStops() {
        GenerationSpec formatted =
                request().responseFormat(new ResponseFormat("regex", null, null, "7")).build();
        // The server stops after tokenizing. Compiled, the pattern would be refused as unwritable.
        var caller = new Caller(System.nanoTime(), () -> false, models::close);

        var refusal =
                catchThrowableOfType(
                        GenerationException.Unavailable.class,
                        () -> service.submit(formatted, false, caller));

        assertThat(refusal.code()).isEqualTo("shutting_down");
        assertThat(backend.requests()).hasSize(1); // the warm-up
        assertThat(models.leases()).isZero();
    }
}
