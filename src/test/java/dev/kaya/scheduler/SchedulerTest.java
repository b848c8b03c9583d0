package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.Pages;
import dev.kaya.engine.model.RandomModels;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.Search;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.scheduler.EngineRequest.Texts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who begins, and how a step is shared out; nothing is computed. */
class SchedulerTest {

    private static final int PAGE = Kernels.PAGE;
    private static final int CONTEXT = 16 * PAGE;
    private static final int PLENTY = 1_000;

    private static final TransformerConfig CONFIG =
            RandomModels.gpt2Config(new Dimensions(8, CONTEXT, 64, 1));

    /** Tokens here stand for nothing. */
    private static final class NoText implements TokenDecoder {
        @Override
        public String feed(int tokenId) {
            return "";
        }

        @Override
        public String finish() {
            return "";
        }

        @Override
        public TokenDecoder copy() {
            return this;
        }
    }

    private final List<Sequence> admitted = new ArrayList<>();
    private int nextToken;

    private final RecordingObserver observer = new RecordingObserver();

    private Scheduler scheduler(int pages, int maxSequences, int stepTokens) {
        return new Scheduler(
                new KvPool(CONFIG, KvCacheType.F32, pages),
                maxSequences,
                new TokenBudget(stepTokens, maxSequences),
                observer);
    }

    /** A task that needs so many pages, and whose prompt is like no other. */
    private SequenceGroup needing(int pages) {
        return task(pages * PAGE, 1, 1);
    }

    /** A task with a prompt of so many tokens that may outgrow the context. */
    private SequenceGroup prompt(int length) {
        return task(length, CONTEXT, 1);
    }

    private SequenceGroup task(int promptLength, int newTokens, int samples) {
        int[] prompt = new int[promptLength];
        prompt[0] = nextToken++;
        return new SequenceGroup(
                new EngineRequest(
                        new Prompt(prompt),
                        SamplingParams.GREEDY,
                        StopRules.after(newTokens, Long.MAX_VALUE),
                        new Texts(samples, Logprobs.NONE, Search.PLAIN),
                        0),
                new GenerationStream(samples, () -> {}, () -> 0),
                CONTEXT,
                NoText::new,
                null);
    }

    /** Those admitted now, by their tasks. */
    private List<SequenceGroup> admit(Scheduler scheduler) {
        admitted.clear();
        scheduler.admit(0, admitted::add);
        return admitted.stream().map(Sequence::owner).toList();
    }

    private static void end(Scheduler scheduler, SequenceGroup task) {
        while (!task.running().isEmpty()) {
            Sequence sequence = task.running().getFirst();
            scheduler.remove(sequence);
            task.ended(sequence, FinishReason.LENGTH);
            sequence.giveUpRoom();
        }
        scheduler.remove(task);
    }

    /** A turn of the loop: who can begins, and a step is planned and taken for computed. */
    private int[] turn(Scheduler scheduler, SequenceGroup... tasks) {
        admit(scheduler);
        return step(scheduler, tasks);
    }

    /** Plans a step and takes it for computed. Tells how many tokens each task had in it. */
    private static int[] step(Scheduler scheduler, SequenceGroup... tasks) {
        BatchPlan plan = scheduler.schedule();
        int[] shares = new int[tasks.length];
        for (int i = 0; i < plan.size(); i++) {
            Sequence sequence = plan.sequence(i);
            shares[List.of(tasks).indexOf(sequence.owner())] += plan.tokenCount(i);
            boolean completes = plan.completes(i);
            int computed = sequence.computed();
            Pages.prepare(sequence.cache(), computed, computed + plan.tokenCount(i));
            sequence.markComputed(plan.tokenCount(i));
            if (completes) {
                sequence.append(1, 0);
            }
        }
        return shares;
    }

    @Test
    void tasksBeginInTheOrderTheyCame() {
        Scheduler scheduler = scheduler(PLENTY, 2, 64);
        SequenceGroup first = needing(1);
        SequenceGroup second = needing(1);
        SequenceGroup third = needing(1);
        List.of(first, second, third).forEach(scheduler::enqueue);

        assertThat(admit(scheduler)).containsExactly(first, second);
        end(scheduler, first);
        assertThat(admit(scheduler)).containsExactly(third);
    }

    @Test
    void aTaskWithoutRoomIsOvertakenByThoseThatFit() {
        Scheduler scheduler = scheduler(4, 8, 64);
        SequenceGroup running = needing(3);
        SequenceGroup large = needing(2);
        SequenceGroup small = needing(1);
        List.of(running, large, small).forEach(scheduler::enqueue);

        assertThat(admit(scheduler)).containsExactly(running, small);
        end(scheduler, running);
        assertThat(admit(scheduler)).containsExactly(large);
    }

    @Test
    void butNotForEver() {
        Scheduler scheduler = scheduler(4, 8, 64);
        SequenceGroup running = needing(3);
        SequenceGroup large = needing(2);
        scheduler.enqueue(running);
        scheduler.enqueue(large);
        admit(scheduler);
        int overtakings = 0;
        SequenceGroup small = needing(1);
        scheduler.enqueue(small);
        while (!admit(scheduler).isEmpty()) {
            overtakings++;
            end(scheduler, small);
            small = needing(1);
            scheduler.enqueue(small);
        }

        assertThat(overtakings).isEqualTo(32);
        end(scheduler, running);
        assertThat(admit(scheduler)).containsExactly(large, small);
    }

    @Test
    void noMoreThanEightBehindOneWithoutRoomAreLookedAt() {
        Scheduler scheduler = scheduler(4, 32, 64);
        SequenceGroup running = needing(3);
        scheduler.enqueue(running);
        for (int i = 0; i < 9; i++) {
            scheduler.enqueue(needing(2));
        }
        SequenceGroup small = needing(1);
        scheduler.enqueue(small);

        assertThat(admit(scheduler)).containsExactly(running);
    }

    @Test
    void samplesBeginWhenTheirPromptIsComputed() {
        Scheduler scheduler = scheduler(PLENTY, 8, 256);
        SequenceGroup task = task(100, CONTEXT, 3);
        SequenceGroup other = needing(1);
        scheduler.enqueue(task);

        assertThat(admit(scheduler)).containsExactly(task);
        scheduler.enqueue(other);
        assertThat(admit(scheduler)).containsExactly(other);
        step(scheduler, task, other);
        assertThat(admit(scheduler)).containsExactly(task, task);
        assertThat(admitted).extracting(Sequence::sample).containsExactly(1, 2);
        assertThat(task.hasMore()).isFalse();
    }

    @Test
    void everyTaskHasAPlaceBeforeAnyHasTwo() {
        Scheduler scheduler = scheduler(PLENTY, 8, 64);
        SequenceGroup greedy = task(10, PAGE, 20);
        scheduler.enqueue(greedy);
        turn(scheduler, greedy);
        assertThat(turn(scheduler, greedy)).containsExactly(8);
        SequenceGroup[] all = {greedy, prompt(1), prompt(1), prompt(1)};
        List.of(all).subList(1, 4).forEach(scheduler::enqueue);

        assertThat(admit(scheduler)).containsExactly(all[1], all[2], all[3]);
        assertThat(step(scheduler, all)).containsExactly(5, 1, 1, 1);
        assertThat(observer.pauses(LoopObserver.Pause.SHARE)).isEqualTo(3);
        assertThat(scheduler.runningCount()).isEqualTo(11);
        assertThat(scheduler.pausedCount()).isEqualTo(3);
        assertThat(turn(scheduler, all)).containsExactly(5, 1, 1, 1);
        end(scheduler, all[2]);
        assertThat(turn(scheduler, all)).containsExactly(6, 1, 0, 1);
        end(scheduler, all[1]);
        end(scheduler, all[3]);
        assertThat(turn(scheduler, all)).containsExactly(8, 0, 0, 0);
        assertThat(scheduler.pausedCount()).isZero();
        assertThat(observer.pauses(LoopObserver.Pause.SHARE)).isEqualTo(3);
    }

    @Test
    void asManyTasksAsPlacesLeaveTheGreedyOneItsOwn() {
        Scheduler scheduler = scheduler(PLENTY, 4, 64);
        SequenceGroup greedy = task(10, PAGE, 20);
        scheduler.enqueue(greedy);
        turn(scheduler, greedy);
        turn(scheduler, greedy);
        SequenceGroup[] all = {greedy, prompt(1), prompt(1), prompt(1), prompt(1)};
        List.of(all).subList(1, 5).forEach(scheduler::enqueue);

        for (int i = 0; i < 100; i++) {
            assertThat(turn(scheduler, all)).containsExactly(1, 1, 1, 1, 0);
        }
        end(scheduler, all[1]);
        assertThat(turn(scheduler, all)).containsExactly(1, 0, 1, 1, 1);
    }

    /** However many come and go, each of its texts is written at the pace of one place. */
    @Test
    void furtherSamplesDoNotStarveUnderNewcomers() {
        Scheduler scheduler = scheduler(PLENTY, 2, 64);
        SequenceGroup task = task(10, 5, 3);
        scheduler.enqueue(task);
        turn(scheduler, task);
        int turns = 0;
        for (; task.begun() < 3 || !task.running().isEmpty(); turns++) {
            SequenceGroup newcomer = prompt(1);
            SequenceGroup another = prompt(1);
            scheduler.enqueue(newcomer);
            scheduler.enqueue(another);
            int[] shares = turn(scheduler, task, newcomer, another);
            assertThat(shares[0]).isPositive();
            assertThat(shares[1] + shares[2]).isEqualTo(1);
            end(scheduler, newcomer);
            end(scheduler, another);
            for (Sequence sequence : List.copyOf(task.running())) {
                if (sequence.generated() == 5) {
                    scheduler.remove(sequence);
                    task.ended(sequence, FinishReason.LENGTH);
                    sequence.giveUpRoom();
                }
            }
        }

        // The first token of the first text came with its prompt.
        assertThat(turns).isEqualTo(3 * 5 - 1);
    }

    @Test
    void aQuarterOfTheRoomIsForTasksThatHaveNone() {
        Scheduler scheduler = scheduler(16, 32, 64);
        SequenceGroup greedy = task(10, 20, 64);
        scheduler.enqueue(greedy);
        turn(scheduler, greedy);
        turn(scheduler, greedy);
        assertThat(greedy.running()).hasSize(12);
        for (int i = 0; i < 4; i++) {
            SequenceGroup other = needing(1);
            scheduler.enqueue(other);
            assertThat(admit(scheduler)).containsExactly(other);
        }
        SequenceGroup fifth = needing(1);
        scheduler.enqueue(fifth);
        assertThat(admit(scheduler)).isEmpty();
        Sequence ended = greedy.running().getFirst();
        scheduler.remove(ended);
        greedy.ended(ended, FinishReason.LENGTH);
        ended.giveUpRoom();
        assertThat(admit(scheduler)).containsExactly(fifth);
    }

    @Test
    void aLongPromptIsComputedInChunks() {
        Scheduler scheduler = scheduler(PLENTY, 4, 64);
        SequenceGroup task = prompt(150);
        scheduler.enqueue(task);
        admit(scheduler);

        assertThat(step(scheduler, task)).containsExactly(64);
        assertThat(step(scheduler, task)).containsExactly(64);
        assertThat(step(scheduler, task)).containsExactly(22);
        assertThat(step(scheduler, task)).containsExactly(1);
    }

    @Test
    void aShortPromptDoesNotStandBehindALongOne() {
        Scheduler scheduler = scheduler(PLENTY, 4, 64);
        SequenceGroup longPrompt = prompt(500);
        SequenceGroup shortPrompt = prompt(12);
        scheduler.enqueue(longPrompt);
        scheduler.enqueue(shortPrompt);
        admit(scheduler);

        assertThat(step(scheduler, longPrompt, shortPrompt)).containsExactly(52, 12);
        assertThat(step(scheduler, longPrompt, shortPrompt)).containsExactly(64, 1);
    }

    @Test
    void halfOfTheBudgetIsForThePromptThatNeedsLeast() {
        Scheduler scheduler = scheduler(PLENTY, 4, 64);
        SequenceGroup longest = prompt(500);
        SequenceGroup shorter = prompt(90);
        SequenceGroup shortest = prompt(40);
        List.of(longest, shorter, shortest).forEach(scheduler::enqueue);
        admit(scheduler);

        assertThat(step(scheduler, longest, shorter, shortest)).containsExactly(32, 0, 32);
        assertThat(step(scheduler, longest, shorter, shortest)).containsExactly(56, 0, 8);
        assertThat(step(scheduler, longest, shorter, shortest)).containsExactly(32, 32, 1);
        assertThat(step(scheduler, longest, shorter, shortest)).containsExactly(32, 32, 1);
        assertThat(step(scheduler, longest, shorter, shortest)).containsExactly(38, 26, 1);
        assertThat(step(scheduler, longest, shorter, shortest)).containsExactly(64, 1, 1);
    }

    @Test
    void promptsAreComputedInTheOrderTheyCame() {
        Scheduler scheduler = scheduler(PLENTY, 4, 64);
        SequenceGroup first = prompt(100);
        SequenceGroup second = prompt(100);
        SequenceGroup third = prompt(100);
        List.of(first, second, third).forEach(scheduler::enqueue);
        admit(scheduler);

        assertThat(step(scheduler, first, second, third)).containsExactly(64, 0, 0);
        assertThat(step(scheduler, first, second, third)).containsExactly(36, 28, 0);
        assertThat(step(scheduler, first, second, third)).containsExactly(1, 64, 0);
        assertThat(step(scheduler, first, second, third)).containsExactly(1, 8, 56);
        assertThat(step(scheduler, first, second, third)).containsExactly(1, 1, 44);
    }

    @Test
    void textsThatOutgrewTheContextTakeTurns() {
        Scheduler scheduler = scheduler(PLENTY, 4, CONTEXT);
        SequenceGroup first = prompt(CONTEXT);
        SequenceGroup second = prompt(CONTEXT);
        SequenceGroup third = prompt(CONTEXT);
        List.of(first, second, third).forEach(scheduler::enqueue);

        List<SequenceGroup> all = List.of(first, second, third);
        while (!all.stream().allMatch(SchedulerTest::isBeyondContext)) {
            turn(scheduler, first, second, third);
        }
        List<Sequence> texts = all.stream().map(task -> task.running().getFirst()).toList();
        int[] before = generated(texts);

        for (int i = 0; i < 30; i++) {
            int[] shares = turn(scheduler, first, second, third);
            assertThat(Arrays.stream(shares).sum()).isEqualTo(CONTEXT);
            assertThat(spread(before, generated(texts))).isLessThan(2);
        }
    }

    private static int[] generated(List<Sequence> texts) {
        return texts.stream().mapToInt(Sequence::generated).toArray();
    }

    /** By how many tokens one came further than another. */
    private static int spread(int[] before, int[] after) {
        List<Integer> gains = new ArrayList<>();
        for (int i = 0; i < before.length; i++) {
            gains.add(after[i] - before[i]);
        }
        return Collections.max(gains) - Collections.min(gains);
    }

    private static boolean isBeyondContext(SequenceGroup task) {
        return task.running().size() == 1 && task.running().getFirst().hasSlid();
    }

    /** Of one task and another, whatever number of texts either has. */
    @Test
    void tasksTakeTurnsNotTexts() {
        Scheduler scheduler = scheduler(PLENTY, 8, CONTEXT);
        SequenceGroup many = task(CONTEXT, CONTEXT, 5);
        scheduler.enqueue(many);
        while (many.running().size() < 5 || !many.running().stream().allMatch(Sequence::hasSlid)) {
            turn(scheduler, many);
        }
        SequenceGroup one = prompt(CONTEXT);
        scheduler.enqueue(one);
        while (!isBeyondContext(one)) {
            turn(scheduler, many, one);
        }
        List<Sequence> texts = List.copyOf(many.running());
        int[] before = generated(texts);
        int[] computed = new int[2];
        for (int i = 0; i < 20; i++) {
            int[] shares = turn(scheduler, many, one);
            computed[0] += shares[0];
            computed[1] += shares[1];
        }

        assertThat(computed[0] + computed[1]).isEqualTo(20 * CONTEXT);
        assertThat(Math.abs(computed[0] - computed[1])).isLessThanOrEqualTo(CONTEXT);
        assertThat(spread(before, generated(texts))).isLessThan(2);
    }

    /** They have as many places as are left over, and their windows come behind prompts. */
    @Test
    void newcomersDoNotWaitForTextsBeyondTheContext() {
        Scheduler scheduler = scheduler(6 * 16, 4, 64);
        List<SequenceGroup> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(prompt(CONTEXT));
            scheduler.enqueue(all.get(i));
        }
        SequenceGroup[] sliding = all.toArray(SequenceGroup[]::new);
        for (int i = 0; i < 400; i++) {
            turn(scheduler, sliding);
        }
        assertThat(all).allMatch(task -> task.begun() == 1);
        for (int i = 0; i < 100; i++) {
            SequenceGroup newcomer = prompt(50);
            all.add(newcomer);
            scheduler.enqueue(newcomer);
            SequenceGroup[] tasks = all.toArray(SequenceGroup[]::new);
            int[] shares = turn(scheduler, tasks);
            assertThat(shares[20]).isEqualTo(50);
            assertThat(Arrays.stream(shares).sum()).isEqualTo(64);
            end(scheduler, newcomer);
            all.remove(newcomer);
        }
    }

    /**
     * And they do not wait for newcomers for ever: one place and an eighth of the tokens is theirs.
     */
    @Test
    void textsBeyondTheContextDoNotStarveUnderNewcomers() {
        Scheduler scheduler = scheduler(3 * 16, 2, 64);
        SequenceGroup sliding = prompt(CONTEXT);
        scheduler.enqueue(sliding);
        for (int i = 0; i < CONTEXT / 64; i++) {
            turn(scheduler, sliding);
        }
        assertThat(sliding.running().getFirst().hasSlid()).isTrue();
        int computed = 0;
        for (int i = 0; i < 2 * CONTEXT / 8; i++) {
            SequenceGroup newcomer = prompt(500);
            scheduler.enqueue(newcomer);
            int[] shares = turn(scheduler, sliding, newcomer);
            assertThat(shares).containsExactly(8, 56);
            computed += shares[0];
            end(scheduler, newcomer);
        }
        assertThat(sliding.running().getFirst().generated()).isEqualTo(1 + computed / CONTEXT);
    }

    @Test
    void whoDecodesIsInEveryStepWhateverTheBudget() {
        Scheduler scheduler = scheduler(PLENTY, 4, 8);
        SequenceGroup decoding = prompt(3);
        scheduler.enqueue(decoding);
        admit(scheduler);
        step(scheduler, decoding);
        SequenceGroup longPrompt = prompt(500);
        scheduler.enqueue(longPrompt);
        admit(scheduler);

        for (int i = 0; i < 20; i++) {
            assertThat(step(scheduler, decoding, longPrompt)).containsExactly(1, 8);
        }
    }

    @Test
    void whoseReaderIsBehindIsLeftOut() {
        Scheduler scheduler = scheduler(PLENTY, 4, 64);
        SequenceGroup slow = prompt(3);
        SequenceGroup other = prompt(3);
        scheduler.enqueue(slow);
        scheduler.enqueue(other);
        admit(scheduler);
        for (int i = 0; i < GenerationStream.CAPACITY; i++) {
            slow.stream().add(new GenerationEvent.Token(0, 1, "", null));
        }

        assertThat(step(scheduler, slow, other)).containsExactly(0, 3);
    }

    @Test
    void whoseReaderIsBehindHoldsNobodysPlaceOrRoom() {
        Scheduler scheduler = scheduler(4, 1, 64);
        SequenceGroup slow = task(3, 4 * PAGE - 3, 1);
        scheduler.enqueue(slow);
        turn(scheduler, slow);
        for (int i = 0; i < GenerationStream.CAPACITY; i++) {
            slow.stream().add(new GenerationEvent.Token(0, 1, "", null));
        }
        SequenceGroup other = needing(3);
        scheduler.enqueue(other);

        assertThat(admit(scheduler)).containsExactly(other);
        assertThat(slow.running().getFirst().hasRoom()).isFalse();
        assertThat(observer.pauses(LoopObserver.Pause.READER)).isEqualTo(1);
        assertThat(observer.pauses(LoopObserver.Pause.ROOM)).isEqualTo(1);
        end(scheduler, other);
        catchUp(slow.stream());
        assertThat(turn(scheduler, slow, other)).containsExactly(4, 0); // all of it once more
        assertThat(turn(scheduler, slow, other)).containsExactly(1, 0);
    }

    private static void catchUp(GenerationStream stream) {
        try {
            while (stream.isFull()) {
                assertThat(stream.next(Duration.ZERO)).isNotNull();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
