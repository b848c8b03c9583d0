package dev.kaya.scheduler;

import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.model.KvPool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Decides who takes part in the next step: every running sequence that needs one token, and as many
 * tokens of longer prompts as the budget allows. Sequences are admitted in the order they came,
 * when there is a place and room for all keys and values they may ever need.
 *
 * <p>Belongs to the loop's thread.
 */
final class Scheduler {

    private final KvPool pool;
    private final int maxSequences;
    private final int stepTokens;
    private final ArrayDeque<Sequence> waiting = new ArrayDeque<>();
    // In turn order: a sequence that was given part of the budget goes to the back.
    private final List<Sequence> running = new ArrayList<>();
    private final List<Sequence> served = new ArrayList<>();
    private final StepPlan plan;

    Scheduler(KvPool pool, int maxSequences, int stepTokens) {
        this.pool = pool;
        this.maxSequences = maxSequences;
        this.stepTokens = stepTokens;
        plan = new StepPlan(maxSequences);
    }

    void enqueue(Sequence sequence) {
        waiting.add(sequence);
    }

    int waitingCount() {
        return waiting.size();
    }

    int runningCount() {
        return running.size();
    }

    /** Admits whoever has a place and room now, first come first. */
    void admit(long now, Consumer<Sequence> admitted) {
        while (!waiting.isEmpty() && running.size() < maxSequences) {
            Sequence next = waiting.peek();
            KvCache room = pool.reserve(next.positionsNeeded());
            if (room == null) {
                return;
            }
            waiting.remove();
            next.admit(room, now);
            running.add(next);
            admitted.accept(next);
        }
    }

    /** Removes and gives to {@code ended} every sequence, waiting or running, that should end. */
    void removeIf(Predicate<Sequence> over, Consumer<Sequence> ended) {
        removeIf(waiting.iterator(), over, ended);
        removeIf(running.iterator(), over, ended);
    }

    private static void removeIf(
            Iterator<Sequence> sequences, Predicate<Sequence> over, Consumer<Sequence> ended) {
        while (sequences.hasNext()) {
            Sequence sequence = sequences.next();
            if (over.test(sequence)) {
                sequences.remove();
                ended.accept(sequence);
            }
        }
    }

    void remove(Sequence sequence) {
        running.remove(sequence);
    }

    /**
     * Plans the next step. Sequences whose reader is behind are left out.
     *
     * @return the plan, empty when nobody can go on; valid until the next call
     */
    StepPlan schedule() {
        plan.clear();
        for (Sequence sequence : running) {
            if (sequence.pending() == 1 && !sequence.stream().isFull()) {
                plan.add(sequence, 1);
            }
        }
        int budget = stepTokens;
        served.clear();
        for (Sequence sequence : running) {
            if (budget > 0 && sequence.pending() > 1 && !sequence.stream().isFull()) {
                int share = Math.min(budget, sequence.pending());
                plan.add(sequence, share);
                served.add(sequence);
                budget -= share;
            }
        }
        if (budget == 0) {
            running.removeAll(served);
            running.addAll(served);
        }
        return plan;
    }
}
