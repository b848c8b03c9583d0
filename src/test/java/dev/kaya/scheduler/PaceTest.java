package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.sampling.BeamSearch;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.Search;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.scheduler.EngineRequest.Texts;
import dev.kaya.scheduler.GenerationEvent.Pace;
import dev.kaya.scheduler.TestLoop.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How fast texts come, by a clock that a step moves on by a millisecond. */
class PaceTest {

    private static final long STEP = 1_000_000;
    private static final int TOKENS = 6;

    @TempDir private Path folder;

    private final AtomicLong clock = new AtomicLong();
    private final List<Long> gaps = new ArrayList<>();
    private int generated;

    private final LoopObserver observer =
            new LoopObserver() {
                @Override
                public void onStep(int sequences, int tokens, long nanos) {
                    clock.addAndGet(STEP);
                }

                @Override
                public void onToken(long nanos) {
                    gaps.add(nanos);
                }

                @Override
                public void onFinished(
                        EngineRequest task, int tokens, GenerationEvent.Finished finished) {
                    generated = tokens;
                }
            };

    private Answer run(int maxSequences, Texts texts, int count)
            throws IOException, InterruptedException {
        LoadedModel model = TinyCheckpoint.gpt2().load(folder);
        gaps.clear();
        SamplingParams sampling =
                texts.search().beams() == null
                        ? SamplingParams.of(1, Filters.NONE, 7)
                        : SamplingParams.GREEDY;
        var task =
                new EngineRequest(
                        new Prompt(new int[] {3}),
                        sampling,
                        StopRules.after(count, Long.MAX_VALUE),
                        texts,
                        clock.get());
        try (var loop =
                new EngineLoop(
                        model,
                        TestLoop.settings(1, maxSequences, 4, 64),
                        new WorkerPool(1),
                        observer,
                        clock::get)) {
            return TestLoop.drainAll(loop.submit(task), texts.samples());
        } catch (QueueFullException | LoopStoppedException e) {
            throw new AssertionError(e);
        }
    }

    private static Texts texts(int samples) {
        return new Texts(samples, Logprobs.NONE, Search.PLAIN);
    }

    private void assertPace(Answer answer, int texts) {
        Pace pace = answer.finished().timing().pace();
        assertThat(pace).isEqualTo(new Pace(texts * (TOKENS - 1L), texts * (TOKENS - 1L) * STEP));
        assertThat(pace.tokensPerSecond()).hasValue(1_000);
        assertThat(gaps).hasSize(texts * (TOKENS - 1)).allMatch(gap -> gap == STEP);
    }

    @Test
    void isThatOfATextHoweverManyComeSideBySide() throws IOException, InterruptedException {
        for (int samples : new int[] {1, 2, 4}) {
            Answer answer = run(4, texts(samples), TOKENS);

            assertPace(answer, samples);
            assertThat(generated).isEqualTo(samples * TOKENS);
        }
    }

    /** The time in which another text was written is no part of a text's. */
    @Test
    void isThatOfATextAlsoWhenTheyComeOneAfterTheOther() throws IOException, InterruptedException {
        Answer answer = run(1, texts(3), TOKENS);

        assertPace(answer, 3);
        assertThat(answer.finished().timing().decodeNanos())
                .isGreaterThanOrEqualTo((3 * TOKENS - 1) * STEP);
        assertThat(generated).isEqualTo(3 * TOKENS);
    }

    @Test
    void beamsAreOneText() throws IOException, InterruptedException {
        for (int samples : new int[] {1, 3}) {
            var search = new Search(new BeamSearch.Rules(4, 1, false), false);
            Answer answer = run(4, new Texts(samples, Logprobs.NONE, search), TOKENS);

            assertPace(answer, 1);
            assertThat(generated).isEqualTo(samples * TOKENS);
            assertThat(answer.finished().timing().decodeNanos()).isEqualTo((TOKENS - 1) * STEP);
        }
    }

    @Test
    void oneTokenHasNone() throws IOException, InterruptedException {
        Pace pace = run(2, texts(2), 1).finished().timing().pace();

        assertThat(pace).isEqualTo(new Pace(0, 0));
        assertThat(pace.tokensPerSecond()).isEmpty();
        assertThat(gaps).isEmpty();
    }
}
