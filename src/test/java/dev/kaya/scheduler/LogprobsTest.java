package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kaya.engine.Golden;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.sampling.LogSoftmax;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.EngineRequest.Search;
import dev.kaya.scheduler.EngineRequest.Texts;
import dev.kaya.scheduler.TestLoop.Answer;
import dev.kaya.scheduler.TestLoop.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Log-probabilities are those of the model's raw logits, however the work is cut. */
class LogprobsTest {

    private static final Path GPT2 = TestDecoder.FIXTURES.resolve("hf-gpt2");

    private static Answer run(TestLoop loop, EngineRequest task, Texts texts)
            throws InterruptedException {
        return TestLoop.drainAll(loop.submit(TestLoop.with(texts, task)), texts.samples());
    }

    private static Texts texts(int samples, int generated, int prompt) {
        return new Texts(samples, new Logprobs(generated, prompt), Search.PLAIN);
    }

    private static void assertSame(List<TokenLogprobs> given, List<TokenLogprobs> expected) {
        assertThat(given).hasSameSizeAs(expected);
        for (int i = 0; i < given.size(); i++) {
            assertThat(given.get(i)).usingRecursiveComparison().isEqualTo(expected.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20, 256})
    void areThoseOfTheRawLogitsBitForBit(int stepTokens) throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(GPT2);
        int[] prompt = TestLoop.randomIds(model, 5, 41);
        try (var decoder = new TestDecoder(model);
                var loop = new TestLoop(model, TestLoop.settings(2, 4, 8, stepTokens))) {
            Answer answer = run(loop, loop.sampled(prompt, 12, 3), texts(3, 2, 4));

            float[][] logits = decoder.forward(prompt, 0);
            List<TokenLogprobs> expected = new ArrayList<>();
            for (int i = 1; i < prompt.length; i++) {
                expected.add(
                        new LogSoftmax(logits[i - 1], 0, decoder.vocabulary(), 4).of(prompt[i]));
            }
            assertSame(answer.promptScores(), expected);
            for (Sample sample : answer.samples()) {
                int[] all = new int[prompt.length + 12];
                System.arraycopy(prompt, 0, all, 0, prompt.length);
                for (int i = 0; i < 12; i++) {
                    all[prompt.length + i] = sample.tokenIds.get(i);
                }
                float[][] whole = decoder.forward(all, 0);
                List<TokenLogprobs> scores = new ArrayList<>();
                for (int i = prompt.length; i < all.length; i++) {
                    scores.add(new LogSoftmax(whole[i - 1], 0, decoder.vocabulary(), 2).of(all[i]));
                }
                assertSame(sample.logprobs, scores);
            }
        }
    }

    /** The scores are those that a generation tells, however the prompt is cut. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20, 256})
    void thePromptIsScoredWithoutGenerating(int stepTokens)
            throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(GPT2);
        int context = model.model().config().dimensions().context();
        try (var loop = new TestLoop(model, TestLoop.settings(2, 4, 8, stepTokens))) {
            for (int length : new int[] {2, 3, 41, context}) {
                int[] prompt = TestLoop.randomIds(model, 7, length);
                Answer expected = run(loop, loop.sampled(prompt, 1, 3), texts(1, -1, 4));
                Answer scored = run(loop, loop.sampled(prompt, 0, 3), texts(3, 2, 4));

                assertThat(scored.promptScores()).hasSize(length - 1);
                assertSame(scored.promptScores(), expected.promptScores());
                assertNothingWasGenerated(scored);
                assertThat(loop.loop.kvPool().reserved()).isZero();
            }
        }
    }

    private static void assertNothingWasGenerated(Answer answer) {
        assertThat(answer.finished().reason()).isEqualTo(FinishReason.LENGTH);
        assertThat(answer.finished().fault()).isNull();
        assertThat(answer.samples()).hasSize(3);
        for (Sample sample : answer.samples()) {
            assertThat(sample.reason).isEqualTo(FinishReason.LENGTH);
            assertThat(sample.tokenIds).isEmpty();
            assertThat(sample.text).isEmpty();
        }
    }

    @Test
    void nothingToScoreNeedsNoStep() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(GPT2);
        try (var loop = new TestLoop(model, TestLoop.settings(1, 4, 8, 16))) {
            int[] one = {5};
            assertNothingWasGenerated(run(loop, loop.greedy(one, 0), texts(3, -1, 4)));
            int[] prompt = TestLoop.randomIds(model, 7, 41);
            assertNothingWasGenerated(run(loop, loop.greedy(prompt, 0), texts(3, 0, -1)));
            assertThat(loop.observer.steps()).isZero();
            assertThat(loop.loop.waitingCount()).isZero();
        }
    }

    @Test
    void areThoseOfPytorch() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(GPT2);
        Golden golden = Golden.read(GPT2.resolve("golden.json")).getFirst();
        try (var loop = new TestLoop(model, TestLoop.settings(1, 1, 1, 256))) {
            Answer answer = run(loop, loop.greedy(golden.promptIds(), 1), texts(1, 1, 1));

            // The contract allows a logit to be off by 1e-4, so a difference of two by twice that.
            TokenLogprobs first = answer.samples().getFirst().logprobs.getFirst();
            double likeliest = logprob(golden.lastLogits(), golden.greedyIds()[0]);
            assertThat(first.logprob()).isCloseTo(likeliest, within(2e-4));
            assertThat(first.topIds()).containsExactly(golden.greedyIds()[0]);
            assertThat(answer.promptScores().getFirst().logprob())
                    .isCloseTo(logprob(golden.firstLogits(), golden.promptIds()[1]), within(2e-4));
        }
    }

    private static double logprob(float[] logits, int id) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        return logits[id] - Math.log(sum);
    }

    @Test
    void aScoredPromptIsComputedEvenIfItIsKnown() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(TestDecoder.CHECKPOINTS.resolve("stories"));
        int[] prompt = TestLoop.randomIds(model, 6, 100);
        try (var loop = new TestLoop(model, TestLoop.settings(1, 4, 8, 256))) {
            loop.run(loop.greedy(prompt, 4));
            Answer known = run(loop, loop.greedy(prompt, 4), texts(1, 0, Logprobs.OFF));
            Answer scored = run(loop, loop.greedy(prompt, 4), texts(2, 0, 0));

            assertThat(known.finished().cachedTokens()).isEqualTo(64);
            assertThat(known.promptScores()).isEmpty();
            assertThat(scored.finished().cachedTokens()).isZero();
            assertThat(scored.promptScores()).hasSize(99);
            for (Sample sample : scored.samples()) {
                assertSame(sample.logprobs, known.samples().getFirst().logprobs);
            }
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
    }

    @Test
    void aPromptOfOneTokenHasNothingToScore() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(GPT2);
        try (var loop = new TestLoop(model, TestLoop.settings(1, 4, 8, 256))) {
            Answer answer = run(loop, loop.greedy(new int[] {3}, 2), texts(1, Logprobs.OFF, 5));

            assertThat(answer.promptScores()).isEmpty();
            assertThat(answer.samples().getFirst().logprobs).isEmpty();
            assertThat(answer.samples().getFirst().tokenIds).hasSize(2);
        }
    }
}
