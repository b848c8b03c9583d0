package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.GenerationEvent.Token;
import dev.kaya.scheduler.GenerationTask.Prompt;
import dev.kaya.scheduler.GenerationTask.StopRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;

/** A loop with an observer that keeps everything and a clock that only a test moves. */
final class TestLoop implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final Duration SLOW_CLIENT_TIMEOUT = Duration.ofSeconds(30);

    /** Tokens that no test waits for: such a sequence stays until it is ended. */
    static final int ENDLESS = 1 << 15;

    private static final long MEGABYTES_64 = 64L << 20;

    final RecordingObserver observer = new RecordingObserver();
    final AtomicLong clock = new AtomicLong(1_000_000_000L);
    final EngineLoop loop;

    TestLoop(LoadedModel model, LoopSettings settings) {
        loop = new EngineLoop(model, settings, observer, clock::get);
    }

    static LoopSettings settings(int threads, int maxSequences, int queueCapacity, int stepTokens) {
        return new LoopSettings(
                threads,
                maxSequences,
                queueCapacity,
                stepTokens,
                new LoopSettings.Memory(MEGABYTES_64, KvCacheType.F32, SLOW_CLIENT_TIMEOUT));
    }

    /** A whole answer. */
    record Outcome(List<Integer> tokenIds, String text, Finished finished) {
        FinishReason reason() {
            return finished.reason();
        }
    }

    GenerationTask greedy(int[] prompt, int count) {
        return task(prompt, count, new SamplingParams(0, 0, 1, 0));
    }

    GenerationTask sampled(int[] prompt, int count, long seed) {
        return task(prompt, count, new SamplingParams(0.9f, 40, 0.95, seed));
    }

    /** A task that pauses when nobody reads it, and never ends of itself. */
    GenerationTask endless() {
        return greedy(new int[] {0}, ENDLESS);
    }

    private GenerationTask task(int[] prompt, int count, SamplingParams sampling) {
        return new GenerationTask(
                new Prompt(prompt, true),
                sampling,
                new StopRules(count, true, Long.MAX_VALUE),
                clock.get());
    }

    /** The same task with a deadline some time from now. */
    GenerationTask within(Duration time, GenerationTask task) {
        return new GenerationTask(
                task.prompt(),
                task.sampling(),
                new StopRules(
                        task.stops().maxNewTokens(),
                        task.stops().ignoreEos(),
                        clock.get() + time.toNanos()),
                task.arrivalNanos());
    }

    GenerationStream submit(GenerationTask task) {
        try {
            return loop.submit(task);
        } catch (QueueFullException | LoopStoppedException e) {
            throw new AssertionError(e);
        }
    }

    Outcome run(GenerationTask task) throws InterruptedException {
        return drain(submit(task));
    }

    /** Reads to the end, and a little beyond to see that it is one. */
    static Outcome drain(GenerationStream stream) throws InterruptedException {
        List<Integer> ids = new ArrayList<>();
        var text = new StringBuilder();
        while (true) {
            GenerationEvent event = stream.next(PATIENCE);
            if (event instanceof Token token) {
                text.append(token.text());
                if (token.tokenId() != Token.NO_TOKEN) {
                    ids.add(token.tokenId());
                }
            } else if (event instanceof Finished finished) {
                assertThat(stream.next(Duration.ZERO)).isNull();
                return new Outcome(ids, text.toString(), finished);
            } else {
                throw new AssertionError("nothing came within " + PATIENCE);
            }
        }
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
