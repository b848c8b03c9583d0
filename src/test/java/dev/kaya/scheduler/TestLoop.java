package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.Search;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.scheduler.EngineRequest.Texts;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.GenerationEvent.Found;
import dev.kaya.scheduler.GenerationEvent.PromptScored;
import dev.kaya.scheduler.GenerationEvent.SampleFinished;
import dev.kaya.scheduler.GenerationEvent.Token;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A loop with an observer that keeps everything and a clock that only a test moves. */
final class TestLoop implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final Duration SLOW_CLIENT_TIMEOUT = Duration.ofSeconds(30);

    /** Tokens that no test waits for: such a sequence stays until it is ended. */
    static final int ENDLESS = 1 << 15;

    static final long QUEUE_TOKENS = 1 << 20;

    private static final long MEGABYTES_64 = 64L << 20;

    final RecordingObserver observer = new RecordingObserver();
    final AtomicLong clock = new AtomicLong(1_000_000_000L);
    final EngineLoop loop;

    TestLoop(LoadedModel model, LoopSettings settings) {
        loop =
                new EngineLoop(
                        model, settings, new WorkerPool(settings.threads()), observer, clock::get);
    }

    static LoopSettings settings(int threads, int maxSequences, int queueCapacity, int stepTokens) {
        return new LoopSettings(
                threads,
                maxSequences,
                new LoopSettings.Queue(queueCapacity, QUEUE_TOKENS),
                stepTokens,
                new LoopSettings.Memory(MEGABYTES_64, KvCacheType.F32, SLOW_CLIENT_TIMEOUT));
    }

    /** A whole answer of one sample. */
    record Outcome(List<Integer> tokenIds, String text, Finished finished) {
        FinishReason reason() {
            return finished.reason();
        }
    }

    /** One text of an answer. */
    static final class Sample {
        final List<Integer> tokenIds = new ArrayList<>();
        final List<TokenLogprobs> logprobs = new ArrayList<>();
        final StringBuilder text = new StringBuilder();
        @Nullable FinishReason reason;

        private void add(Found found) {
            assertThat(reason).isNull();
            text.append(found.text());
            tokenIds.addAll(found.tokenIds());
            logprobs.addAll(found.logprobs());
        }

        private void add(Token token) {
            assertThat(reason).isNull();
            text.append(token.text());
            if (token.tokenId() != Token.NO_TOKEN) {
                tokenIds.add(token.tokenId());
            }
            if (token.logprobs() != null) {
                logprobs.add(token.logprobs());
            }
        }
    }

    /** A whole answer. */
    record Answer(List<Sample> samples, List<TokenLogprobs> promptScores, Finished finished) {}

    EngineRequest greedy(int[] prompt, int count) {
        return task(prompt, count, SamplingParams.GREEDY);
    }

    EngineRequest sampled(int[] prompt, int count, long seed) {
        return task(prompt, count, SamplingParams.of(0.9f, Filters.of(40, 0.95), seed));
    }

    /** A task that pauses when nobody reads it, and never ends of itself. */
    EngineRequest endless() {
        return greedy(new int[] {0}, ENDLESS);
    }

    private EngineRequest task(int[] prompt, int count, SamplingParams sampling) {
        return EngineRequest.single(
                new Prompt(prompt), sampling, StopRules.after(count, Long.MAX_VALUE), clock.get());
    }

    /** The same task with a deadline some time from now. */
    EngineRequest within(Duration time, EngineRequest task) {
        return new EngineRequest(
                task.prompt(),
                task.sampling(),
                StopRules.after(task.stops().length().most(), clock.get() + time.toNanos()),
                task.texts(),
                task.arrivalNanos());
    }

    /** The same task for several texts. */
    static EngineRequest times(int samples, EngineRequest task) {
        return with(new Texts(samples, Logprobs.NONE, Search.PLAIN), task);
    }

    /** The same task with other texts made of it. */
    static EngineRequest with(Texts texts, EngineRequest task) {
        return new EngineRequest(
                task.prompt(), task.sampling(), task.stops(), texts, task.arrivalNanos());
    }

    GenerationStream submit(EngineRequest task) {
        try {
            return loop.submit(task);
        } catch (QueueFullException | LoopStoppedException e) {
            throw new AssertionError(e);
        }
    }

    Outcome run(EngineRequest task) throws InterruptedException {
        return drain(submit(task));
    }

    /** Reads the only text to the end. */
    static Outcome drain(GenerationStream stream) throws InterruptedException {
        Answer answer = drainAll(stream, 1);
        Sample only = answer.samples().getFirst();
        assertThat(only.reason).isEqualTo(answer.finished().reason());
        return new Outcome(only.tokenIds, only.text.toString(), answer.finished());
    }

    /** Reads to the end, and a little beyond to see that it is one; every text must have ended. */
    static Answer drainAll(GenerationStream stream, int count) throws InterruptedException {
        List<TokenLogprobs> promptScores = new ArrayList<>();
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            samples.add(new Sample());
        }
        while (true) {
            switch (stream.next(PATIENCE)) {
                case null -> throw new AssertionError("nothing came within " + PATIENCE);
                case Token token -> samples.get(token.sample()).add(token);
                case Found found -> samples.get(found.sample()).add(found);
                case PromptScored scored -> promptScores.addAll(scored.tokens());
                case SampleFinished end -> {
                    assertThat(samples.get(end.sample()).reason).isNull();
                    samples.get(end.sample()).reason = end.reason();
                }
                case Finished finished -> {
                    assertThat(stream.next(Duration.ZERO)).isNull();
                    assertThat(samples).allMatch(sample -> sample.reason != null);
                    return new Answer(samples, promptScores, finished);
                }
            }
        }
    }

    /** A task that takes part in every step until it is ended: it is read, and never ends. */
    static final class Occupant {
        private final GenerationStream stream;
        private final Thread reader;

        private Occupant(GenerationStream stream) {
            this.stream = stream;
            reader = Thread.ofVirtual().start(this::read);
        }

        private void read() {
            try {
                while (!(stream.next(PATIENCE) instanceof Finished)) {
                    Thread.onSpinWait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Leaves, and waits until it has ended. */
        void leave() throws InterruptedException {
            stream.cancel();
            reader.join();
        }
    }

    /** Takes a place until it leaves. */
    Occupant occupy() {
        int admitted = observer.admitted();
        var occupant = new Occupant(submit(greedy(new int[] {0}, 1 << 24)));
        until(() -> observer.admitted() > admitted);
        return occupant;
    }

    /** Submits an endless task and waits until its buffer is full. */
    GenerationStream submitPaused() {
        GenerationStream stream = submit(endless());
        until(stream::isFull);
        return stream;
    }

    static void until(Callable<Boolean> holds) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).until(holds);
    }

    void advance(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    static List<Integer> list(int[] ids) {
        List<Integer> list = new ArrayList<>();
        for (int id : ids) {
            list.add(id);
        }
        return list;
    }

    static int[] randomIds(LoadedModel model, long seed, int count) {
        int vocabulary = model.model().config().dimensions().vocabulary();
        return new Random(seed).ints(count, 0, vocabulary).toArray();
    }

    @Override
    public void close() {
        loop.close();
    }
}
