package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.sampling.TokenHistory;
import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.Search;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.scheduler.EngineRequest.Texts;
import dev.kaya.scheduler.TestLoop.Answer;
import dev.kaya.scheduler.TestLoop.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Guessing ahead changes the pace and nothing else. */
class SpeculationTest {

    private static final Path GPT2 = TestDecoder.FIXTURES.resolve("hf-gpt2");
    private static final Path STORIES = TestDecoder.CHECKPOINTS.resolve("stories");

    private static int[] guesses(int[] tokens, int limit) {
        var speculation = new Speculation();
        speculation.propose(new TokenHistory(tokens), limit);
        int[] guesses = new int[speculation.length()];
        for (int i = 0; i < guesses.length; i++) {
            guesses[i] = speculation.token(i);
        }
        return guesses;
    }

    @Test
    void guessesWhatFollowedTheLastTime() {
        assertThat(guesses(new int[] {1, 2, 3, 4, 9, 9, 1, 2}, 8)).containsExactly(3, 4, 9, 9);
        assertThat(guesses(new int[] {1, 2, 3, 4, 9, 9, 1, 2}, 2)).containsExactly(3, 4);
    }

    @Test
    void trustsTheLongerMatchFirstAndThenTheLater() {
        assertThat(guesses(new int[] {5, 1, 2, 7, 6, 1, 2, 8, 5, 1, 2}, 1)).containsExactly(7);
        assertThat(guesses(new int[] {5, 1, 2, 7, 6, 1, 2, 8, 3, 1, 2}, 1)).containsExactly(8);
    }

    @Test
    void goesOnWithAShortLoop() {
        assertThat(guesses(new int[] {4, 1, 2, 3, 1, 2, 3, 1, 2}, 4)).containsExactly(3, 1, 2, 3);
        assertThat(guesses(new int[] {7, 7, 7}, 4)).containsExactly(7, 7, 7, 7);
    }

    @Test
    void guessesNothingWithoutAMatchOfTwoOrWithoutRoom() {
        assertThat(guesses(new int[] {1, 2, 3, 4, 1}, 8)).isEmpty();
        assertThat(guesses(new int[] {1}, 8)).isEmpty();
        assertThat(guesses(new int[] {1, 2, 3, 1, 2}, 0)).isEmpty();
        assertThat(guesses(new int[] {1, 2, 3, 1, 2}, -1)).isEmpty();
    }

    @Test
    void guessesMoreAfterSuccessAndPausesAfterFailure() {
        var history = new TokenHistory(new int[] {7, 7, 7, 7});
        var speculation = new Speculation();
        speculation.propose(history, 100);
        assertThat(speculation.length()).isEqualTo(4);
        speculation.learn(4);
        speculation.propose(history, 100);
        assertThat(speculation.length()).isEqualTo(Speculation.MOST);
        speculation.learn(3);
        speculation.propose(history, 100);
        assertThat(speculation.length()).isEqualTo(3);
        speculation.learn(0);
        speculation.propose(history, 100);
        assertThat(speculation.length()).isZero();
        speculation.propose(history, 100);
        assertThat(speculation.length()).isEqualTo(1);
    }

    /** A hundred prompts: random, repetitive, long; greedy and drawn; some slide. */
    private static EngineRequest task(LoadedModel model, TestLoop loop, int number) {
        var random = new Random(number);
        int context = model.model().config().dimensions().context();
        int longest = number % 5 == 0 ? context : context / 2;
        int[] prompt = TestLoop.randomIds(model, number, longest - random.nextInt(longest / 2));
        if (number % 2 == 0) {
            int period = 1 + random.nextInt(12);
            for (int i = period; i < prompt.length; i++) {
                prompt[i] = prompt[i - period];
            }
        }
        float temperature = number % 3 == 0 ? 0 : 0.1f * random.nextInt(12);
        return EngineRequest.single(
                new Prompt(prompt),
                SamplingParams.of(temperature, Filters.of(20, 0.9), number),
                StopRules.after(1 + random.nextInt(30), Long.MAX_VALUE),
                loop.clock.get());
    }

    private static List<Outcome> run(LoadedModel model, TestLoop loop, boolean speculates)
            throws InterruptedException {
        List<GenerationStream> streams = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            var texts = new Texts(1, new Logprobs(0, Logprobs.OFF), new Search(null, speculates));
            streams.add(loop.submit(TestLoop.with(texts, task(model, loop, i))));
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (GenerationStream stream : streams) {
            outcomes.add(TestLoop.drain(stream));
        }
        return outcomes;
    }

    @Test
    void aHundredPromptsGiveTheSameTokensAndTextsWithFewerSteps()
            throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(GPT2);
        LoopSettings settings = TestLoop.settings(2, 3, 100, 64);
        try (var plain = new TestLoop(model, settings);
                var ahead = new TestLoop(model, settings)) {
            List<Outcome> expected = run(model, plain, false);
            List<Outcome> given = run(model, ahead, true);

            for (int i = 0; i < expected.size(); i++) {
                assertThat(given.get(i).tokenIds()).isEqualTo(expected.get(i).tokenIds());
                assertThat(given.get(i).text()).isEqualTo(expected.get(i).text());
                assertThat(given.get(i).reason()).isEqualTo(expected.get(i).reason());
            }
            assertThat(plain.observer.guesses()).isZero();
            assertThat(ahead.observer.rightGuesses()).isPositive();
            assertThat(ahead.observer.guesses()).isGreaterThan(ahead.observer.rightGuesses());
            assertThat(ahead.observer.steps()).isLessThan(plain.observer.steps());
            assertThat(ahead.loop.kvPool().reserved()).isZero();
        }
    }

    @Test
    void aTextInALoopTakesAFractionOfTheSteps() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        LoopSettings settings = TestLoop.settings(2, 3, 100, 64);
        int[] prompt = model.tokenizer().encode("the cat and the dog and ".repeat(6), false);
        try (var plain = new TestLoop(model, settings);
                var ahead = new TestLoop(model, settings)) {
            EngineRequest task = plain.greedy(prompt, 150);
            Outcome expected = plain.run(task);
            Outcome given =
                    ahead.run(TestLoop.with(new Texts(1, Logprobs.NONE, Search.AHEAD), task));

            assertThat(given.tokenIds()).isEqualTo(expected.tokenIds());
            assertThat(ahead.observer.steps()).isLessThan(plain.observer.steps());
        }
    }

    /**
     * A scored prompt is computed in pieces of at most 17 tokens, so that the last piece of some
     * lengths is a single token, beside which guesses are computed like beside any other.
     */
    @Test
    void guessesBesideAScoredPromptTakeNobodysLogits() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        LoopSettings settings = TestLoop.settings(1, 4, 100, 64);
        var scores = new Logprobs(0, 1);
        try (var loop = new TestLoop(model, settings)) {
            GenerationStream beside = loop.submit(loop.sampled(new int[] {3, 4, 5}, 200, 1));
            int guesses = 0;
            for (int length = 2; length <= 53; length++) {
                int[] prompt = new int[length];
                for (int i = 0; i < length; i++) {
                    prompt[i] = i % 2 == 0 ? 258 : 455;
                }
                EngineRequest task = loop.greedy(prompt, 8);
                Answer expected = run(loop, new Texts(1, scores, Search.PLAIN), task);
                Answer given = run(loop, new Texts(1, scores, Search.AHEAD), task);

                assertThat(given.samples().getFirst().tokenIds)
                        .as("%d tokens of prompt", length)
                        .isEqualTo(expected.samples().getFirst().tokenIds);
                assertThat(given.samples().getFirst().logprobs)
                        .usingRecursiveComparison()
                        .isEqualTo(expected.samples().getFirst().logprobs);
                assertThat(given.promptScores())
                        .hasSize(length - 1)
                        .usingRecursiveComparison()
                        .isEqualTo(expected.promptScores());
                guesses = loop.observer.guesses();
            }
            assertThat(guesses).isPositive();
            TestLoop.drain(beside);
        }
    }

    private static Answer run(TestLoop loop, Texts texts, EngineRequest task)
            throws InterruptedException {
        return TestLoop.drainAll(loop.submit(TestLoop.with(texts, task)), 1);
    }
}
