package dev.kaya.scheduler;

import static dev.kaya.scheduler.TestLoop.drain;
import static dev.kaya.scheduler.TestLoop.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tokenizer.Segment;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.TestLoop.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sequence that cannot be computed fails alone. */
class FaultTest {

    // The last id: greedy texts of the sound prompts below never reach it, which the test checks.
    private static final int CULPRIT = 15;

    @TempDir private Path folder;

    /** Only the embedding of one token is broken; the head has sound weights for all. */
    private LoadedModel faulty() throws IOException {
        return TinyCheckpoint.gpt2().fillRow("wte.weight", CULPRIT, Float.NaN).load(folder);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 256})
    void theCulpritFailsAndTheOthersAreUnharmed(int stepTokens)
            throws IOException, InterruptedException {
        LoadedModel sound = TinyCheckpoint.gpt2().load(folder);
        List<Outcome> expected = runAll(sound, stepTokens);
        List<Outcome> outcomes = runAll(faulty(), stepTokens);
        int failed = 0;
        for (int i = 0; i < outcomes.size(); i++) {
            if (isCulprit(i)) {
                assertFailed(outcomes.get(i));
                failed++;
            } else {
                assertThat(expected.get(i).tokenIds()).doesNotContain(CULPRIT);
                assertThat(outcomes.get(i).tokenIds()).isEqualTo(expected.get(i).tokenIds());
                assertThat(outcomes.get(i).reason()).isEqualTo(FinishReason.LENGTH);
            }
        }
        assertThat(failed).isEqualTo(3);
    }

    private static boolean isCulprit(int number) {
        return number % 4 == 1;
    }

    private static void assertFailed(Outcome outcome) {
        assertThat(outcome.reason()).isEqualTo(FinishReason.ERROR);
        assertThat(outcome.tokenIds()).isEmpty();
        assertThat(outcome.finished().fault()).isEqualTo(GenerationEvent.Fault.LOGITS);
    }

    private static List<Outcome> sampleAll(LoadedModel model) throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        try (var loop = new TestLoop(model, settings(1, 12, 12, 256))) {
            List<GenerationStream> streams = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                streams.add(loop.submit(loop.sampled(new int[] {i, i + 1, 2}, 10, i)));
            }
            for (GenerationStream stream : streams) {
                outcomes.add(drain(stream));
            }
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
        return outcomes;
    }

    /** A token that some of the texts have, and some have not. */
    private static int tokenOfSome(List<Outcome> outcomes) {
        for (int id = 0; id < TinyCheckpoint.CHARACTERS.length(); id++) {
            int token = id;
            long with = outcomes.stream().filter(o -> o.tokenIds().contains(token)).count();
            if (with > 2 && with < 10) {
                return token;
            }
        }
        throw new AssertionError("the texts are too much alike");
    }

    private static List<Outcome> runAll(LoadedModel model, int stepTokens)
            throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        try (var loop = new TestLoop(model, settings(1, 12, 12, stepTokens))) {
            List<GenerationStream> streams = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                int[] prompt = {i, isCulprit(i) ? CULPRIT : 0, i + 1, 2, 3};
                streams.add(loop.submit(loop.greedy(prompt, 10)));
            }
            for (GenerationStream stream : streams) {
                outcomes.add(drain(stream));
            }
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
        return outcomes;
    }

    /** Pages are used again without being cleared; nothing of the old may be read. */
    @Test
    void pagesOfAFailedSequenceDoNotPoisonTheNext() throws IOException, InterruptedException {
        LoadedModel model = faulty();
        int[] prompt = {1, 2, 3};
        Outcome expected;
        try (var loop = new TestLoop(model, settings(1, 1, 4, 256))) {
            expected = loop.run(loop.greedy(prompt, 18));
        }
        try (var loop = new TestLoop(model, settings(1, 1, 4, 256))) {
            int[] broken = new int[TinyCheckpoint.CONTEXT];
            Arrays.fill(broken, CULPRIT);
            assertFailed(loop.run(loop.greedy(broken, 1)));

            assertThat(loop.run(loop.greedy(prompt, 18)).tokenIds()).isEqualTo(expected.tokenIds());
        }
    }

    /** A tokenizer that cannot give the text of one token. */
    private record FailingTokenizer(Tokenizer tokenizer, int culprit, Throwable failure)
            implements Tokenizer {
        @Override
        public int vocabularySize() {
            return tokenizer.vocabularySize();
        }

        @Override
        public int[] encode(List<Segment> segments) {
            return tokenizer.encode(segments);
        }

        @Override
        public byte[] bytes(int tokenId) {
            if (tokenId == culprit) {
                switch (failure) {
                    case RuntimeException exception -> throw exception;
                    case Error error -> throw error;
                    default -> throw new AssertionError(failure);
                }
            }
            return tokenizer.bytes(tokenId);
        }

        @Override
        public boolean isSpecial(int tokenId) {
            return false;
        }

        @Override
        public boolean isDefined(int tokenId) {
            return tokenId < vocabularySize();
        }

        @Override
        public boolean addsBos() {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                IllegalStateException.class,
                AssertionError.class,
                OutOfMemoryError.class,
            })
    void aTokenThatCannotBeHandedOutFailsItsSequenceAlone(Class<? extends Throwable> kind)
            throws IOException, InterruptedException, ReflectiveOperationException {
        LoadedModel sound = TinyCheckpoint.gpt2().load(folder);
        List<Outcome> expected = sampleAll(sound);
        int culprit = tokenOfSome(expected);
        Throwable failure = kind.getDeclaredConstructor().newInstance();
        LoadedModel model =
                new LoadedModel(
                        sound.card(),
                        sound.model(),
                        new FailingTokenizer(sound.tokenizer(), culprit, failure),
                        sound.specialTokens(),
                        sound.defaults());

        List<Outcome> outcomes = sampleAll(model);

        for (int i = 0; i < outcomes.size(); i++) {
            List<Integer> ids = expected.get(i).tokenIds();
            int end = ids.indexOf(culprit);
            Finished finished = outcomes.get(i).finished();
            if (end < 0) {
                assertThat(outcomes.get(i).tokenIds()).isEqualTo(ids);
                assertThat(finished.reason()).isEqualTo(FinishReason.LENGTH);
            } else {
                assertThat(outcomes.get(i).tokenIds()).isEqualTo(ids.subList(0, end));
                assertThat(finished.fault()).isEqualTo(GenerationEvent.Fault.SAMPLING);
            }
        }
    }

    /** The text that is held back until the end cannot be handed out either. */
    @Test
    void whatCannotBeEndedAsItShouldStrandsNobody() throws IOException, InterruptedException {
        LoadedModel model = TinyCheckpoint.gpt2().load(folder);
        var observer =
                new LoopObserver() {
                    @Override
                    public void onFinished(
                            EngineRequest task, int generated, GenerationEvent.Finished finished) {
                        throw new IllegalStateException(
                                "of request " + task.prompt().tokenIds()[0]);
                    }
                };
        try (var loop =
                new EngineLoop(model, settings(1, 2, 8, 256), new WorkerPool(1), observer)) {
            List<GenerationStream> streams = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                streams.add(
                        submit(
                                loop,
                                EngineRequest.single(
                                        new EngineRequest.Prompt(new int[] {i}),
                                        SamplingParams.GREEDY,
                                        EngineRequest.StopRules.after(8, Long.MAX_VALUE),
                                        System.nanoTime())));
            }
            streams.get(4).cancel();
            for (GenerationStream stream : streams) {
                Finished finished = null;
                while (finished == null) {
                    finished = stream.next(TestLoop.PATIENCE) instanceof Finished end ? end : null;
                }
            }
            assertThat(loop.isAlive()).isTrue();
            TestLoop.until(() -> loop.runningCount() == 0);
            assertThat(loop.kvPool().reserved()).isZero();
        }
    }

    private static GenerationStream submit(EngineLoop loop, EngineRequest task) {
        try {
            return loop.submit(task);
        } catch (QueueFullException | LoopStoppedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aLoopThatCannotGoOnTellsEveryoneAndSaysSo() throws IOException, InterruptedException {
        LoadedModel model = TinyCheckpoint.gpt2().load(folder);
        var died = new CompletableFuture<Throwable>();
        var failure = new IllegalStateException("a step was counted twice");
        var observer =
                new LoopObserver() {
                    private int steps;

                    @Override
                    public void onStep(int sequences, int tokens, long nanos) {
                        if (++steps == 3) {
                            throw failure;
                        }
                    }

                    @Override
                    public void onDied(Throwable cause) {
                        died.complete(cause);
                    }
                };
        try (var loop =
                new EngineLoop(model, settings(1, 1, 8, 256), new WorkerPool(1), observer)) {
            List<GenerationStream> streams = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                var task =
                        EngineRequest.single(
                                new EngineRequest.Prompt(new int[] {i}),
                                SamplingParams.GREEDY,
                                EngineRequest.StopRules.after(50, Long.MAX_VALUE),
                                System.nanoTime());
                streams.add(submit(loop, task));
            }
            for (GenerationStream stream : streams) {
                Outcome outcome = drain(stream);
                assertThat(outcome.reason()).isEqualTo(FinishReason.ERROR);
                assertThat(outcome.finished().fault()).isEqualTo(GenerationEvent.Fault.STOPPED);
            }
            assertThat(died.join()).isSameAs(failure);
            TestLoop.until(() -> !loop.isAlive());
        }
    }

    /** Ids beyond the vocabulary cannot come through the service; a bug that lets one is caught. */
    @Test
    void aStepThatFailsIsRunAgainForEachAlone() throws IOException, InterruptedException {
        LoadedModel model = TinyCheckpoint.gpt2().load(folder);
        try (var loop = new TestLoop(model, settings(1, 3, 4, 256))) {
            Outcome expected = loop.run(loop.greedy(new int[] {1, 2}, 10));
            GenerationStream before = loop.submit(loop.greedy(new int[] {1, 2}, 10));
            GenerationStream culprit = loop.submit(loop.greedy(new int[] {1, 1 << 20}, 10));
            GenerationStream after = loop.submit(loop.greedy(new int[] {1, 2}, 10));

            Outcome failed = drain(culprit);
            assertThat(failed.reason()).isEqualTo(FinishReason.ERROR);
            assertThat(failed.finished().fault()).isEqualTo(GenerationEvent.Fault.STEP);
            assertThat(drain(before).tokenIds()).isEqualTo(expected.tokenIds());
            assertThat(drain(after).tokenIds()).isEqualTo(expected.tokenIds());
            assertThat(loop.loop.isAlive()).isTrue();
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
    }
}
