package dev.kaya.scheduler;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.StepBatch;
import dev.kaya.engine.model.Transformer;
import dev.kaya.engine.sampling.Sampler;
import dev.kaya.engine.tensor.KernelProvider;
import dev.kaya.engine.tensor.Kernels;
import dev.kaya.engine.tensor.Rows;
import dev.kaya.engine.tensor.WorkerPool;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that decodes. Each turn: take new tasks and cancellations, admit, plan a step, run
 * it, hand out tokens. It owns all mutable state of the engine and never waits for a client.
 */
public final class EngineLoop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);
    private static final byte[] NO_TEXT = {};
    private static final long IDLE_NANOS = Duration.ofMillis(100).toNanos();

    private final LoadedModel model;
    private final LoopSettings settings;
    private final LoopObserver observer;
    private final LongSupplier clock;
    private final WorkerPool workers;
    private final Transformer transformer;
    private final StepBatch batch;
    private final KvPool pool;
    private final Sampler sampler;
    private final Scheduler scheduler;
    private final AdmissionPace pace = new AdmissionPace();
    private final ConcurrentLinkedQueue<Sequence> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final Thread thread;
    private volatile Kernels kernels = KernelProvider.scalar();
    private volatile boolean stopping;
    private volatile boolean aborting;
    private volatile boolean closed;

    /**
     * Starts the loop.
     *
     * @param model what decodes
     * @param settings its bounds
     * @param observer who hears of steps and tokens
     * @throws IllegalArgumentException when the KV cache could not hold one full context
     */
    public EngineLoop(LoadedModel model, LoopSettings settings, LoopObserver observer) {
        this(model, settings, observer, System::nanoTime);
    }

    /** The same with a clock of its own, in nanoseconds. */
    EngineLoop(
            LoadedModel model, LoopSettings settings, LoopObserver observer, LongSupplier clock) {
        this.model = model;
        this.clock = clock;
        this.settings = settings;
        this.observer = observer;
        pool =
                new KvPool(
                        model.model().config(),
                        settings.memory().kvCacheType(),
                        pages(model, settings));
        workers = new WorkerPool(settings.threads());
        int maxRows = settings.stepTokens() + settings.maxSequences();
        transformer =
                new Transformer(
                        model.model(),
                        maxRows,
                        settings.maxSequences(),
                        KernelProvider.scalar(),
                        workers);
        batch = new StepBatch(maxRows, settings.maxSequences());
        sampler = new Sampler(model.sampleableTokens());
        scheduler = new Scheduler(pool, settings.maxSequences(), settings.stepTokens());
        thread = Thread.ofPlatform().name("kaya-engine").unstarted(this::run);
        thread.start();
    }

    private static int pages(LoadedModel model, LoopSettings settings) {
        var config = model.model().config();
        int context = KvPool.pagesFor(config.dimensions().context());
        long most = (long) context * settings.maxSequences();
        long pageBytes = KvPool.pageBytes(config, settings.memory().kvCacheType());
        long pages = Math.min(most, settings.memory().kvCacheBytes() / pageBytes);
        if (pages < context) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "kaya.kv-cache-memory must hold one full context, %,d bytes; given %,d",
                            context * pageBytes,
                            settings.memory().kvCacheBytes()));
        }
        return Math.toIntExact(pages);
    }

    /**
     * Takes a task into the queue.
     *
     * @return where its events will come
     * @throws QueueFullException when as many wait as may
     * @throws LoopStoppedException when the loop takes no more
     */
    public GenerationStream submit(GenerationTask task)
            throws QueueFullException, LoopStoppedException {
        if (stopping || !thread.isAlive()) {
            throw new LoopStoppedException();
        }
        if (waiting.incrementAndGet() > settings.queueCapacity()) {
            waiting.decrementAndGet();
            throw new QueueFullException(settings.queueCapacity(), pace.untilFree());
        }
        var stream = new GenerationStream(this::wake, clock);
        int context = model.model().config().dimensions().context();
        var sequence = new Sequence(task, stream, context);
        inbox.add(sequence);
        if (closed && inbox.remove(sequence)) {
            waiting.decrementAndGet();
            throw new LoopStoppedException(); // it came after the loop's last look
        }
        wake();
        return stream;
    }

    private void wake() {
        LockSupport.unpark(thread);
    }

    /**
     * Readies the fastest kernels, on the caller's thread, and computes with them from then on.
     * Until then plain loops compute, which are quick from the first second; the bits are the same.
     */
    public void warmKernels() {
        Kernels best = KernelProvider.best();
        KernelProvider.warm(best);
        kernels = best;
    }

    /** Tasks that wait for a place. */
    public int waitingCount() {
        return waiting.get();
    }

    /** Sequences that have a place. */
    public int runningCount() {
        return running.get();
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
        } finally {
            stopping = true;
            closed = true;
            takeInbox();
            scheduler.removeIf(
                    sequence -> true,
                    sequence -> finish(sequence, FinishReason.ERROR, "the server stopped"));
        }
    }

    private boolean isIdle() {
        return inbox.isEmpty() && scheduler.waitingCount() == 0 && scheduler.runningCount() == 0;
    }

    private void takeTurn() {
        takeInbox();
        endWhatIsOver();
        long now = clock.getAsLong();
        scheduler.admit(now, sequence -> admitted(sequence, now));
        running.set(scheduler.runningCount());
        StepPlan plan = scheduler.schedule();
        if (plan.size() == 0) {
            LockSupport.parkNanos(this, IDLE_NANOS);
            return;
        }
        transformer.use(kernels);
        long start = clock.getAsLong();
        int sequences = plan.size();
        int tokens = plan.tokens();
        runStep(plan);
        observer.onStep(sequences, tokens, clock.getAsLong() - start);
    }

    private void takeInbox() {
        for (Sequence next = inbox.poll(); next != null; next = inbox.poll()) {
            scheduler.enqueue(next);
        }
    }

    private void admitted(Sequence sequence, long now) {
        int left = waiting.decrementAndGet();
        pace.admitted(now, left > 0);
        observer.onAdmitted(now - sequence.task().arrivalNanos());
    }

    private void endWhatIsOver() {
        long now = clock.getAsLong();
        long patience = settings.memory().slowClientTimeout().toNanos();
        scheduler.removeIf(
                sequence -> sequence.stream().isCancelled(),
                sequence -> finish(sequence, FinishReason.CANCELLED, null));
        scheduler.removeIf(
                sequence -> sequence.task().stops().isOver(now),
                sequence -> finish(sequence, FinishReason.DEADLINE, null));
        scheduler.removeIf(
                sequence -> sequence.stream().isAbandoned(now, patience),
                sequence -> finish(sequence, FinishReason.CANCELLED, null));
    }

    /** A step that fails is run again one sequence at a time, so that only the culprit fails. */
    private void runStep(StepPlan plan) {
        Rows logits;
        try {
            plan.fill(batch, 0, plan.size());
            logits = transformer.forward(batch);
        } catch (RuntimeException | OutOfMemoryError | AssertionError e) {
            LOG.warn("A step of {} sequences failed; trying each alone", plan.size(), e);
            for (int i = 0; i < plan.size(); i++) {
                runAlone(plan, i);
            }
            return;
        }
        handOut(plan, 0, plan.size(), logits);
    }

    private void runAlone(StepPlan plan, int i) {
        Rows logits;
        try {
            plan.fill(batch, i, i + 1);
            logits = transformer.forward(batch);
        } catch (RuntimeException | OutOfMemoryError | AssertionError e) {
            LOG.error("A sequence failed", e);
            end(plan.sequence(i), FinishReason.ERROR, "the model could not compute this text");
            return;
        }
        handOut(plan, i, i + 1, logits);
    }

    /**
     * Takes the step's results to its sequences; a fault of one does not reach the next. What was
     * handed out cannot be computed again, so nothing may be thrown from here that the loop could
     * survive.
     */
    private void handOut(StepPlan plan, int from, int to, Rows logits) {
        int output = 0;
        for (int i = from; i < to; i++) {
            Sequence sequence = plan.sequence(i);
            boolean completes = plan.completes(i);
            sequence.markComputed(plan.tokenCount(i));
            if (completes) {
                sampleSafely(sequence, logits, output++);
            }
        }
    }

    private void sampleSafely(Sequence sequence, Rows logits, int output) {
        try {
            sample(sequence, logits, output);
        } catch (RuntimeException | OutOfMemoryError | AssertionError e) {
            LOG.error("A token could not be picked", e);
            end(sequence, FinishReason.ERROR, "no token could be picked");
        }
    }

    private void sample(Sequence sequence, Rows logits, int output) {
        GenerationTask task = sequence.task();
        int tokenId =
                sampler.sample(
                        logits.data(), logits.at(output), task.sampling(), 0, sequence.generated());
        if (tokenId == Sampler.FAULT) {
            end(sequence, FinishReason.ERROR, "the model computed logits that are no numbers");
        } else if (model.specialTokens().isEos(tokenId) && !task.stops().ignoreEos()) {
            end(sequence, FinishReason.EOS, null);
        } else {
            emit(sequence, tokenId);
        }
    }

    private void emit(Sequence sequence, int tokenId) {
        long now = clock.getAsLong();
        if (sequence.hasGenerated()) {
            observer.onToken(now - sequence.lastTokenNanos());
        }
        boolean special = model.tokenizer().isSpecial(tokenId);
        byte[] bytes = special ? NO_TEXT : model.tokenizer().bytes(tokenId);
        String text = sequence.decoder().feed(bytes);
        sequence.append(tokenId, now);
        sequence.stream().add(new GenerationEvent.Token(tokenId, text));
        if (sequence.generated() == sequence.task().stops().maxNewTokens()) {
            end(sequence, FinishReason.LENGTH, null);
        }
    }

    private void end(Sequence sequence, FinishReason reason, @Nullable String failure) {
        scheduler.remove(sequence);
        finish(sequence, reason, failure);
    }

    private void finish(Sequence sequence, FinishReason reason, @Nullable String failure) {
        sequence.release();
        if (!sequence.wasAdmitted()) {
            waiting.decrementAndGet();
        }
        String heldBack = sequence.decoder().finish();
        if (!heldBack.isEmpty()) {
            sequence.stream()
                    .add(new GenerationEvent.Token(GenerationEvent.Token.NO_TOKEN, heldBack));
        }
        var timing = sequence.timing(clock.getAsLong());
        var finished = new GenerationEvent.Finished(reason, timing, failure);
        running.set(scheduler.runningCount());
        observer.onFinished(sequence.task(), sequence.generated(), finished);
        sequence.stream().add(finished);
    }

    /**
     * Ends the loop: takes no more tasks, lets those it has end within {@code patience}, then ends
     * the rest with an error.
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
