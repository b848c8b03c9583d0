package dev.kaya.registry;

import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.GenerationEvent.Finished;
import java.util.ArrayList;
import java.util.List;

/** Keeps what becomes of a model. Thread-safe. */
final class RecordingModelObserver implements ModelObserver {

    private final List<Finished> finished = new ArrayList<>();
    private final List<ServedModel> served = new ArrayList<>();

    @Override
    public synchronized void onFinished(EngineRequest request, int generated, Finished end) {
        finished.add(end);
    }

    @Override
    public synchronized void onServing(ServedModel model) {
        served.add(model);
    }

    synchronized List<Finished> finished() {
        return List.copyOf(finished);
    }

    synchronized List<ServedModel> served() {
        return List.copyOf(served);
    }
}
