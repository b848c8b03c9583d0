package dev.kaya.backend;

import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.GenerationStream;
import dev.kaya.scheduler.LoopStoppedException;
import dev.kaya.scheduler.QueueFullException;
import java.time.Duration;

/** What decodes a model: this process, or another. Thread-safe. */
public interface Backend {

    /** Whether requests can be answered. */
    enum Health {
        /** They can. */
        LIVE,
        /** Never again: the backend died or was closed. */
        DEAD
    }

    /**
     * What a backend does at the moment.
     *
     * @param running texts that have begun and not ended
     * @param paused of them those that wait for their reader or for others
     * @param waiting requests in the queue
     * @param cacheUsage share of the KV cache that running texts reserve, from 0 to 1
     * @param cacheBytes memory that keys and values take so far
     */
    record Capacity(int running, int paused, int waiting, double cacheUsage, long cacheBytes) {}

    /**
     * Takes a request.
     *
     * @return where its events will come
     * @throws QueueFullException when as many wait as may, or it would wait beyond its deadline
     * @throws LoopStoppedException when no more are taken
     */
    GenerationStream start(EngineRequest request) throws QueueFullException, LoopStoppedException;

    /**
     * How many texts of one request can run at once that are as long as this.
     *
     * @param positions each of them needs
     */
    int mostSequences(int positions);

    /** What it does now, for gauges. */
    Capacity capacity();

    /** Whether it can go on. */
    Health health();

    /** Which model it decodes. */
    ModelCard card();

    /** What it is and how it is set up: a line for the log of an operator. */
    String description();

    /** Readies what makes it fast, on the caller's thread, while it already answers. */
    void warm();

    /**
     * Takes no more requests, lets running ones end, and ends the rest.
     *
     * @param drain how long they may go on
     */
    void close(Duration drain);
}
