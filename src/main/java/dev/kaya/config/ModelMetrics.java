package dev.kaya.config;

import dev.kaya.service.ServiceObserver;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The meters of every model, tagged with its name. */
final class ModelMetrics implements ModelObservers, ServiceObserver {

    private final MeterRegistry registry;
    private final ConcurrentMap<String, MetricsObserver> models = new ConcurrentHashMap<>();

    ModelMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public MetricsObserver of(String name) {
        return models.computeIfAbsent(name, model -> new MetricsObserver(registry, model));
    }

    @Override
    public void onRejected(String model, String reason) {
        of(model).onRejected(reason);
    }
}
