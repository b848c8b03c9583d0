package dev.kaya.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.kaya.backend.local.LocalBackend;
import dev.kaya.engine.LoadOptions;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.registry.ModelUnavailableException.Reason;
import dev.kaya.scheduler.EngineLoop;
import dev.kaya.scheduler.LoopSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
public class ModelRegistryTest {

    @TempDir private Path folder;

    private final RecordingModelObserver observer = new RecordingModelObserver();

    /** A registry of a tiny checkpoint. */
    public static ModelRegistry registry(Path checkpoint, ModelObserver observer) {
        var source =
                new LocalModelSource(
                        checkpoint,
                        LoadOptions.AS_STORED,
                        new LoopSettings(
                                1,
                                4,
                                new LoopSettings.Queue(8, 1_000),
                                64,
                                new LoopSettings.Memory(
                                        1 << 20, KvCacheType.F32, Duration.ofSeconds(30))),
                        RequestMemory.OF_ONE);
        return new ModelRegistry(
                new ModelRegistry.Settings(ModelLoader.nameOf(checkpoint), Duration.ofSeconds(30)),
                source,
                observer);
    }

    private static EngineLoop loop(ServedModel served) {
        return ((LocalBackend) served.backend()).loop();
    }

    @Test
    void isUnavailableUntilItIsLoadedAndAfterItIsClosed() throws Exception {
        TinyCheckpoint.gpt2().write(folder);
        var holding = new HoldingObserver();
        var models = registry(folder, holding);
        holding.awaitHeld();

        assertThat(refusal(models)).isEqualTo(Reason.LOADING);
        assertThat(models.isReady()).isFalse();
        assertThat(models.isAlive()).isTrue();

        holding.letGo();
        ServedModel served = models.loading().get();
        try (ModelLease lease = models.lease(null)) {
            assertThat(lease.model()).isSameAs(served);
            assertThat(models.leases()).isEqualTo(1);
        }
        assertThat(models.leases()).isZero();
        assertThat(models.isReady()).isTrue();
        assertThat(models.isAlive()).isTrue();

        List<ServedModel> closing = new ArrayList<>();
        models.whenClosing(closing::add);
        models.close();
        assertThat(refusal(models)).isEqualTo(Reason.STOPPING);
        assertThat(models.isReady()).isFalse();
        assertThat(loop(served).isAlive()).isFalse();
        assertThat(closing).containsExactly(served);
    }

    private static Reason refusal(ModelRegistry models) {
        return catchThrowableOfType(
                        ModelUnavailableException.class, () -> models.lease(null).close())
                .reason();
    }

    @Test
    void aLeaseIsForOneModelAndGivenBackOnce() throws Exception {
        TinyCheckpoint.gpt2().write(folder);
        try (var models = registry(folder, observer)) {
            ServedModel served = models.loading().get();
            ModelLease first = models.lease(served.name());
            ModelLease second = models.lease(null);
            assertThat(models.leases()).isEqualTo(2);

            first.close();
            first.close();
            assertThat(models.leases()).isEqualTo(1);
            second.close();
            assertThat(models.leases()).isZero();
            assertThat(
                            catchThrowableOfType(
                                            ModelUnavailableException.class,
                                            () -> models.lease("other"))
                                    .reason())
                    .isEqualTo(Reason.UNKNOWN);
        }
    }

    @Test
    void warmsUpBeforeItServesAndKeepsThatToItself() throws Exception {
        TinyCheckpoint.gpt2().write(folder);
        try (var models = registry(folder, observer)) {
            ServedModel served = models.loading().get();

            assertThat(observer.served()).containsExactly(served);
            assertThat(observer.finished()).isEmpty();
            assertThat(loop(served).kvPool().bytes()).isPositive();
            assertThat(loop(served).kvPool().reserved()).isZero();
        }
    }

    @Test
    void aMissingCheckpointFailsWithTheReadersMessage() {
        Path missing = folder.resolve("nothing");
        try (var models = registry(missing, observer)) {
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
        try (var models = registry(folder, observer)) {
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
        try (var models = registry(folder.resolve("nothing"), observer)) {
            assertThatThrownBy(() -> models.loading().get()).isInstanceOf(ExecutionException.class);

            assertThat(models.isAlive()).isFalse();
        }
    }

    @Test
    void aLoopThatDiedIsNeitherAliveNorReady() throws Exception {
        TinyCheckpoint.gpt2().write(folder);
        try (var models = registry(folder, observer)) {
            loop(models.loading().get()).close();

            assertThat(models.isAlive()).isFalse();
            assertThat(models.isReady()).isFalse();
        }
    }

    @Test
    void aModelThatCannotGenerateIsNotServedAndLeavesNoThreadBehind() throws IOException {
        TinyCheckpoint.gpt2().fillRow("wte.weight", 3, Float.NaN).write(folder);
        Set<Thread> before = engineThreads();
        try (var models = registry(folder, observer)) {
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
        var models = registry(folder, observer);
        models.close();

        try {
            assertThat(loop(models.loading().get()).isAlive()).isFalse();
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
