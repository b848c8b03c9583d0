package dev.kaya.scheduler;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.StepBatch;
import dev.kaya.engine.model.Transformer;
import dev.kaya.engine.sampling.BeamSearch;
import dev.kaya.engine.sampling.Sampler;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.KernelChoice;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.scheduler.GenerationEvent.Fault;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that decodes. Each turn: take new requests and cancellations, admit, plan a step,
 * run it, hand out tokens. It owns all mutable state of the engine and never waits for a client.
 */
public final class EngineLoop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);
    private static final long IDLE_NANOS = Duration.ofMillis(100).toNanos();

    private final LoadedModel model;
    private final LoopSettings settings;
    private final LoopObserver observer;
    private final LongSupplier clock;
    private final WorkerPool workers;
    private final ExecutorService pageMaker =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("kaya-pages").daemon(true).factory());
    private final KvPool pool;
    private final TokenBudget budget;
    private final Scheduler scheduler;
    private final TokenDelivery delivery;
    private final StepRunner steps;
    private final AdmissionQueue queue;
    private final ConcurrentLinkedQueue<SequenceGroup> inbox = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private final KernelChoice choice;
    private volatile Kernels kernels = KernelProvider.scalar();
    private volatile boolean stopping;
    private volatile boolean aborting;
    private volatile boolean closed;

    /**
     * Starts the loop.
     *
     * @param model what decodes
     * @param settings its bounds, with the bytes that its KV cache may take
     * @param workers the threads that compute, closed with the loop
     * @param observer who hears of steps and tokens
     * @throws IllegalArgumentException when the KV cache could not hold one full context
     * @throws IllegalStateException when the kernels asked for need a module that is missing
     */
    public EngineLoop(
            LoadedModel model, LoopSettings settings, WorkerPool workers, LoopObserver observer) {
        this(model, settings, workers, observer, System::nanoTime);
    }

    /** The same with a clock of its own, in nanoseconds. */
    EngineLoop(
            LoadedModel model,
            LoopSettings settings,
            WorkerPool workers,
            LoopObserver observer,
            LongSupplier clock) {
        this.model = model;
        this.clock = clock;
        this.settings = settings;
        this.observer = observer;
        choice = KernelProvider.choose(settings.compute().kernels());
        pool =
                new KvPool(
                        model.model().config(),
                        settings.memory().kvCacheType(),
                        pages(model, settings),
                        settings.memory().prefixes(),
                        pageMaker);
        this.workers = workers;
        queue = new AdmissionQueue(settings.queue());
        budget = new TokenBudget(settings.stepTokens(), settings.maxSequences());
        scheduler = new Scheduler(pool, settings.maxSequences(), budget, observer);
        delivery = new TokenDelivery(model.tokenizer(), scheduler, queue, observer, clock);
        steps = stepRunner();
        thread = Thread.ofPlatform().name("kaya-engine").unstarted(this::run);
        thread.start();
    }

    private StepRunner stepRunner() {
        int maxRows = LoopMemory.rows(settings);
        int maxOutputs = LoopMemory.outputs(settings);
        var transformer =
                new Transformer(
                        model.model(), maxRows, maxOutputs, KernelProvider.scalar(), workers);
        return new StepRunner(
                transformer,
                new StepBatch(maxRows, maxOutputs),
                new Sampler(model.vocabulary().sampleable()),
                delivery);
    }

    private static int pages(LoadedModel model, LoopSettings settings) {
        var config = model.model().config();
        long pages = LoopMemory.pages(config, settings);
        if (pages < KvPool.pagesFor(config.dimensions().context())) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "kaya.kv-cache-memory must hold one full context, %,d bytes; given %,d",
                            LoopMemory.of(config, settings).leastKeyValues(),
                            settings.memory().kvCacheBytes()));
        }
        return Math.toIntExact(pages);
    }

    /**
     * Takes a request into the queue.
     *
     * @return where its events will come
     * @throws QueueFullException when as many wait as may, or it would wait beyond its deadline
     * @throws LoopStoppedException when the loop takes no more
     */
    public GenerationStream submit(EngineRequest request)
            throws QueueFullException, LoopStoppedException {
        if (stopping || !thread.isAlive()) {
            throw new LoopStoppedException();
        }
        queue.join(request, clock.getAsLong());
        var stream = new GenerationStream(request.samples(), this::wake, clock);
        int context = model.model().config().dimensions().context();
        var active =
                new SequenceGroup(request, stream, context, () -> decoder(request), beams(request));
        inbox.add(active);
        if (closed && inbox.remove(active)) {
            queue.leave(request);
            throw new LoopStoppedException(); // it came after the loop's last look
        }
        wake();
        return stream;
    }

    private @Nullable BeamGroup beams(EngineRequest request) {
        BeamSearch.Rules rules = request.texts().search().beams();
        return rules == null
                ? null
                : new BeamGroup(request, rules, model.tokenizer(), () -> decoder(request));
    }

    /**
     * How many sequences of one request can run at once that are as long as this.
     *
     * @param positions each of them needs
     */
    public int mostSequences(int positions) {
        int most = Scheduler.shareable(pool.capacity()) / KvPool.pagesFor(positions);
        return Math.min(settings.maxSequences(), Math.max(1, most));
    }

    /** The answer is the beginning of a text when the prompt has none. */
    private TokenDecoder decoder(EngineRequest request) {
        return model.tokenizer().decoder(model.vocabulary().isStart(request.prompt().tokenIds()));
    }

    private void wake() {
        LockSupport.unpark(thread);
    }

    /**
     * Readies the kernels that were chosen, on the caller's thread, and computes with them from
     * then on. Until then plain loops compute, which are quick from the first second; the bits are
     * the same.
     */
    public void warmKernels() {
        if (choice.vectors()) {
            KernelProvider.warm(choice.kernels(), model.card().contents().heldAs());
            kernels = choice.kernels();
        }
    }

    /** The kernels that compute once they are warm, and why it is they. */
    public KernelChoice kernels() {
        return choice;
    }

    /** Tasks that wait for a place. */
    public int waitingCount() {
        return queue.length();
    }

    /** Sequences that have begun and not ended. */
    public int runningCount() {
        return scheduler.counts().running();
    }

    /** Of them those that take part in no step now: their reader is behind, or others go first. */
    public int pausedCount() {
        return scheduler.counts().paused();
    }

    /** The store of keys and values, for its gauges. */
    public KvPool kvPool() {
        return pool;
    }

    /** Whether the loop can go on; false only after it died or was closed. */
    public boolean isAlive() {
        return thread.isAlive();
    }

    private void run() {
        try {
            while (!(stopping && isIdle()) && !aborting) {
                takeTurn();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("The engine loop cannot go on", e);
            endAll();
            observer.onDied(e);
        } finally {
            endAll();
        }
    }

    /** Tells everyone who still waits that nothing more will come. */
    private void endAll() {
        stopping = true;
        closed = true;
        takeInbox();
        scheduler.forEach(
                group -> true, group -> delivery.end(group, FinishReason.ERROR, Fault.STOPPED));
        pageMaker.shutdown();
    }

    private boolean isIdle() {
        return inbox.isEmpty() && scheduler.isIdle();
    }

    private void takeTurn() {
        takeInbox();
        endWhatIsOver();
        long now = clock.getAsLong();
        scheduler.admit(now, sequence -> admitted(sequence, now));
        BatchPlan plan = scheduler.schedule();
        scheduler.publishCounts();
        if (plan.size() == 0) {
            LockSupport.parkNanos(this, IDLE_NANOS);
            return;
        }
        int sequences = plan.size();
        int tokens = plan.tokens();
        int nextTokens = plan.nextTokens();
        boolean guessed = plan.guesses() > 0;
        long start = clock.getAsLong();
        steps.run(plan, kernels);
        long nanos = clock.getAsLong() - start;
        if (!guessed) {
            budget.learn(nextTokens, tokens - nextTokens, nanos);
        }
        observer.onStep(sequences, tokens, nanos);
    }

    private void takeInbox() {
        for (SequenceGroup next = inbox.poll(); next != null; next = inbox.poll()) {
            if (next.request().isNothing()) {
                delivery.end(next, FinishReason.LENGTH, null);
            } else {
                scheduler.enqueue(next);
            }
        }
    }

    private void admitted(Sequence sequence, long now) {
        if (sequence.sample() == 0) {
            EngineRequest request = sequence.request();
            queue.admitted(request, now);
            observer.onAdmitted(now - request.arrivalNanos(), sequence.owner().cachedTokens());
        }
    }

    private void endWhatIsOver() {
        long now = clock.getAsLong();
        long patience = settings.memory().slowClientTimeout().toNanos();
        scheduler.forEach(
                group -> group.stream().isCancelled() || group.stream().isAbandoned(now, patience),
                group -> delivery.end(group, FinishReason.CANCELLED, null));
        scheduler.forEach(
                group -> group.request().stops().isOver(now),
                group -> delivery.end(group, FinishReason.DEADLINE, null));
    }

    /**
     * Ends the loop: takes no more requests, lets those it has end within {@code patience}, then
     * ends the rest with an error.
     */
    public void stop(Duration patience) {
        stopping = true;
        wake();
        join(patience);
        aborting = true;
        wake();
        join(Duration.ofSeconds(30));
        workers.close();
    }

    private void join(Duration patience) {
        try {
            thread.join(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the loop at once. */
    @Override
    public void close() {
        stop(Duration.ZERO);
    }
}
