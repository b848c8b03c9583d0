package dev.kaya.scheduler;

import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.model.KvPool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides who takes part in the next step: every running sequence that needs one token, and as many
 * tokens of longer prompts as the budget allows.
 *
 * <p>Tasks are admitted in the order they came, when there is a place and room for all keys and
 * values they may ever need. One that needs more room than there is may be overtaken by smaller
 * ones, but not for ever. Further samples of a task begin when its prompt is computed, from its
 * keys and values; while others wait, a task has no more than a quarter of the places.
 *
 * <p>Belongs to the loop's thread.
 */
final class Scheduler {

    /** How many tasks behind one without room are looked at. */
    private static final int LOOKAHEAD = 8;

    /** How often one without room is overtaken. */
    private static final int MOST_OVERTAKINGS = 32;

    /** Rows beyond one for each sequence whose logits a step can give. */
    static final int SPARE_OUTPUTS = 16;

    private final KvPool pool;
    private final int maxSequences;
    private final StepBudget budget;
    private final ArrayDeque<ActiveTask> waiting = new ArrayDeque<>();
    private final List<ActiveTask> begun = new ArrayList<>();
    // In the order in which prompts are computed: the first come first, but one whose text outgrew
    // the context, so that each of its tokens is a prompt again, goes to the back after each.
    private final List<Sequence> running = new ArrayList<>();
    private final List<Sequence> completed = new ArrayList<>();
    private final StepPlan plan;

    Scheduler(KvPool pool, int maxSequences, StepBudget budget) {
        this.pool = pool;
        this.maxSequences = maxSequences;
        this.budget = budget;
        plan = new StepPlan(maxSequences);
    }

    void enqueue(ActiveTask task) {
        waiting.add(task);
    }

    boolean isIdle() {
        return waiting.isEmpty() && begun.isEmpty();
    }

    int runningCount() {
        return running.size();
    }

    /** Begins whatever has a place and room now. */
    void admit(long now, Consumer<Sequence> admitted) {
        while (running.size() < maxSequences) {
            Sequence next = nextSample(now);
            if (next != null) {
                running.add(next);
            } else {
                next = nextTask(now);
                if (next == null) {
                    return;
                }
            }
            admitted.accept(next);
        }
    }

    private @Nullable Sequence nextSample(long now) {
        int share = waiting.isEmpty() ? maxSequences : Math.max(1, maxSequences / 4);
        for (ActiveTask task : begun) {
            if (task.hasMore() && task.running().size() < share && !isComputingPrompt(task)) {
                KvCache room = reserve(task);
                if (room != null) {
                    Sequence computed = promptHolder(task);
                    if (computed != null) {
                        room.continueFrom(computed.cache(), task.task().prompt().length() - 1);
                    }
                    return task.begin(room, now);
                }
            }
        }
        return null;
    }

    /** Whether another sample is about to have what the next one needs. */
    private static boolean isComputingPrompt(ActiveTask task) {
        boolean computing = false;
        for (Sequence sequence : task.running()) {
            computing |= sequence.generated() == 0;
        }
        return computing && promptHolder(task) == null;
    }

    /** A sample that still has the keys and values of the whole prompt. */
    private static @Nullable Sequence promptHolder(ActiveTask task) {
        for (Sequence sequence : task.running()) {
            if (sequence.holdsPrompt()) {
                return sequence;
            }
        }
        return null;
    }

    private @Nullable Sequence nextTask(long now) {
        int looked = 0;
        for (Iterator<ActiveTask> tasks = waiting.iterator(); tasks.hasNext(); ) {
            ActiveTask task = tasks.next();
            List<KvCache> room = reservePlaces(task);
            if (!room.isEmpty()) {
                tasks.remove();
                countOvertakings(looked);
                begun.add(task);
                room.forEach(cache -> running.add(task.begin(cache, now)));
                return task.running().getFirst();
            }
            if (++looked > LOOKAHEAD || task.overtaken() >= MOST_OVERTAKINGS) {
                return null;
            }
        }
        return null;
    }

    private void countOvertakings(int overtaken) {
        Iterator<ActiveTask> tasks = waiting.iterator();
        for (int i = 0; i < overtaken; i++) {
            tasks.next().countOvertaking();
        }
    }

    /** Room for all sequences that a task begins with; empty when there is not enough. */
    private List<KvCache> reservePlaces(ActiveTask task) {
        List<KvCache> room = new ArrayList<>();
        while (room.size() < task.places()) {
            boolean hasPlace = running.size() + task.places() <= maxSequences;
            KvCache next = hasPlace ? reserve(task) : null;
            if (next == null) {
                room.forEach(KvCache::close);
                return List.of();
            }
            room.add(next);
        }
        return room;
    }

    private @Nullable KvCache reserve(ActiveTask task) {
        int[] prompt = task.task().prompt().tokenIds();
        if (task.task().texts().logprobs().ofPrompt()) {
            prompt = Arrays.copyOf(prompt, 1); // what is to be scored has to be computed
        }
        return pool.reserve(task.positionsNeeded(), prompt, !task.maySlide());
    }

    /** Gives every task, waiting or begun, that should end to {@code ending}, which removes it. */
    void forEach(Predicate<ActiveTask> over, Consumer<ActiveTask> ending) {
        List<ActiveTask> found = null;
        for (ActiveTask task : waiting) {
            if (over.test(task)) {
                found = with(found, task);
            }
        }
        for (ActiveTask task : begun) {
            if (over.test(task)) {
                found = with(found, task);
            }
        }
        if (found != null) {
            found.forEach(ending);
        }
    }

    private static List<ActiveTask> with(@Nullable List<ActiveTask> tasks, ActiveTask task) {
        List<ActiveTask> list = tasks == null ? new ArrayList<>() : tasks;
        list.add(task);
        return list;
    }

    /** A sequence that has ended leaves. */
    void remove(Sequence sequence) {
        running.remove(sequence);
    }

    /** A task that has ended leaves; its sequences must have left. */
    void remove(ActiveTask task) {
        if (!begun.remove(task)) {
            waiting.remove(task);
        }
    }

    /**
     * Plans the next step. Sequences whose reader is behind are left out. Prompts are computed in
     * the order they came, which answers the first of many soonest and the last no later than if
     * they took turns; half of the budget is kept for the one that needs least, so that short
     * prompts do not stand behind a long one.
     *
     * @return the plan, empty when nobody can go on; valid until the next call
     */
    StepPlan schedule() {
        plan.clear();
        int spare = SPARE_OUTPUTS;
        for (Sequence sequence : running) {
            if (sequence.pending() == 1 && !sequence.stream().isFull()) {
                sequence.speculate(spare);
                spare -= sequence.guesses();
                plan.add(sequence, 1);
            }
        }
        shareAmongPrompts(budget.promptTokens(plan.size()), spare);
        return plan;
    }

    private void shareAmongPrompts(int tokens, int spareOutputs) {
        Sequence shortest = shortestPrompt();
        int left = tokens;
        int spare = spareOutputs;
        int kept = shortest == null ? 0 : Math.min(left / 2, shortest.pending());
        completed.clear();
        for (Sequence sequence : running) {
            int pending = sequence.pending();
            kept = sequence == shortest ? 0 : kept;
            int share = Math.min(pending, left - kept);
            if (sequence.scoresPrompt()) {
                share = Math.min(share, 1 + spare);
            }
            if (share > 0 && waitsForPrompt(sequence)) {
                spare -= sequence.scoresPrompt() ? share - 1 : 0;
                plan.add(sequence, share);
                left -= share;
                if (share == pending) {
                    completed.add(sequence);
                }
            }
        }
        running.removeAll(completed);
        running.addAll(completed);
    }

    private static boolean waitsForPrompt(Sequence sequence) {
        return sequence.pending() > 1 && !sequence.stream().isFull();
    }

    /** The one that needs the fewest tokens, the first of several; null when none needs any. */
    private @Nullable Sequence shortestPrompt() {
        Sequence shortest = null;
        for (Sequence sequence : running) {
            if (waitsForPrompt(sequence)
                    && (shortest == null || sequence.pending() < shortest.pending())) {
                shortest = sequence;
            }
        }
        return shortest;
    }
}
