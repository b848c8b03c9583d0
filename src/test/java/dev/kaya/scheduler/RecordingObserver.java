package dev.kaya.scheduler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Keeps what the loop says. Thread-safe. */
final class RecordingObserver implements LoopObserver {

    /** One end of a sequence. */
    record Ended(EngineRequest task, int generated, GenerationEvent.Finished finished) {}

    private final List<Ended> ended = new ArrayList<>();
    private int steps;
    private int computed;
    private int widestStep;
    private int laterTokens;
    private int admitted;
    private int guesses;
    private int rightGuesses;
    private final List<Pause> pauses = new ArrayList<>();

    @Override
    public synchronized void onStep(int sequences, int tokens, long nanos) {
        steps++;
        computed += tokens;
        widestStep = Math.max(widestStep, sequences);
    }

    @Override
    public synchronized void onToken(long nanos) {
        laterTokens++;
    }

    @Override
    public synchronized void onPaused(Pause why) {
        pauses.add(why);
    }

    @Override
    public synchronized void onSpeculated(int count, int right) {
        guesses += count;
        rightGuesses += right;
    }

    @Override
    public synchronized void onAdmitted(long queueNanos, int cachedTokens) {
        admitted++;
    }

    @Override
    public synchronized void onFinished(
            EngineRequest task, int generated, GenerationEvent.Finished finished) {
        ended.add(new Ended(task, generated, finished));
    }

    synchronized List<Ended> ended() {
        return List.copyOf(ended);
    }

    /** How often a task has ended; tasks with prompts of their own are never equal. */
    synchronized int timesEnded(EngineRequest task) {
        int times = 0;
        for (Ended end : ended) {
            times += end.task().equals(task) ? 1 : 0;
        }
        return times;
    }

    synchronized int steps() {
        return steps;
    }

    /** Tokens guessed ahead. */
    synchronized int guesses() {
        return guesses;
    }

    /** Times that a sequence had to wait for this reason. */
    synchronized int pauses(Pause why) {
        return Collections.frequency(pauses, why);
    }

    /** Of them those that were picked. */
    synchronized int rightGuesses() {
        return rightGuesses;
    }

    /** Tokens computed in all steps. */
    synchronized int computed() {
        return computed;
    }

    /** Most sequences in a step. */
    synchronized int widestStep() {
        return widestStep;
    }

    /** Tokens that were not the first of their sequence. */
    synchronized int laterTokens() {
        return laterTokens;
    }

    synchronized int admitted() {
        return admitted;
    }
}
