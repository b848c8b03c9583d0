package dev.kaya.api.web;

import dev.kaya.api.problem.Problem;
import dev.kaya.registry.ModelRegistry;
import dev.kaya.service.ServiceObserver;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;

/** Counts requests to generate that are refused before the service sees them. */
public final class RejectionMetrics {

    private final ServiceObserver observer;
    private final ModelRegistry models;
    private final Set<String> paths;

    /**
     * @param observer who hears of them
     * @param models for which they are
     * @param paths where texts are generated
     */
    public RejectionMetrics(ServiceObserver observer, ModelRegistry models, Set<String> paths) {
        this.observer = observer;
        this.models = models;
        this.paths = Set.copyOf(paths);
    }

    /** A request was answered with a problem; the service was not asked. */
    public void count(HttpServletRequest request, Problem problem) {
        if (paths.contains(request.getRequestURI())) {
            observer.onRejected(models.name(), problem.code());
        }
    }
}
