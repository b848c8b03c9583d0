package dev.kaya.scheduler;

import static dev.kaya.scheduler.TestLoop.drain;
import static dev.kaya.scheduler.TestLoop.drainAll;
import static dev.kaya.scheduler.TestLoop.settings;
import static dev.kaya.scheduler.TestLoop.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.scheduler.EngineRequest.Length;
import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.Search;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.scheduler.EngineRequest.Texts;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.GenerationEvent.Token;
import dev.kaya.scheduler.RecordingObserver.Ended;
import dev.kaya.scheduler.TestLoop.Answer;
import dev.kaya.scheduler.TestLoop.Occupant;
import dev.kaya.scheduler.TestLoop.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is admitted, who pauses, and how sequences end. */
class EngineLoopTest {

    @TempDir private static Path folder;

    private static final int[] ONE = {1};

    private static LoadedModel model;

    @BeforeAll
    static void loadModel() throws IOException {
        model = TinyCheckpoint.gpt2().load(folder);
    }

    @Test
    void anObserverHearsOfEveryStepTokenAdmissionAndEnd() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 2, 4, 4))) {
            EngineRequest task = loop.greedy(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 5);
            Outcome outcome = loop.run(task);

            assertThat(outcome.tokenIds()).hasSize(5);
            until(() -> loop.observer.steps() == 7); // a prompt in 4, 4, 2, then four tokens
            assertThat(loop.observer.computed()).isEqualTo(14);
            assertThat(loop.observer.laterTokens()).isEqualTo(4);
            assertThat(loop.observer.admitted()).isEqualTo(1);
            assertThat(loop.observer.ended())
                    .containsExactly(new Ended(task, 5, outcome.finished()));
        }
    }

    @Test
    void timesAreThoseOfTheClock() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 1, 4, 256))) {
            EngineRequest task = loop.endless();
            loop.advance(Duration.ofNanos(5));
            GenerationStream stream = loop.submit(task);
            until(stream::isFull);
            loop.advance(Duration.ofNanos(7));
            stream.cancel();
            until(() -> loop.loop.runningCount() == 0); // reading before would make room for more

            assertThat(drain(stream).finished().timing())
                    .isEqualTo(
                            new GenerationEvent.Timing(
                                    5,
                                    0,
                                    5,
                                    0,
                                    12,
                                    new GenerationEvent.Pace(GenerationStream.CAPACITY - 1, 0)));
        }
    }

    @Test
    void theTextOfTokensIsThatOfTheTokenizerAndEosEndsIt()
            throws IOException, InterruptedException {
        LoadedModel ending = withEosOfGreedyToken(4);
        try (var loop = new TestLoop(ending, settings(1, 1, 4, 256))) {
            int[] prompt = {3};
            Outcome whole = loop.run(loop.greedy(prompt, 12));
            var stops =
                    new StopRules(
                            new Length(0, 12),
                            new int[] {ending.specialTokens().eos().get(0)},
                            new int[0],
                            List.of(),
                            Long.MAX_VALUE);
            EngineRequest greedy = loop.greedy(prompt, 12);
            Outcome ended =
                    loop.run(EngineRequest.single(greedy.prompt(), greedy.sampling(), stops, 0));

            assertThat(whole.text()).isEqualTo(text(whole.tokenIds()));
            int end = whole.tokenIds().indexOf(ending.specialTokens().eos().get(0));
            assertThat(ended.reason()).isEqualTo(FinishReason.EOS);
            assertThat(ended.tokenIds()).isEqualTo(whole.tokenIds().subList(0, end));
            assertThat(ended.text()).isEqualTo(text(ended.tokenIds()));
        }
    }

    /** The model with the EOS that its own greedy text reaches at a place. */
    private static LoadedModel withEosOfGreedyToken(int index)
            throws IOException, InterruptedException {
        int eos;
        try (var loop = new TestLoop(model, settings(1, 1, 4, 256))) {
            eos = loop.run(loop.greedy(new int[] {3}, 12)).tokenIds().get(index);
        }
        return TinyCheckpoint.gpt2().config("eos_token_id", Integer.toString(eos)).load(folder);
    }

    private static String text(List<Integer> tokenIds) {
        var text = new StringBuilder();
        for (int id : tokenIds) {
            text.append(TinyCheckpoint.CHARACTERS.charAt(id));
        }
        return text.toString();
    }

    @Test
    void aCancelledSequenceEndsAndItsPagesComeBack() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 2, 4, 256))) {
            GenerationStream stream = loop.submitPaused();
            assertThat(loop.loop.kvPool().reserved()).isPositive();
            assertThat(loop.loop.runningCount()).isEqualTo(1);

            stream.cancel();

            assertThat(drain(stream).reason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(loop.loop.kvPool().reserved()).isZero();
            assertThat(loop.loop.runningCount()).isZero();
        }
    }

    @Test
    void aCancelledTaskLeavesTheQueue() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 1, 4, 256))) {
            Occupant running = loop.occupy();
            int reserved = loop.loop.kvPool().reserved();
            GenerationStream queued = loop.submit(loop.endless());
            assertThat(loop.loop.waitingCount()).isEqualTo(1);

            queued.cancel();
            Outcome outcome = drain(queued);

            assertThat(outcome.reason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(outcome.tokenIds()).isEmpty();
            assertThat(outcome.finished().timing().firstTokenNanos()).isEqualTo(-1);
            assertThat(loop.loop.waitingCount()).isZero();
            assertThat(loop.loop.kvPool().reserved()).isEqualTo(reserved);
            running.leave();
        }
    }

    @Test
    void aFullQueueRefusesAndTellsWhenToComeBack() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 1, 2, 256))) {
            Occupant running = loop.occupy();
            GenerationStream first = loop.submit(loop.greedy(new int[] {1}, 3));
            GenerationStream second = loop.submit(loop.greedy(new int[] {2}, 3));

            var refusal =
                    catchThrowableOfType(
                            QueueFullException.class, () -> loop.loop.submit(loop.endless()));
            assertThat(refusal).hasMessage("the queue of 2 requests is full");
            assertThat(refusal.capacity()).isEqualTo(2);
            assertThat(refusal.retryAfter())
                    .isBetween(Duration.ofSeconds(1), Duration.ofMinutes(5));
            assertThat(loop.loop.waitingCount()).isEqualTo(2);

            running.leave();
            assertThat(drain(first).reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(drain(second).reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(loop.run(loop.greedy(new int[] {3}, 3)).tokenIds()).hasSize(3);
        }
    }

    private static LoopSettings withRoomForOneContext(int maxSequences) {
        long context = model.model().config().keyValueBytesPerToken(KvCacheType.F32) * Kernels.PAGE;
        var memory =
                new LoopSettings.Memory(context, KvCacheType.F32, TestLoop.SLOW_CLIENT_TIMEOUT);
        return new LoopSettings(1, maxSequences, new LoopSettings.Queue(8, 1_000), 256, memory);
    }

    @Test
    void aTaskWaitsForRoomForItsKeysAndValues() throws InterruptedException {
        try (var loop = new TestLoop(model, withRoomForOneContext(4))) {
            List<GenerationStream> streams = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                streams.add(loop.submit(loop.greedy(new int[] {i}, 12)));
            }
            for (GenerationStream stream : streams) {
                assertThat(drain(stream).tokenIds()).hasSize(12);
            }
            assertThat(loop.observer.widestStep()).isEqualTo(1);
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
    }

    /** Each of its tokens needs the whole window computed, so nothing is lost with its room. */
    @Test
    void aTextBeyondTheContextLendsItsRoomBetweenTwoTokens() throws InterruptedException {
        List<Integer> expected;
        try (var loop = new TestLoop(model, settings(1, 4, 4, 256))) {
            expected = loop.run(loop.sampled(new int[] {7}, 40, 2)).tokenIds();
        }
        try (var loop = new TestLoop(model, withRoomForOneContext(4))) {
            Occupant sliding = loop.occupy();
            GenerationStream other = loop.submit(loop.sampled(new int[] {7}, 40, 2));
            GenerationStream third = loop.submit(loop.sampled(new int[] {7}, 40, 2));

            assertThat(drain(other).tokenIds()).isEqualTo(expected);
            assertThat(drain(third).tokenIds()).isEqualTo(expected);
            sliding.leave();
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
    }

    @Test
    void whoIsBehindWithReadingLendsPlaceAndRoomAndLosesNothing()
            throws IOException, InterruptedException {
        LoadedModel wide = ModelLoader.load(TestDecoder.CHECKPOINTS.resolve("stories"));
        List<Integer> expected;
        int length = 200;
        var texts = new Texts(2, Logprobs.NONE, Search.PLAIN);
        try (var loop = new TestLoop(wide, settings(1, 1, 4, 256))) {
            Answer answer =
                    drainAll(loop.submit(TestLoop.with(texts, loop.sampled(ONE, length, 3))), 2);
            expected = answer.samples().get(1).tokenIds;
        }
        long page = KvPool.pageBytes(wide.model().config(), KvCacheType.F32);
        var memory =
                new LoopSettings.Memory(8 * page, KvCacheType.F32, TestLoop.SLOW_CLIENT_TIMEOUT);
        var narrow = new LoopSettings(1, 2, new LoopSettings.Queue(8, 1_000), 256, memory);
        try (var loop = new TestLoop(wide, narrow)) {
            GenerationStream unread =
                    loop.submit(TestLoop.with(texts, loop.sampled(ONE, length, 3)));
            until(unread::isFull);
            until(() -> loop.loop.pausedCount() > 0);
            List<GenerationStream> others = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                others.add(loop.submit(loop.sampled(ONE, length, 3)));
            }
            for (GenerationStream other : others) {
                assertThat(drain(other).tokenIds()).hasSize(length);
            }
            assertThat(loop.observer.pauses(LoopObserver.Pause.READER)).isPositive();
            assertThat(loop.observer.pauses(LoopObserver.Pause.ROOM)).isPositive();

            Answer late = drainAll(unread, 2);

            assertThat(late.samples().get(1).tokenIds).isEqualTo(expected);
            assertThat(late.samples().get(0).tokenIds).hasSize(length);
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
    }

    @Test
    void memoryForLessThanOneContextIsRefusedAtTheStart() {
        var memory = new LoopSettings.Memory(1_000, KvCacheType.F32, TestLoop.SLOW_CLIENT_TIMEOUT);
        var settings = new LoopSettings(1, 4, new LoopSettings.Queue(4, 1_000), 256, memory);
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThatThrownBy(
                            () ->
                                    new EngineLoop(
                                            model, settings, new WorkerPool(1), LoopObserver.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "kaya.kv-cache-memory must hold one full context, 16,384 bytes; given"
                                    + " 1,000");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void aReaderWhoStopsReadingPausesOnlyItsOwnSequence() throws InterruptedException {
        List<Integer> expected;
        int length = 2 * GenerationStream.CAPACITY;
        try (var loop = new TestLoop(model, settings(1, 1, 4, 256))) {
            expected = loop.run(loop.greedy(new int[] {0}, length)).tokenIds();
        }
        try (var loop = new TestLoop(model, settings(1, 4, 4, 16))) {
            GenerationStream unread = loop.submit(loop.greedy(new int[] {0}, length));
            until(unread::isFull);
            List<GenerationStream> others = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                others.add(loop.submit(loop.greedy(new int[] {0}, length)));
            }
            for (GenerationStream other : others) {
                assertThat(drain(other).tokenIds()).isEqualTo(expected);
            }
            assertThat(loop.loop.runningCount()).isEqualTo(1);

            assertThat(drain(unread).tokenIds()).isEqualTo(expected);
        }
    }

    @Test
    void aReaderWhoStaysAwayIsCutAfterTheTimeout() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 2, 4, 256))) {
            GenerationStream stream = loop.submitPaused();
            loop.advance(TestLoop.SLOW_CLIENT_TIMEOUT);
            loop.run(loop.greedy(new int[] {1}, 3)); // the loop has turned: not yet
            assertThat(loop.loop.kvPool().reserved()).isPositive();

            loop.advance(Duration.ofNanos(1));
            until(() -> loop.loop.kvPool().reserved() == 0);

            Outcome outcome = drain(stream);
            assertThat(outcome.reason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(outcome.tokenIds()).hasSize(GenerationStream.CAPACITY);
        }
    }

    @Test
    void timeSpentInTheQueueIsNotTheReadersFault() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 1, 4, 256))) {
            Occupant first = loop.occupy();
            GenerationStream queued = loop.submit(loop.endless());
            loop.advance(TestLoop.SLOW_CLIENT_TIMEOUT.plusNanos(1));
            first.leave();
            until(queued::isFull);

            GenerationStream third = loop.submit(loop.endless());
            third.cancel();
            drain(third); // the loop has turned

            assertThat(loop.loop.runningCount()).isEqualTo(1);
        }
    }

    @Test
    void aReaderWhoReadsNowAndThenIsNotCut() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 2, 4, 256))) {
            GenerationStream stream = loop.submitPaused();
            for (int i = 0; i < 5; i++) {
                loop.advance(TestLoop.SLOW_CLIENT_TIMEOUT);
                assertThat(stream.next(Duration.ZERO)).isInstanceOf(Token.class);
                until(stream::isFull);
            }

            assertThat(loop.loop.runningCount()).isEqualTo(1);
        }
    }

    @Test
    void aDeadlineEndsAQueuedTaskWithNothing() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 1, 4, 256))) {
            Occupant running = loop.occupy();
            GenerationStream queued =
                    loop.submit(loop.within(Duration.ofSeconds(2), loop.endless()));
            loop.advance(Duration.ofSeconds(2));

            Outcome outcome = drain(queued);

            assertThat(outcome.reason()).isEqualTo(FinishReason.DEADLINE);
            assertThat(outcome.tokenIds()).isEmpty();
            assertThat(outcome.finished().fault()).isNull();
            assertThat(loop.loop.runningCount()).isEqualTo(1);
            running.leave();
        }
    }

    @Test
    void aDeadlineEndsARunningSequenceWithWhatThereIs() throws InterruptedException {
        try (var loop = new TestLoop(model, settings(1, 1, 4, 256))) {
            GenerationStream stream =
                    loop.submit(loop.within(Duration.ofSeconds(2), loop.endless()));
            until(stream::isFull);
            loop.advance(Duration.ofSeconds(2).minusNanos(1));
            for (int i = GenerationStream.CAUGHT_UP; i < GenerationStream.CAPACITY; i++) {
                assertThat(stream.next(TestLoop.PATIENCE)).isInstanceOf(Token.class);
            }
            until(stream::isFull); // it went on
            loop.advance(Duration.ofNanos(1));
            until(() -> loop.loop.runningCount() == 0);

            Outcome outcome = drain(stream);

            assertThat(outcome.reason()).isEqualTo(FinishReason.DEADLINE);
            assertThat(outcome.tokenIds()).hasSize(GenerationStream.CAPACITY);
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
    }

    @Test
    void stopLetsRunningAndQueuedWorkEnd() throws InterruptedException {
        var loop = new TestLoop(model, settings(1, 2, 8, 256));
        List<GenerationStream> streams = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            streams.add(loop.submit(loop.greedy(new int[] {i}, 40)));
        }

        loop.loop.stop(TestLoop.PATIENCE);

        for (GenerationStream stream : streams) {
            Outcome outcome = drain(stream);
            assertThat(outcome.reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(outcome.tokenIds()).hasSize(40);
        }
        assertThat(loop.loop.isAlive()).isFalse();
    }

    @Test
    void stopRefusesNewTasksWhileOldOnesEnd() throws InterruptedException {
        var loop = new TestLoop(model, settings(1, 1, 8, 256));
        GenerationStream running =
                loop.submit(loop.greedy(new int[] {1}, 2 * GenerationStream.CAPACITY));
        until(running::isFull);
        Thread stopping = Thread.ofPlatform().start(() -> loop.loop.stop(TestLoop.PATIENCE));
        until(() -> stopping.getState() == Thread.State.TIMED_WAITING);

        assertThatThrownBy(() -> loop.loop.submit(loop.endless()))
                .isInstanceOf(LoopStoppedException.class)
                .hasMessage("the server is shutting down");
        assertThat(drain(running).tokenIds()).hasSize(2 * GenerationStream.CAPACITY);
        stopping.join();
        assertThat(loop.observer.ended()).hasSize(1);
    }

    @Test
    void stopEndsWithAnErrorWhatDoesNotEndInTime() throws InterruptedException {
        var loop = new TestLoop(model, settings(1, 1, 8, 256));
        GenerationStream running = loop.submitPaused();
        GenerationStream queued = loop.submit(loop.endless());

        loop.loop.stop(Duration.ZERO);

        for (GenerationStream stream : List.of(running, queued)) {
            Finished finished = drain(stream).finished();
            assertThat(finished.reason()).isEqualTo(FinishReason.ERROR);
            assertThat(finished.fault()).isEqualTo(GenerationEvent.Fault.STOPPED);
        }
        assertThat(loop.loop.kvPool().reserved()).isZero();
        assertThat(loop.loop.runningCount()).isZero();
        assertThat(loop.loop.waitingCount()).isZero();
        assertThatThrownBy(() -> loop.loop.submit(loop.endless()))
                .isInstanceOf(LoopStoppedException.class);
    }

    @Test
    void everyAcceptedTaskEndsExactlyOnceWhateverHappens() throws InterruptedException {
        var loop = new TestLoop(model, settings(2, 3, 64, 8));
        List<GenerationStream> accepted = Collections.synchronizedList(new ArrayList<>());
        List<EngineRequest> tasks = Collections.synchronizedList(new ArrayList<>());
        List<Thread> clients = new ArrayList<>();
        for (int client = 0; client < 4; client++) {
            int number = client;
            clients.add(Thread.ofPlatform().start(() -> submitMany(loop, number, accepted, tasks)));
        }
        until(() -> accepted.size() > 40);
        loop.loop.stop(Duration.ZERO);
        for (Thread client : clients) {
            client.join();
        }

        assertThat(accepted).hasSameSizeAs(tasks);
        for (GenerationStream stream : accepted) {
            drain(stream);
        }
        assertThat(loop.observer.ended()).hasSameSizeAs(tasks);
        for (EngineRequest task : tasks) {
            assertThat(loop.observer.timesEnded(task)).isEqualTo(1);
        }
    }

    /** Submits until the loop stops: short tasks, cancelled ones, some whose time is up. */
    private static void submitMany(
            TestLoop loop, int client, List<GenerationStream> accepted, List<EngineRequest> tasks) {
        for (int i = 0; i < 100_000; i++) {
            EngineRequest task = loop.sampled(new int[] {i % 16, client}, 1 + i % 20, i);
            if (i % 7 == 0) {
                task = loop.within(Duration.ZERO, task);
            }
            try {
                GenerationStream stream = loop.loop.submit(task);
                accepted.add(stream);
                tasks.add(task);
                if (i % 5 == 0) {
                    stream.cancel();
                }
            } catch (QueueFullException e) {
                Thread.onSpinWait();
            } catch (LoopStoppedException e) {
                return;
            }
        }
    }

    @Test
    void boundsBelowOneAreRefused() {
        assertThatThrownBy(() -> settings(0, 1, 1, 1)).hasMessage("every bound must be at least 1");
        assertThatThrownBy(() -> settings(1, 0, 1, 1)).hasMessage("every bound must be at least 1");
        assertThatThrownBy(() -> settings(1, 1, 0, 1)).hasMessage("every bound must be at least 1");
        assertThatThrownBy(() -> settings(1, 1, 1, 0)).hasMessage("every bound must be at least 1");
        assertThatThrownBy(() -> new Prompt(new int[0]))
                .hasMessage("an empty prompt has nothing to continue");
        assertThatThrownBy(() -> StopRules.after(-1, Long.MAX_VALUE))
                .hasMessage("max_new_tokens -1");
    }
}
