package dev.kaya.service;

import java.util.ArrayList;
import java.util.List;

/** Keeps what the service says. Thread-safe. */
final class RecordingServiceObserver implements ServiceObserver {

    private final List<String> rejected = new ArrayList<>();

    @Override
    public synchronized void onRejected(String model, String reason) {
        rejected.add(reason);
    }

    synchronized List<String> rejected() {
        return List.copyOf(rejected);
    }
}
