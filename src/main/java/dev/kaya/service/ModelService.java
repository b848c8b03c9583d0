package dev.kaya.service;

import dev.kaya.engine.LoadOptions;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.PreparedModel;
import dev.kaya.engine.resolve.Assumption;
import dev.kaya.engine.tensor.kernel.KernelChoice;
import dev.kaya.registry.Heap;
import dev.kaya.registry.InsufficientMemoryException;
import dev.kaya.registry.MemoryPlan;
import dev.kaya.registry.RequestMemory;
import dev.kaya.scheduler.EngineLoop;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.LoopObserver;
import dev.kaya.scheduler.LoopSettings;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The one model of the server: loads its checkpoint in the background as soon as it is made, warms
 * it, and serves it until it is closed. Thread-safe.
 */
public final class ModelService implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ModelService.class);

    private final Settings settings;
    private final ServiceObserver observer;
    private final CompletableFuture<ServedModel> loading = new CompletableFuture<>();
    private final CompletableFuture<Throwable> death = new CompletableFuture<>();
    private volatile @Nullable ServedModel served;
    private volatile boolean closed;

    /**
     * What to serve and within which bounds.
     *
     * @param checkpoint file or folder
     * @param load how its matrices are kept, and with which context
     * @param loop bounds of the engine
     * @param requests memory that is kept free for them
     * @param limits of requests
     * @param configured defaults of the operator
     * @param drainTimeout how long running requests may go on when the server stops
     */
    public record Settings(
            Path checkpoint,
            LoadOptions load,
            LoopSettings loop,
            RequestMemory requests,
            ServiceLimits limits,
            SamplingDefaults.Configured configured,
            Duration drainTimeout) {}

    /**
     * Begins to load.
     *
     * @param settings what to serve
     * @param observer who hears of requests
     */
    public ModelService(Settings settings, ServiceObserver observer) {
        this.settings = settings;
        this.observer = observer;
        Thread.ofPlatform().name("kaya-loader").daemon(true).start(this::load);
    }

    /** Passes on what the loop does for requests, and keeps the warm-up to itself. */
    private final class WhenServing implements LoopObserver {
        private LoopObserver target() {
            return served == null ? LoopObserver.NONE : observer;
        }

        @Override
        public void onStep(int sequences, int tokens, long nanos) {
            target().onStep(sequences, tokens, nanos);
        }

        @Override
        public void onToken(long nanos) {
            target().onToken(nanos);
        }

        @Override
        public void onPaused(Pause why) {
            target().onPaused(why);
        }

        @Override
        public void onSpeculated(int guesses, int right) {
            target().onSpeculated(guesses, right);
        }

        @Override
        public void onAdmitted(long queueNanos, int cachedTokens) {
            target().onAdmitted(queueNanos, cachedTokens);
        }

        @Override
        public void onDied(Throwable cause) {
            death.complete(cause);
        }

        @Override
        public void onFinished(
                EngineRequest task, int generated, GenerationEvent.Finished finished) {
            target().onFinished(task, generated, finished);
        }
    }

    private void load() {
        long start = System.nanoTime();
        try (PreparedModel prepared = ModelLoader.open(settings.checkpoint(), settings.load())) {
            LoopSettings loop = planned(prepared);
            warmUp(prepared.load(), loop, prepared.assumptions(), start);
        } catch (OutOfMemoryError e) {
            loading.completeExceptionally(
                    new InsufficientMemoryException(
                            "the heap was full while the checkpoint was read: start java with a"
                                    + " larger -Xmx"));
        } catch (IOException | RuntimeException | Error e) {
            loading.completeExceptionally(e);
        }
    }

    /** The loop's bounds with the KV cache that the heap has room for. */
    private LoopSettings planned(PreparedModel prepared) throws InsufficientMemoryException {
        Heap heap = Heap.current();
        var model =
                new MemoryPlan.Model(
                        prepared.config(), prepared.weightBytes(), prepared.loadingBytes());
        MemoryPlan plan = MemoryPlan.of(model, settings.loop(), settings.requests(), heap);
        plan.check(prepared.config(), settings.loop(), heap);
        LOG.debug("Memory: {}", plan.described());
        return settings.loop().withKvCacheBytes(plan.keyValues());
    }

    /** A loop whose model turns out to be of no use is closed, or its thread would stay. */
    private void warmUp(
            LoadedModel model, LoopSettings settled, List<Assumption> assumed, long start) {
        var loop = new EngineLoop(model, settled, new WhenServing());
        try {
            var ready =
                    new ServedModel(
                            model,
                            loop,
                            settings.limits(),
                            SamplingDefaults.resolve(settings.configured(), model.defaults()),
                            Instant.now());
            WarmUp.run(ready);
            publish(ready, assumed, System.nanoTime() - start);
        } catch (RuntimeException | Error e) {
            loop.close();
            throw e;
        }
    }

    private synchronized void publish(ServedModel ready, List<Assumption> assumed, long nanos) {
        if (closed) {
            ready.loop().close();
            loading.completeExceptionally(new IllegalStateException("closed while loading"));
            return;
        }
        observer.onServing(ready);
        served = ready; // from here on requests are taken
        KernelChoice kernels = ready.loop().kernels();
        LOG.atLevel(kernels.degraded() ? Level.WARN : Level.INFO).log(kernels.explanation());
        LOG.info("{}", StartLine.of(ready, settings.loop(), nanos));
        if (!assumed.isEmpty()) {
            LOG.info("{}", StartLine.of(assumed));
        }
        loading.complete(ready);
    }

    /**
     * Readies the chosen kernels in the background once the model is there. Apart from loading,
     * because compiling them would keep a starting server from its first answer.
     */
    public void warmKernels() {
        var _ =
                loading()
                        .thenAccept(
                                ready ->
                                        Thread.ofPlatform()
                                                .name("kaya-kernels")
                                                .daemon(true)
                                                .start(ready.loop()::warmKernels));
    }

    /** Ends when the model is ready, or exceptionally when it cannot be served. */
    public CompletableFuture<ServedModel> loading() {
        return loading.copy();
    }

    /**
     * Completes with the cause when the engine cannot go on, after every client has been told; only
     * another process helps then.
     */
    public CompletableFuture<Throwable> death() {
        return death.copy();
    }

    /**
     * The model, if it is ready.
     *
     * @throws GenerationException.Unavailable while it is being loaded, or once it is closed
     */
    public ServedModel current() {
        ServedModel now = served;
        if (closed) {
            throw GenerationException.Unavailable.stopping();
        }
        if (now == null) {
            throw GenerationException.Unavailable.loading();
        }
        return now;
    }

    /** Whether requests are answered: the model is loaded, warmed and not on its way out. */
    public boolean isReady() {
        ServedModel now = served;
        return now != null && now.loop().isAlive() && !closed;
    }

    /**
     * Whether the loop lives, or is still to come, or has been closed; false means that only a
     * restart helps.
     */
    public boolean isAlive() {
        ServedModel now = served;
        boolean lives = now == null ? !loading.isCompletedExceptionally() : now.loop().isAlive();
        return lives || closed;
    }

    /** Refuses new requests, lets running ones end within the drain timeout, ends the rest. */
    @Override
    public void close() {
        ServedModel last;
        synchronized (this) {
            closed = true;
            last = served;
        }
        if (last != null) {
            last.validator().close(); // a request that is not in the loop yet never gets there
            last.loop().stop(settings.drainTimeout());
        }
    }
}
