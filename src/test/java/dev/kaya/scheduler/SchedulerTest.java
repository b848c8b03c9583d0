package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.Pages;
import dev.kaya.engine.model.RandomModels;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.tensor.Kernels;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.scheduler.GenerationTask.Logprobs;
import dev.kaya.scheduler.GenerationTask.Prompt;
import dev.kaya.scheduler.GenerationTask.Search;
import dev.kaya.scheduler.GenerationTask.StopRules;
import dev.kaya.scheduler.GenerationTask.Texts;
import java.util.ArrayList;
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

    private static Scheduler scheduler(int pages, int maxSequences, int stepTokens) {
        return new Scheduler(
                new KvPool(CONFIG, KvCacheType.F32, pages),
                maxSequences,
                new StepBudget(stepTokens, maxSequences));
    }

    /** A task that needs so many pages, and whose prompt is like no other. */
    private ActiveTask needing(int pages) {
        return task(pages * PAGE, 1, 1);
    }

    /** A task with a prompt of so many tokens that may outgrow the context. */
    private ActiveTask prompt(int length) {
        return task(length, CONTEXT, 1);
    }

    private ActiveTask task(int promptLength, int newTokens, int samples) {
        int[] prompt = new int[promptLength];
        prompt[0] = nextToken++;
        return new ActiveTask(
                new GenerationTask(
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
    private List<ActiveTask> admit(Scheduler scheduler) {
        admitted.clear();
        scheduler.admit(0, admitted::add);
        return admitted.stream().map(Sequence::owner).toList();
    }

    private static void end(Scheduler scheduler, ActiveTask task) {
        while (!task.running().isEmpty()) {
            Sequence sequence = task.running().getFirst();
            scheduler.remove(sequence);
            task.ended(sequence, FinishReason.LENGTH);
            sequence.cache().close();
        }
        scheduler.remove(task);
    }

    /** Plans a step and takes it for computed. Tells how many tokens each task had in it. */
    private static int[] step(Scheduler scheduler, ActiveTask... tasks) {
        StepPlan plan = scheduler.schedule();
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
        ActiveTask first = needing(1);
        ActiveTask second = needing(1);
        ActiveTask third = needing(1);
        List.of(first, second, third).forEach(scheduler::enqueue);

        assertThat(admit(scheduler)).containsExactly(first, second);
        end(scheduler, first);
        assertThat(admit(scheduler)).containsExactly(third);
    }

    @Test
    void aTaskWithoutRoomIsOvertakenByThoseThatFit() {
        Scheduler scheduler = scheduler(4, 8, 64);
        ActiveTask running = needing(3);
        ActiveTask large = needing(2);
        ActiveTask small = needing(1);
        List.of(running, large, small).forEach(scheduler::enqueue);

        assertThat(admit(scheduler)).containsExactly(running, small);
        end(scheduler, running);
        assertThat(admit(scheduler)).containsExactly(large);
    }

    @Test
    void butNotForEver() {
        Scheduler scheduler = scheduler(4, 8, 64);
        ActiveTask running = needing(3);
        ActiveTask large = needing(2);
        scheduler.enqueue(running);
        scheduler.enqueue(large);
        admit(scheduler);
        int overtakings = 0;
        ActiveTask small = needing(1);
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
        ActiveTask running = needing(3);
        scheduler.enqueue(running);
        for (int i = 0; i < 9; i++) {
            scheduler.enqueue(needing(2));
        }
        ActiveTask small = needing(1);
        scheduler.enqueue(small);

        assertThat(admit(scheduler)).containsExactly(running);
    }

    @Test
    void samplesBeginWhenTheirPromptIsComputed() {
        Scheduler scheduler = scheduler(PLENTY, 8, 256);
        ActiveTask task = task(100, CONTEXT, 3);
        ActiveTask other = needing(1);
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
    void whileOthersWaitOneTaskHasAQuarterOfThePlaces() {
        Scheduler scheduler = scheduler(PLENTY, 8, 64);
        ActiveTask greedy = task(10, CONTEXT, 20);
        scheduler.enqueue(greedy);
        admit(scheduler);
        step(scheduler, greedy);
        List<ActiveTask> others = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            others.add(needing(1));
            scheduler.enqueue(others.get(i));
        }

        List<ActiveTask> begun = admit(scheduler);

        assertThat(begun).filteredOn(task -> task == greedy).hasSize(1);
        assertThat(greedy.running()).hasSize(2);
        assertThat(begun).hasSize(7).containsAll(others.subList(0, 6));
        end(scheduler, others.get(0));
        assertThat(admit(scheduler)).containsExactly(others.get(6));
        end(scheduler, others.get(1));
        assertThat(admit(scheduler)).containsExactly(greedy); // nobody waits any more
    }

    @Test
    void aLongPromptIsComputedInChunks() {
        Scheduler scheduler = scheduler(PLENTY, 4, 64);
        ActiveTask task = prompt(150);
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
        ActiveTask longPrompt = prompt(500);
        ActiveTask shortPrompt = prompt(12);
        scheduler.enqueue(longPrompt);
        scheduler.enqueue(shortPrompt);
        admit(scheduler);

        assertThat(step(scheduler, longPrompt, shortPrompt)).containsExactly(52, 12);
        assertThat(step(scheduler, longPrompt, shortPrompt)).containsExactly(64, 1);
    }

    @Test
    void halfOfTheBudgetIsForThePromptThatNeedsLeast() {
        Scheduler scheduler = scheduler(PLENTY, 4, 64);
        ActiveTask longest = prompt(500);
        ActiveTask shorter = prompt(90);
        ActiveTask shortest = prompt(40);
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
        ActiveTask first = prompt(100);
        ActiveTask second = prompt(100);
        ActiveTask third = prompt(100);
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
        ActiveTask first = prompt(CONTEXT);
        ActiveTask second = prompt(CONTEXT);
        ActiveTask third = prompt(CONTEXT);
        List.of(first, second, third).forEach(scheduler::enqueue);
        admit(scheduler);

        for (int i = 0; i < 3; i++) {
            assertThat(step(scheduler, first, second, third)).containsExactly(CONTEXT, 0, 0);
            assertThat(step(scheduler, first, second, third)).containsExactly(0, CONTEXT, 0);
            assertThat(step(scheduler, first, second, third)).containsExactly(0, 0, CONTEXT);
        }
    }

    @Test
    void whoDecodesIsInEveryStepWhateverTheBudget() {
        Scheduler scheduler = scheduler(PLENTY, 4, 8);
        ActiveTask decoding = prompt(3);
        scheduler.enqueue(decoding);
        admit(scheduler);
        step(scheduler, decoding);
        ActiveTask longPrompt = prompt(500);
        scheduler.enqueue(longPrompt);
        admit(scheduler);

        for (int i = 0; i < 20; i++) {
            assertThat(step(scheduler, decoding, longPrompt)).containsExactly(1, 8);
        }
    }

    @Test
    void whoseReaderIsBehindIsLeftOut() {
        Scheduler scheduler = scheduler(PLENTY, 4, 64);
        ActiveTask slow = prompt(3);
        ActiveTask other = prompt(3);
        scheduler.enqueue(slow);
        scheduler.enqueue(other);
        admit(scheduler);
        for (int i = 0; i < GenerationStream.CAPACITY; i++) {
            slow.stream().add(new GenerationEvent.Token(0, 1, "", null));
        }

        assertThat(step(scheduler, slow, other)).containsExactly(0, 3);
    }
}
