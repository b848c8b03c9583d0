package dev.kaya.api;

import dev.kaya.service.ServiceObserver;
import jakarta.servlet.http.HttpServletRequest;

/** Counts requests to generate that are refused before the service sees them. */
public final class Refusals {

    private final ServiceObserver observer;

    /**
     * @param observer who hears of them
     */
    public Refusals(ServiceObserver observer) {
        this.observer = observer;
    }

    /** A request was answered with a problem; the service was not asked. */
    void count(HttpServletRequest request, Problem problem) {
        if (request.getRequestURI().equals(GenerationController.PATH)) {
            observer.onRejected(problem.code());
        }
    }
}
