package dev.kaya.service;

import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.GenerationEvent.Finished;
import java.util.ArrayList;
import java.util.List;

/** Keeps what the service says. Thread-safe. */
final class RecordingServiceObserver implements ServiceObserver {

    private final List<String> rejected = new ArrayList<>();
    private final List<Finished> finished = new ArrayList<>();
    private final List<ServedModel> served = new ArrayList<>();

    @Override
    public synchronized void onRejected(String reason) {
        rejected.add(reason);
    }

    @Override
    public synchronized void onFinished(EngineRequest task, int generated, Finished end) {
        finished.add(end);
    }

    @Override
    public synchronized void onServing(ServedModel model) {
        served.add(model);
    }

    synchronized List<String> rejected() {
        return List.copyOf(rejected);
    }

    synchronized List<Finished> finished() {
        return List.copyOf(finished);
    }

    synchronized List<ServedModel> served() {
        return List.copyOf(served);
    }
}
