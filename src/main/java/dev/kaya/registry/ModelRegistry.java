package dev.kaya.registry;

import dev.kaya.backend.Backend;
import dev.kaya.registry.ModelUnavailableException.Reason;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.LoopObserver;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which models there are: one, which is loaded in the background as soon as the registry is made,
 * warmed, and served until the registry is closed. Who uses it takes a {@link ModelLease}.
 * Thread-safe.
 */
public final class ModelRegistry implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ModelRegistry.class);

    private final Settings settings;
    private final ModelSource source;
    private final ModelObserver observer;
    private final CompletableFuture<ServedModel> loading = new CompletableFuture<>();
    private final CompletableFuture<Throwable> death = new CompletableFuture<>();
    private final List<Consumer<ServedModel>> closing = new CopyOnWriteArrayList<>();
    private final AtomicInteger leases = new AtomicInteger();
    private volatile @Nullable ServedModel served;
    private volatile boolean closed;

    /**
     * How the model is served.
     *
     * @param name by which it is known, also while it is being loaded
     * @param drainTimeout how long running requests may go on when the registry is closed
     */
    public record Settings(String name, Duration drainTimeout) {}

    /**
     * Begins to load.
     *
     * @param settings how it is served
     * @param source where it comes from
     * @param observer who hears of it
     */
    public ModelRegistry(Settings settings, ModelSource source, ModelObserver observer) {
        this.settings = settings;
        this.source = source;
        this.observer = observer;
        Thread.ofPlatform().name("kaya-loader").daemon(true).start(this::load);
    }

    /** Passes on what a backend does for requests, and keeps the warm-up to itself. */
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
                EngineRequest request, int generated, GenerationEvent.Finished finished) {
            target().onFinished(request, generated, finished);
        }
    }

    private void load() {
        long start = System.nanoTime();
        try {
            warmUp(source.load(new WhenServing()), start);
        } catch (IOException | RuntimeException | Error e) {
            loading.completeExceptionally(e);
        }
    }

    /** A backend that turns out to be of no use is closed, or its threads would stay. */
    private void warmUp(Backend backend, long start) {
        try {
            WarmUp.run(backend);
            publish(new ServedModel(backend, Instant.now()), System.nanoTime() - start);
        } catch (RuntimeException | Error e) {
            backend.close(Duration.ZERO);
            throw e;
        }
    }

    private synchronized void publish(ServedModel ready, long nanos) {
        if (closed) {
            throw new IllegalStateException("closed while loading");
        }
        observer.onServing(ready);
        served = ready; // from here on requests are taken
        LOG.info(
                "Serving {} ({}); ready in {} ms",
                ready.name(),
                ready.backend().description(),
                nanos / 1_000_000);
        List<String> assumed = ready.card().weights().assumptions();
        if (!assumed.isEmpty()) {
            LOG.info(
                    "Assumed, as neither the checkpoint nor the files beside it say: {} (kaya"
                            + " inspect says what to do where that is wrong)",
                    String.join("; ", assumed));
        }
        loading.complete(ready);
    }

    /**
     * Readies what makes the model fast in the background once it is there. Apart from loading,
     * because compiling kernels would keep a starting server from its first answer.
     */
    public void warm() {
        var _ =
                loading()
                        .thenAccept(
                                ready ->
                                        Thread.ofPlatform()
                                                .name("kaya-kernels")
                                                .daemon(true)
                                                .start(ready.backend()::warm));
    }

    /** Ends when the model is ready, or exceptionally when it cannot be served. */
    public CompletableFuture<ServedModel> loading() {
        return loading.copy();
    }

    /**
     * Completes with the cause when the backend cannot go on, after every client has been told;
     * only another process helps then.
     */
    public CompletableFuture<Throwable> death() {
        return death.copy();
    }

    /** The name of the model, also while it is being loaded. */
    public String name() {
        return settings.name();
    }

    /**
     * The right to use a model.
     *
     * @param name of the model; null for the one there is
     * @throws ModelUnavailableException while it is being loaded, once the registry is closed, or
     *     when there is none of that name
     */
    public ModelLease lease(@Nullable String name) throws ModelUnavailableException {
        ServedModel now = served;
        if (closed) {
            throw new ModelUnavailableException(Reason.STOPPING);
        }
        if (now == null) {
            throw new ModelUnavailableException(Reason.LOADING);
        }
        if (name != null && !name.equals(now.name())) {
            throw new ModelUnavailableException(Reason.UNKNOWN);
        }
        leases.incrementAndGet();
        return new ModelLease(now, leases::decrementAndGet);
    }

    /** How many leases are open. */
    public int leases() {
        return leases.get();
    }

    /**
     * Has something done for a model when no more leases are given, before what runs is waited for.
     */
    public void whenClosing(Consumer<ServedModel> action) {
        closing.add(action);
    }

    /** Whether requests are answered: the model is loaded, warmed and not on its way out. */
    public boolean isReady() {
        ServedModel now = served;
        return now != null && now.backend().health() == Backend.Health.LIVE && !closed;
    }

    /**
     * Whether the model lives, or is still to come, or has been closed; false means that only a
     * restart helps.
     */
    public boolean isAlive() {
        ServedModel now = served;
        boolean lives =
                now == null
                        ? !loading.isCompletedExceptionally()
                        : now.backend().health() == Backend.Health.LIVE;
        return lives || closed;
    }

    /** Gives no more leases, lets running requests end within the drain timeout, ends the rest. */
    @Override
    public void close() {
        ServedModel last;
        synchronized (this) {
            closed = true;
            last = served;
        }
        if (last != null) {
            closing.forEach(action -> action.accept(last));
            last.backend().close(settings.drainTimeout());
        }
    }
}
