package dev.kaya.benchmark;

/** A workload that a model or the heap has no room for; the message names the option to lower. */
public final class UnfitWorkloadException extends Exception {

    private static final long serialVersionUID = 1L;

    UnfitWorkloadException(String message) {
        super(message);
    }
}
