package dev.kaya.scheduler;

import static dev.kaya.scheduler.TestLoop.drain;
import static dev.kaya.scheduler.TestLoop.drainAll;
import static dev.kaya.scheduler.TestLoop.settings;
import static dev.kaya.scheduler.TestLoop.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.PrefixSharing;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.scheduler.TestLoop.Answer;
import dev.kaya.scheduler.TestLoop.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of a prompt is not computed again, and nobody can tell by the tokens. */
class PrefixCacheTest {

    /** Learned positions. */
    private static final String GPT2 = "gpt2";

    /** Rotary positions and shared key heads. */
    private static final String LLAMA = "llama";

    @TempDir private Path folder;

    /** A model that sees 256 tokens, four pages. */
    private LoadedModel load(String name) throws IOException {
        return name.equals(GPT2)
                ? TinyCheckpoint.gpt2().add("wpe.weight", 256, 16).load(folder)
                : TinyCheckpoint.llama().config("max_position_embeddings", "256").load(folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {GPT2, LLAMA})
    void aRepeatedRequestComputesItsLastPageAlone(String name)
            throws IOException, InterruptedException {
        LoadedModel model = load(name);
        int[] prompt = TestLoop.randomIds(model, 1, 150);
        try (var loop = new TestLoop(model, settings(1, 2, 4, 256))) {
            Outcome cold = loop.run(loop.sampled(prompt, 60, 5));
            until(() -> loop.observer.computed() == 150 + 59);
            Outcome warm = loop.run(loop.sampled(prompt, 60, 5));

            assertThat(warm.tokenIds()).isEqualTo(cold.tokenIds());
            assertThat(cold.finished().cachedTokens()).isZero();
            // Prompt and text filled three pages; the third, of which 22 positions would do, is not
            // taken over in part.
            assertThat(warm.finished().cachedTokens()).isEqualTo(128);
            until(() -> loop.observer.computed() == 150 + 59 + 22 + 59);
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {GPT2, LLAMA})
    void aConversationGoesOnWhereItsLastAnswerEnded(String name)
            throws IOException, InterruptedException {
        LoadedModel model = load(name);
        int[] prompt = TestLoop.randomIds(model, 2, 100);
        try (var loop = new TestLoop(model, settings(1, 2, 4, 256));
                var fresh = new TestLoop(model, settings(1, 2, 4, 256))) {
            List<Integer> answer = loop.run(loop.sampled(prompt, 40, 5)).tokenIds();
            int[] next = Arrays.copyOf(prompt, 170);
            for (int i = 0; i < 40; i++) {
                next[100 + i] = answer.get(i);
            }

            Outcome warm = loop.run(loop.sampled(next, 20, 6));
            Outcome cold = fresh.run(fresh.sampled(next, 20, 6));

            assertThat(warm.tokenIds()).isEqualTo(cold.tokenIds());
            assertThat(warm.finished().cachedTokens()).isEqualTo(128);
            assertThat(cold.finished().cachedTokens()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {GPT2, LLAMA})
    void aTextThatMayOutgrowTheContextCopiesWhatIsKnown(String name)
            throws IOException, InterruptedException {
        LoadedModel model = load(name);
        int[] prompt = TestLoop.randomIds(model, 3, 200);
        try (var loop = new TestLoop(model, settings(2, 2, 4, 256));
                var fresh = new TestLoop(model, settings(2, 2, 4, 256))) {
            Outcome first = loop.run(loop.sampled(prompt, 50, 5));
            Outcome sliding = loop.run(loop.sampled(prompt, 70, 5));
            Outcome again = loop.run(loop.sampled(prompt, 50, 5));
            Outcome cold = fresh.run(fresh.sampled(prompt, 70, 5));

            assertThat(sliding.tokenIds()).isEqualTo(cold.tokenIds());
            assertThat(sliding.finished().cachedTokens()).isEqualTo(192);
            assertThat(again.tokenIds())
                    .isEqualTo(first.tokenIds())
                    .isEqualTo(cold.tokenIds().subList(0, 50));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {GPT2, LLAMA})
    void samplesComputeTheirPromptOnce(String name) throws IOException, InterruptedException {
        LoadedModel model = load(name);
        int[] prompt = TestLoop.randomIds(model, 4, 150);
        for (int places : new int[] {1, 3, 16}) {
            try (var loop = new TestLoop(model, settings(1, places, 4, 256));
                    var fresh = new TestLoop(model, settings(1, 1, 4, 256))) {
                EngineRequest task = loop.sampled(prompt, 10, 9);
                Answer answer = drainAll(loop.submit(TestLoop.times(5, task)), 5);

                assertThat(answer.samples().get(0).tokenIds)
                        .isEqualTo(fresh.run(fresh.sampled(prompt, 10, 9)).tokenIds());
                assertThat(answer.samples().stream().map(sample -> sample.tokenIds).distinct())
                        .hasSize(5);
                assertThat(answer.finished().cachedTokens()).isZero();
                // With one place the others find the two whole pages, not the rest of the prompt.
                int again = places == 1 ? 150 - 128 : 1;
                until(() -> loop.observer.computed() == 150 + 9 + 4 * (again + 9));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void aSampleIsTheSameHoweverManyThereAre(int samples) throws IOException, InterruptedException {
        LoadedModel model = load(LLAMA);
        int[] prompt = TestLoop.randomIds(model, 5, 30);
        try (var loop = new TestLoop(model, settings(1, 4, 4, 16))) {
            EngineRequest task = loop.sampled(prompt, 20, 3);
            Answer many = drainAll(loop.submit(TestLoop.times(8, task)), 8);
            Answer few = drainAll(loop.submit(TestLoop.times(samples, task)), samples);

            for (int i = 0; i < samples; i++) {
                assertThat(few.samples().get(i).tokenIds).isEqualTo(many.samples().get(i).tokenIds);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {GPT2, LLAMA})
    void aPoolThatIsShortForgetsAndStaysRight(String name)
            throws IOException, InterruptedException {
        LoadedModel model = load(name);
        long page = KvPool.pageBytes(model.model().config(), KvCacheType.F32);
        var memory =
                new LoopSettings.Memory(5 * page, KvCacheType.F32, TestLoop.SLOW_CLIENT_TIMEOUT);
        var queue = new LoopSettings.Queue(64, TestLoop.QUEUE_TOKENS);
        try (var loop = new TestLoop(model, new LoopSettings(1, 8, queue, 64, memory));
                var fresh = new TestLoop(model, settings(1, 1, 64, 256))) {
            List<EngineRequest> tasks = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                int[] prompt = TestLoop.randomIds(model, i % 3, Kernels.PAGE + 20);
                prompt[Kernels.PAGE + 10] = i % 2;
                tasks.add(loop.sampled(prompt, 8, i));
            }
            List<GenerationStream> streams = new ArrayList<>();
            for (EngineRequest task : tasks) {
                streams.add(loop.submit(task));
            }
            int cached = 0;
            for (int i = 0; i < tasks.size(); i++) {
                Outcome outcome = drain(streams.get(i));
                assertThat(outcome.tokenIds()).isEqualTo(fresh.run(tasks.get(i)).tokenIds());
                cached += outcome.finished().cachedTokens();
            }
            assertThat(cached).isPositive();
            assertThat(loop.loop.kvPool().reserved()).isZero();
            assertThat(loop.loop.kvPool().bytes()).isEqualTo(5 * page);
        }
    }

    /** How much is cached tells of others' prompts whether their pages are the same, no more. */
    @Test
    void noGuessAtOnePageOfAnothersPromptIsBetterThanAnother()
            throws IOException, InterruptedException {
        LoadedModel model = load(GPT2);
        int[] secret = TestLoop.randomIds(model, 8, 120);
        try (var loop = new TestLoop(model, settings(1, 32, 4, 256))) {
            loop.run(loop.greedy(secret, 30));
            for (int known = 0; known < 64; known++) {
                int[] guess = secret.clone();
                guess[known] = (guess[known] + 1) % 16;
                assertThat(loop.run(loop.greedy(guess, 1)).finished().cachedTokens())
                        .as("%d tokens right, and the others but one", known)
                        .isZero();
            }
            assertThat(loop.run(loop.greedy(secret, 1)).finished().cachedTokens()).isEqualTo(64);
        }
    }

    @Test
    void offSharesWithNobody() throws IOException, InterruptedException {
        LoadedModel model = load(GPT2);
        int[] prompt = TestLoop.randomIds(model, 9, 150);
        LoopSettings shared = settings(1, 2, 4, 256);
        var memory =
                new LoopSettings.Memory(
                        shared.memory().kvCacheBytes(),
                        KvCacheType.F32,
                        PrefixSharing.OFF,
                        TestLoop.SLOW_CLIENT_TIMEOUT);
        try (var loop = new TestLoop(model, new LoopSettings(1, 2, shared.queue(), 256, memory))) {
            Outcome first = loop.run(loop.sampled(prompt, 20, 5));
            Outcome second = loop.run(loop.sampled(prompt, 20, 5));

            assertThat(second.tokenIds()).isEqualTo(first.tokenIds());
            assertThat(second.finished().cachedTokens()).isZero();
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
    }
}
