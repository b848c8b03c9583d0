package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.sampling.BeamSearch;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.LogitBias;
import dev.kaya.engine.sampling.Penalties;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.scheduler.EngineRequest.Length;
import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.Search;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.scheduler.EngineRequest.Texts;
import dev.kaya.scheduler.TestLoop.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Half a character becomes text only when nothing follows it; that text may be a stop string. */
class StopAtTheEndTest {

    private static final String HALF = "\uFFFD";

    private final LoadedModel model;
    private final int half;

    StopAtTheEndTest() throws IOException {
        model = ModelLoader.load(TestDecoder.CHECKPOINTS.resolve("stories"));
        half = firstHalf(model);
    }

    /** A token that is the beginning of a character. */
    private static int firstHalf(LoadedModel model) {
        for (int id = 0; id < model.model().config().dimensions().vocabulary(); id++) {
            TokenDecoder decoder = model.tokenizer().decoder(false);
            if (decoder.feed(id).isEmpty() && decoder.finish().equals(HALF)) {
                return id;
            }
        }
        throw new AssertionError("no token is half a character");
    }

    /** Only the half character is ever picked. */
    private EngineRequest task(
            Texts texts, int least, int most, List<String> stops, long deadline) {
        var bias = new LogitBias(new int[] {half}, new float[] {100});
        var penalties = new Penalties(1, 0, 0, 0, 0, bias);
        var sampling =
                new SamplingParams(0, Filters.NONE, penalties, SamplingParams.Ends.ANY_TIME, 0);
        var rules = new StopRules(new Length(least, most), new int[0], new int[0], stops, deadline);
        return new EngineRequest(new Prompt(new int[] {258}), sampling, rules, texts, 0);
    }

    private static Texts texts(int samples) {
        return new Texts(samples, Logprobs.NONE, Search.PLAIN);
    }

    private static Texts beams(int width) {
        var search = new Search(new BeamSearch.Rules(width, 1, false), false);
        return new Texts(1, Logprobs.NONE, search);
    }

    private Answer run(EngineRequest task) throws InterruptedException {
        try (var loop = new TestLoop(model, TestLoop.settings(1, 4, 4, 64))) {
            return TestLoop.drainAll(loop.submit(task), task.samples());
        }
    }

    @Test
    void endsTheTextByIt() throws InterruptedException {
        for (Texts texts : List.of(texts(1), texts(3), beams(2))) {
            Answer answer = run(task(texts, 0, 1, List.of("x", HALF), Long.MAX_VALUE));

            assertThat(answer.samples()).allMatch(sample -> sample.text.isEmpty());
            assertThat(answer.samples()).allMatch(sample -> sample.tokenIds.equals(List.of(half)));
            assertThat(answer.samples()).allMatch(sample -> sample.reason == FinishReason.STOP);
            assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void mayBeTheLastOfSeveralCharacters() throws InterruptedException {
        for (Texts texts : List.of(texts(1), beams(1))) {
            Answer answer = run(task(texts, 0, 3, List.of(HALF.repeat(3)), Long.MAX_VALUE));

            assertThat(answer.samples().getFirst().text.toString()).isEmpty();
            assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void isTextOtherwise() throws InterruptedException {
        for (Texts texts : List.of(texts(1), beams(1))) {
            Answer answer = run(task(texts, 0, 2, List.of(HALF + "x"), Long.MAX_VALUE));

            assertThat(answer.samples().getFirst().text).hasToString(HALF + HALF);
            assertThat(answer.finished().reason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void doesNotCountInATextOfTooFewTokens() throws InterruptedException {
        for (Texts texts : List.of(texts(1), beams(1))) {
            Answer late = run(task(texts, 2, 2, List.of(HALF), Long.MAX_VALUE));
            // What waited for the second token comes with it.
            assertThat(late.samples().getFirst().text.toString()).isEmpty();
            assertThat(late.finished().reason()).isEqualTo(FinishReason.STOP);

            Answer cut = run(task(texts, 9, 2, List.of(HALF), Long.MAX_VALUE));
            assertThat(cut.samples().getFirst().text).hasToString(HALF + HALF);
            assertThat(cut.finished().reason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    /** The text ended where it did because time was up, but it is whole: nothing is missing. */
    @Test
    void countsAtADeadlineToo() throws InterruptedException {
        try (var loop = new TestLoop(model, TestLoop.settings(1, 1, 4, 64))) {
            long deadline = loop.clock.get() + Duration.ofSeconds(1).toNanos();
            String longer = HALF.repeat(GenerationStream.CAPACITY);
            GenerationStream one =
                    loop.submit(task(texts(1), 0, TestLoop.ENDLESS, List.of(longer), deadline));
            TestLoop.until(one::isFull);
            loop.advance(Duration.ofSeconds(2));
            Answer answer = TestLoop.drainAll(one, 1);

            assertThat(answer.samples().getFirst().tokenIds).hasSize(GenerationStream.CAPACITY);
            assertThat(answer.samples().getFirst().text.toString()).isEmpty();
            assertThat(answer.samples().getFirst().reason).isEqualTo(FinishReason.STOP);
            assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void aDeadlineThatCutsOtherTextsIsTheReasonOfTheWhole() throws InterruptedException {
        try (var loop = new TestLoop(model, TestLoop.settings(1, 1, 4, 64))) {
            long deadline = loop.clock.get() + Duration.ofSeconds(1).toNanos();
            String longer = HALF.repeat(GenerationStream.CAPACITY);
            GenerationStream two =
                    loop.submit(task(texts(2), 0, TestLoop.ENDLESS, List.of(longer), deadline));
            TestLoop.until(two::isFull);
            loop.advance(Duration.ofSeconds(2));
            Answer answer = TestLoop.drainAll(two, 2);

            assertThat(answer.samples().get(0).reason).isEqualTo(FinishReason.STOP);
            assertThat(answer.samples().get(1).reason).isEqualTo(FinishReason.DEADLINE);
            assertThat(answer.finished().reason()).isEqualTo(FinishReason.DEADLINE);
        }
    }
}
