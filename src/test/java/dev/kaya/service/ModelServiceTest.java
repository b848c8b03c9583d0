package dev.kaya.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.kaya.engine.LoadOptions;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.registry.RequestMemory;
import dev.kaya.scheduler.LoopSettings;
import dev.kaya.service.fault.GenerationException.Unavailable;
import dev.kaya.service.request.Caller;
import dev.kaya.service.request.GenerationRequest;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ModelServiceTest {

    @TempDir private Path folder;

    private final RecordingServiceObserver observer = new RecordingServiceObserver();

    static ModelService.Settings settings(Path checkpoint) {
        return new ModelService.Settings(
                checkpoint,
                LoadOptions.AS_STORED,
                new LoopSettings(
                        1,
                        4,
                        new LoopSettings.Queue(8, 1_000),
                        64,
                        new LoopSettings.Memory(1 << 20, KvCacheType.F32, Duration.ofSeconds(30))),
                RequestMemory.OF_ONE,
                new ServiceLimits(512, 4, true, Duration.ofMinutes(5)),
                SamplingDefaults.Configured.NOTHING,
                Duration.ofSeconds(30));
    }

    /** Holds the loader where it says that it serves, before anybody can be served. */
    private static final class HoldingObserver implements ServiceObserver {
        final CountDownLatch held = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);

        @Override
        public void onServing(ServedModel model) {
            held.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void isUnavailableUntilItIsLoadedAndAfterItIsClosed() throws Exception {
        TinyCheckpoint.gpt2().write(folder);
        var holding = new HoldingObserver();
        var models = new ModelService(settings(folder), holding);
        holding.held.await();

        var loading = catchThrowableOfType(Unavailable.class, models::current);
        assertThat(loading).hasMessage("the model is being loaded; try again soon");
        assertThat(loading.code()).isEqualTo("loading");
        assertThat(loading.retryAfterSeconds()).isEqualTo(OptionalInt.of(1));
        assertThat(models.isReady()).isFalse();
        assertThat(models.isAlive()).isTrue();

        holding.goOn.countDown();
        ServedModel served = models.loading().get();
        assertThat(models.current()).isSameAs(served);
        assertThat(models.isReady()).isTrue();
        assertThat(models.isAlive()).isTrue();

        models.close();
        var stopping = catchThrowableOfType(Unavailable.class, models::current);
        assertThat(stopping).hasMessage("the server is shutting down");
        assertThat(stopping.code()).isEqualTo("shutting_down");
        assertThat(stopping.retryAfterSeconds()).isEmpty();
        assertThat(models.isReady()).isFalse();
        assertThat(served.loop().isAlive()).isFalse();
        GenerationRequest formatted =
                new TestRequest()
                        .with("response_format", Map.of("type", "regex", "pattern", "a+"))
                        .build();
        var compiling =
                catchThrowableOfType(
                        Unavailable.class,
                        () ->
                                served.validator()
                                        .validate(formatted, Caller.patient(System.nanoTime())));
        assertThat(compiling.code()).isEqualTo("shutting_down");
    }

    @Test
    void warmsUpBeforeItServesAndKeepsThatToItself() throws Exception {
        TinyCheckpoint.gpt2().write(folder);
        try (var models = new ModelService(settings(folder), observer)) {
            ServedModel served = models.loading().get();

            assertThat(observer.served()).containsExactly(served);
            assertThat(observer.finished()).isEmpty();
            assertThat(served.loop().kvPool().bytes()).isPositive();
            assertThat(served.loop().kvPool().reserved()).isZero();
        }
    }

    @Test
    void aMissingCheckpointFailsWithTheReadersMessage() {
        Path missing = folder.resolve("nothing");
        try (var models = new ModelService(settings(missing), observer)) {
            assertThatThrownBy(() -> models.loading().get())
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessage(missing + ": there is no such file or folder");
            assertThat(models.isReady()).isFalse();
        }
    }

    @Test
    void aTruncatedCheckpointFailsWithTheReadersMessage() throws IOException {
        Path weights = TinyCheckpoint.gpt2().write(folder);
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(whole, whole.length - 100));
        try (var models = new ModelService(settings(folder), observer)) {
            assertThatThrownBy(() -> models.loading().get())
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessageStartingWith(weights + ": ")
                    .hasMessageEndingWith("it is cut off or damaged");
        }
    }

    @Test
    void onlyARestartHelpsAfterACheckpointThatCannotBeServed() {
        try (var models = new ModelService(settings(folder.resolve("nothing")), observer)) {
            assertThatThrownBy(() -> models.loading().get()).isInstanceOf(ExecutionException.class);

            assertThat(models.isAlive()).isFalse();
        }
    }

    @Test
    void aLoopThatDiedIsNeitherAliveNorReady() throws Exception {
        TinyCheckpoint.gpt2().write(folder);
        try (var models = new ModelService(settings(folder), observer)) {
            models.loading().get().loop().close();

            assertThat(models.isAlive()).isFalse();
            assertThat(models.isReady()).isFalse();
        }
    }

    @Test
    void aModelThatCannotGenerateIsNotServedAndLeavesNoThreadBehind() throws IOException {
        TinyCheckpoint.gpt2().fillRow("wte.weight", 3, Float.NaN).write(folder);
        Set<Thread> before = engineThreads();
        try (var models = new ModelService(settings(folder), observer)) {
            assertThatThrownBy(() -> models.loading().get())
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .hasMessage(
                            "the model cannot generate: the model computed logits that are NaN or"
                                    + " infinite, and no token can be picked");
            await().untilAsserted(() -> assertThat(before).containsAll(engineThreads()));
        }
    }

    @Test
    void closedWhileLoadingItNeverServes() throws Exception {
        TinyCheckpoint.gpt2().write(folder);
        Set<Thread> before = engineThreads();
        var models = new ModelService(settings(folder), observer);
        models.close();

        try {
            assertThat(models.loading().get().loop().isAlive()).isFalse();
        } catch (ExecutionException e) {
            assertThat(e.getCause()).hasMessage("closed while loading");
        }
        assertThat(models.isReady()).isFalse();
        await().untilAsserted(() -> assertThat(before).containsAll(engineThreads()));
    }

    private static Set<Thread> engineThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("kaya-engine"))
                .collect(Collectors.toSet());
    }
}
