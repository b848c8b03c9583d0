package dev.kaya.service.request;

import java.util.function.BooleanSupplier;

/**
 * Who sends a request; asked and told on the request's own thread.
 *
 * @param arrivalNanos {@code System.nanoTime()} when the request came
 * @param left whether the client has left; asked where checking takes long
 * @param tokenized told when what remains to be done needs no processor of this thread: a response
 *     format is made ready elsewhere, and then the request waits for its place
 */
public record Caller(long arrivalNanos, BooleanSupplier left, Runnable tokenized) {

    /** One that stays, whatever it takes. */
    public static Caller patient(long arrivalNanos) {
        return new Caller(arrivalNanos, () -> false, () -> {});
    }
}
