package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.sampling.BeamSearch;
import dev.kaya.engine.sampling.LogSoftmax;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.scheduler.EngineRequest.Length;
import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.Search;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.scheduler.EngineRequest.Texts;
import dev.kaya.scheduler.TestLoop.Answer;
import dev.kaya.scheduler.TestLoop.Occupant;
import dev.kaya.scheduler.TestLoop.Outcome;
import dev.kaya.scheduler.TestLoop.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Beam search through the loop. */
class BeamsTest {

    private static final Path NAMES = TestDecoder.CHECKPOINTS.resolve("names");
    private static final Path STORIES = TestDecoder.CHECKPOINTS.resolve("stories");

    private static EngineRequest task(
            int[] prompt, int width, double lengthPenalty, int samples, StopRules stops) {
        var rules = new BeamSearch.Rules(width, lengthPenalty, false);
        var texts = new Texts(samples, new Logprobs(0, Logprobs.OFF), new Search(rules, false));
        return new EngineRequest(new Prompt(prompt), SamplingParams.GREEDY, stops, texts, 0);
    }

    private static StopRules stops(LoadedModel model, int count) {
        int[] eos = model.specialTokens().eos().stream().mapToInt(Integer::intValue).toArray();
        return new StopRules(new Length(0, count), eos, new int[0], List.of(), Long.MAX_VALUE);
    }

    private static Answer run(TestLoop loop, EngineRequest task) throws InterruptedException {
        return TestLoop.drainAll(loop.submit(task), task.samples());
    }

    /** A text, found by trying all. */
    private record Candidate(List<Integer> tokenIds, double score, FinishReason reason) {}

    /** Every text of at most {@code left} more tokens, with its score. */
    private static void tryAll(
            TestDecoder decoder,
            boolean[] sampleable,
            List<Integer> eos,
            double lengthPenalty,
            int[] text,
            int promptLength,
            double sum,
            int left,
            List<Candidate> all) {
        float[][] logits = decoder.forward(text, 0);
        var scores = new LogSoftmax(logits[text.length - 1], 0, decoder.vocabulary(), 0);
        int length = text.length - promptLength + 1;
        for (int id = 0; id < decoder.vocabulary(); id++) {
            double next = sum + scores.of(id).logprob();
            double score = next / Math.pow(length, lengthPenalty);
            List<Integer> ids = TestLoop.list(text).subList(promptLength, text.length);
            if (eos.contains(id)) {
                all.add(new Candidate(ids, score, FinishReason.EOS));
            } else if (sampleable[id]) {
                int[] longer = Arrays.copyOf(text, text.length + 1);
                longer[text.length] = id;
                if (left == 1) {
                    List<Integer> whole =
                            TestLoop.list(longer).subList(promptLength, length + promptLength);
                    all.add(new Candidate(whole, score, FinishReason.LENGTH));
                } else {
                    tryAll(
                            decoder,
                            sampleable,
                            eos,
                            lengthPenalty,
                            longer,
                            promptLength,
                            next,
                            left - 1,
                            all);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, 0, 1, 2.5})
    void beamsWideEnoughFindTheBestOfAllTexts(double lengthPenalty)
            throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(NAMES);
        int vocabulary = model.model().config().dimensions().vocabulary();
        int width = vocabulary * vocabulary; // as many texts as there are of two tokens
        int[] prompt = TestDecoder.encode(model, "em");
        List<Candidate> all = new ArrayList<>();
        try (var decoder = new TestDecoder(model);
                var loop = new TestLoop(model, TestLoop.settings(1, width, 1, 64))) {
            tryAll(
                    decoder,
                    model.vocabulary().sampleable(),
                    List.copyOf(model.specialTokens().eos()),
                    lengthPenalty,
                    prompt,
                    prompt.length,
                    0,
                    3,
                    all);
            all.sort(Comparator.comparingDouble(Candidate::score).reversed());

            Answer answer = run(loop, task(prompt, width, lengthPenalty, 20, stops(model, 3)));

            for (int i = 0; i < 20; i++) {
                Sample found = answer.samples().get(i);
                assertThat(found.tokenIds).isEqualTo(all.get(i).tokenIds());
                assertThat(found.reason).isEqualTo(all.get(i).reason());
            }
            assertThat(loop.loop.kvPool().reserved()).isZero();
        }
    }

    @Test
    void aNarrowBeamIsNotAlwaysEnoughButNeverWorseThanGreedyByItsOwnScore()
            throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        try (var loop = new TestLoop(model, TestLoop.settings(2, 8, 8, 64))) {
            for (int i = 0; i < 10; i++) {
                int[] prompt = TestLoop.randomIds(model, i, 20);
                StopRules stops = StopRules.after(8, Long.MAX_VALUE);
                double greedy = sum(run(loop, task(prompt, 1, 1, 1, stops)));
                double beams = sum(run(loop, task(prompt, 6, 1, 1, stops)));

                assertThat(beams).isGreaterThanOrEqualTo(greedy);
            }
        }
    }

    private static double sum(Answer answer) {
        return answer.samples().getFirst().logprobs.stream()
                .mapToDouble(TokenLogprobs::logprob)
                .sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"names", "shakespeare-char", "stories"})
    void oneBeamIsGreedy(String name) throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(TestDecoder.CHECKPOINTS.resolve(name));
        int context = model.model().config().dimensions().context();
        int length = context / 2;
        try (var loop = new TestLoop(model, TestLoop.settings(1, 4, 8, 64))) {
            for (int i = 0; i < 10; i++) {
                int[] prompt = TestLoop.randomIds(model, i, length);
                StopRules stops = stops(model, Math.min(30, context - length));
                EngineRequest greedy =
                        EngineRequest.single(new Prompt(prompt), SamplingParams.GREEDY, stops, 0);
                Outcome expected = loop.run(greedy);
                Sample beam = run(loop, task(prompt, 1, 1, 1, stops)).samples().getFirst();

                assertThat(beam.tokenIds).isEqualTo(expected.tokenIds());
                assertThat(beam.text).hasToString(expected.text());
                assertThat(beam.reason).isEqualTo(expected.reason());
            }
        }
    }

    private static List<List<Integer>> ids(Answer answer) {
        return answer.samples().stream().map(sample -> sample.tokenIds).toList();
    }

    @Test
    void beamsFindTheSameWhoeverElseRunsAndHoweverTheWorkIsCut()
            throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        int[] prompt = TestLoop.randomIds(model, 3, 150);
        EngineRequest beams = task(prompt, 5, 0.7, 5, StopRules.after(40, Long.MAX_VALUE));
        List<List<Integer>> expected;
        try (var loop = new TestLoop(model, TestLoop.settings(1, 5, 8, 256))) {
            expected = ids(run(loop, beams));
            assertThat(ids(run(loop, beams))).as("warm").isEqualTo(expected);
        }
        assertThat(expected).doesNotHaveDuplicates().allMatch(ids -> ids.size() == 40);
        for (int stepTokens : new int[] {7, 64}) {
            try (var loop = new TestLoop(model, TestLoop.settings(2, 12, 20, stepTokens))) {
                List<GenerationStream> others = new ArrayList<>();
                for (int i = 0; i < 9; i++) {
                    int[] other = TestLoop.randomIds(model, 50 + i, 10 + 20 * i);
                    others.add(loop.submit(loop.sampled(other, 10 + 5 * i, i)));
                }
                GenerationStream first = loop.submit(beams);
                GenerationStream second = loop.submit(beams);
                for (GenerationStream other : others) {
                    TestLoop.drain(other);
                }
                assertThat(ids(TestLoop.drainAll(first, 5))).isEqualTo(expected);
                assertThat(ids(TestLoop.drainAll(second, 5))).isEqualTo(expected);
                assertThat(loop.loop.kvPool().reserved()).isZero();
            }
        }
    }

    @Test
    void beamsShareWhatTheyHaveInCommon() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        int[] prompt = TestLoop.randomIds(model, 3, 192);
        try (var loop = new TestLoop(model, TestLoop.settings(1, 8, 8, 256))) {
            run(loop, task(prompt, 8, 1, 1, StopRules.after(30, Long.MAX_VALUE)));

            // Three pages of the prompt, and one for each beam.
            KvPool pool = loop.loop.kvPool();
            long pages = pool.bytes() / KvPool.pageBytes(model.model().config(), pool.type());
            assertThat(pages).isEqualTo(3 + 8);
            assertThat(pool.reserved()).isZero();
        }
    }

    @Test
    void aStopStringEndsABeamAndIsNoPartOfItsText() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        int[] prompt = model.tokenizer().encode("Once upon a time", false);
        var stops =
                new StopRules(
                        new Length(3, 40),
                        new int[0],
                        new int[0],
                        List.of(".", ","),
                        Long.MAX_VALUE);
        try (var loop = new TestLoop(model, TestLoop.settings(1, 4, 8, 256))) {
            Answer answer = run(loop, task(prompt, 4, 1, 3, stops));

            for (Sample sample : answer.samples()) {
                String whole = model.tokenizer().decode(ints(sample.tokenIds));
                assertThat(sample.reason).isEqualTo(FinishReason.STOP);
                assertThat(whole).matches("(?s)[^.,]*[.,].*");
                assertThat(sample.text).hasToString(whole.split("[.,]", 2)[0]);
                assertThat(sample.tokenIds).hasSizeGreaterThanOrEqualTo(3);
                assertThat(sample.logprobs).hasSameSizeAs(sample.tokenIds);
            }
        }
    }

    private static int[] ints(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void logProbabilitiesAreThoseOfTheFoundText() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        int[] prompt = TestLoop.randomIds(model, 4, 30);
        try (var loop = new TestLoop(model, TestLoop.settings(1, 4, 8, 256));
                var decoder = new TestDecoder(model)) {
            Answer answer = run(loop, task(prompt, 4, 1, 4, StopRules.after(12, Long.MAX_VALUE)));

            for (Sample sample : answer.samples()) {
                int[] all = Arrays.copyOf(prompt, 42);
                for (int i = 0; i < 12; i++) {
                    all[30 + i] = sample.tokenIds.get(i);
                }
                float[][] logits = decoder.forward(all, 0);
                for (int i = 0; i < 12; i++) {
                    var scores = new LogSoftmax(logits[29 + i], 0, decoder.vocabulary(), 0);
                    assertThat(sample.logprobs.get(i).logprob())
                            .isCloseTo(scores.of(all[30 + i]).logprob(), within(0.0));
                }
            }
        }
    }

    @Test
    void aDeadlineGivesWhatThereIsAndACancellationNothing()
            throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        int[] prompt = TestLoop.randomIds(model, 4, 3);
        try (var loop = new TestLoop(model, TestLoop.settings(1, 4, 8, 256))) {
            var soon = StopRules.after(200, loop.clock.get() + Duration.ofSeconds(1).toNanos());
            GenerationStream late = loop.submit(task(prompt, 4, 1, 2, soon));
            TestLoop.until(() -> loop.observer.steps() > 5);
            loop.advance(Duration.ofSeconds(2));
            Answer cut = TestLoop.drainAll(late, 2);
            GenerationStream given =
                    loop.submit(task(prompt, 4, 1, 2, StopRules.after(200, Long.MAX_VALUE)));
            given.cancel();
            Answer nothing = TestLoop.drainAll(given, 2);

            assertThat(cut.samples()).allMatch(sample -> sample.reason == FinishReason.DEADLINE);
            assertThat(cut.samples()).allMatch(sample -> sample.tokenIds.size() >= 5);
            assertThat(nothing.samples())
                    .allMatch(sample -> sample.reason == FinishReason.CANCELLED)
                    .allMatch(sample -> sample.tokenIds.isEmpty());
            assertThat(loop.loop.kvPool().reserved()).isZero();
            assertThat(loop.loop.runningCount()).isZero();
        }
    }

    /** They are ranked when the last has been computed, in however many steps that is. */
    @Test
    void beamsWithFewerPlacesThanBeamsFindTheSame() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        int[] prompt = model.tokenizer().encode("Once upon a time", false);
        var stops = StopRules.after(30, Long.MAX_VALUE);
        List<List<Integer>> found = new ArrayList<>();
        for (int places : new int[] {8, 5, 3, 2}) {
            try (var loop = new TestLoop(model, TestLoop.settings(1, places, 8, 256))) {
                Answer answer = TestLoop.drainAll(loop.submit(task(prompt, 5, 1, 3, stops)), 3);
                found.add(answer.samples().stream().flatMap(s -> s.tokenIds.stream()).toList());
                assertThat(loop.observer.widestStep()).isEqualTo(Math.min(5, places));
            }
        }
        assertThat(found.getFirst()).hasSizeGreaterThan(30);
        assertThat(found).allMatch(found.getFirst()::equals);
    }

    @Test
    void aDeadlineInTheQueueGivesEmptyTexts() throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(STORIES);
        try (var loop = new TestLoop(model, TestLoop.settings(1, 1, 8, 256))) {
            Occupant running = loop.occupy();
            var soon = StopRules.after(9, loop.clock.get() + Duration.ofSeconds(1).toNanos());
            GenerationStream waiting = loop.submit(task(new int[] {5}, 2, 1, 2, soon));
            loop.advance(Duration.ofSeconds(2));
            Answer cut = TestLoop.drainAll(waiting, 2);

            assertThat(cut.samples())
                    .allMatch(sample -> sample.reason == FinishReason.DEADLINE)
                    .allMatch(sample -> sample.tokenIds.isEmpty());
            running.leave();
        }
    }

    @Test
    void tellsHowManyBeamsOfALengthFit() throws IOException {
        LoadedModel model = ModelLoader.load(STORIES);
        try (var loop = new TestLoop(model, TestLoop.settings(1, 8, 8, 256))) {
            int pages = loop.loop.kvPool().capacity();
            assertThat(loop.loop.mostSequences(64)).isEqualTo(8);
            assertThat(loop.loop.mostSequences(256))
                    .isEqualTo(Math.min(8, (pages - pages / 4) / 4));
        }
    }
}
