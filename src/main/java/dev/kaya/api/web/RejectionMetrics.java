package dev.kaya.api.web;

import dev.kaya.api.problem.Problem;
import dev.kaya.service.ServiceObserver;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;

/** Counts requests to generate that are refused before the service sees them. */
public final class RejectionMetrics {

    private final ServiceObserver observer;
    private final Set<String> paths;

    /**
     * @param observer who hears of them
     * @param paths where texts are generated
     */
    public RejectionMetrics(ServiceObserver observer, Set<String> paths) {
        this.observer = observer;
        this.paths = Set.copyOf(paths);
    }

    /** A request was answered with a problem; the service was not asked. */
    public void count(HttpServletRequest request, Problem problem) {
        if (paths.contains(request.getRequestURI())) {
            observer.onRejected(problem.code());
        }
    }
}
