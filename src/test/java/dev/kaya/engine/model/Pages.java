package dev.kaya.engine.model;

/** Gives caches the pages that a forward pass would, without computing anything. */
public final class Pages {

    private Pages() {}

    /** Makes sure that some positions have pages. */
    public static void prepare(KvCache cache, int from, int to) {
        for (int position = from; position < to; position++) {
            cache.prepare(position);
        }
    }
}
