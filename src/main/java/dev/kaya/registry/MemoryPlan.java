package dev.kaya.registry;

import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.scheduler.LoopMemory;
import dev.kaya.scheduler.LoopSettings;
import java.util.List;
import java.util.Locale;

/**
 * Everything that a served model will take of the heap, reckoned before its weights are read, so
 * that what does not fit is refused at the start and no request is what fills the heap. Memory
 * outside the heap (code, threads, buffers: some 150 MB) is not part of it.
 *
 * @param weights as they are held
 * @param loop what the engine's loop takes for itself
 * @param keyValues of the KV cache
 * @param requests kept free for bodies, answers and response formats
 * @param program the program itself with its tokenizer
 * @param loading beside the weights while they are read, and nothing afterwards
 */
public record MemoryPlan(
        long weights,
        LoopMemory loop,
        long keyValues,
        RequestMemory requests,
        long program,
        long loading) {

    /**
     * Spring, its web server, metrics and documents: 36 MB after a collection, here with what is
     * loaded when they are first used.
     */
    private static final long PROGRAM_BYTES = 52L << 20;

    /** Texts, ranks and look-ups of a token: about 400 bytes with the vocabularies at hand. */
    private static final long TOKEN_BYTES = 512;

    private static final double MEBIBYTE = 1 << 20;

    /**
     * A model to be held.
     *
     * @param config its arithmetic, with the context it is served with
     * @param weights bytes of its packed weights
     * @param loading bytes needed beside them while they are read
     */
    public record Model(TransformerConfig config, long weights, long loading) {}

    /**
     * Reckons with as large a KV cache as is asked for and of use, or as the heap has room for
     * where none is asked for, and with that of one full context at least.
     *
     * @param model to be held
     * @param settings of the loop
     * @param requests what they may hold
     * @param heap to be filled
     */
    public static MemoryPlan of(
            Model model, LoopSettings settings, RequestMemory requests, Heap heap) {
        LoopMemory loop = LoopMemory.of(model.config(), settings);
        long program = PROGRAM_BYTES + TOKEN_BYTES * model.config().dimensions().vocabulary();
        var least =
                new MemoryPlan(
                        model.weights(),
                        loop,
                        loop.leastKeyValues(),
                        requests,
                        program,
                        model.loading());
        long asked = settings.memory().kvCacheBytes();
        long most = asked == LoopSettings.Memory.WHAT_IS_LEFT ? least.room(heap) : asked;
        return least.withKeyValues(
                Math.max(loop.leastKeyValues(), Math.min(most, loop.mostKeyValues())));
    }

    private MemoryPlan withKeyValues(long bytes) {
        return new MemoryPlan(weights, loop, bytes, requests, program, loading);
    }

    /** What a KV cache could take of the heap beside everything else. */
    private long room(Heap heap) {
        return Math.min(
                heap.usable() - (all() - keyValues), heap.lasting() - (lasting() - keyValues));
    }

    /** Bytes of everything at once. */
    public long all() {
        return lasting() + Math.max(requests.all(), loading);
    }

    /** Bytes of what stays as long as the model is served. */
    private long lasting() {
        return weights
                + loop.positions()
                + loop.activations()
                + loop.scratch()
                + keyValues
                + program;
    }

    /** Whether a heap holds it. */
    public boolean fits(Heap heap) {
        return all() <= heap.usable() && lasting() <= heap.lasting();
    }

    /** The smallest heap, divided like that, in which the model is served at all. */
    public long smallestHeap(Heap like) {
        MemoryPlan least = withKeyValues(loop.leastKeyValues());
        return like.smallest(least.all(), least.lasting());
    }

    /** The heap in which as many full contexts as run at a time have their keys and values. */
    public long fullHeap(Heap like) {
        MemoryPlan full = withKeyValues(loop.mostKeyValues());
        return like.smallest(full.all(), full.lasting());
    }

    /**
     * Refuses what a heap does not hold.
     *
     * @throws InsufficientMemoryException naming every part and what to do
     */
    public void check(TransformerConfig config, LoopSettings settings, Heap heap)
            throws InsufficientMemoryException {
        if (!LoopMemory.isAddressable(config, settings)) {
            throw new InsufficientMemoryException(
                    "no array can hold what a step of this model needs: lower kaya.prefill-chunk ("
                            + settings.stepTokens()
                            + "), kaya.max-sequences ("
                            + settings.maxSequences()
                            + ") or kaya.context-length ("
                            + config.dimensions().context()
                            + ")");
        }
        long asked = settings.memory().kvCacheBytes();
        if (asked != LoopSettings.Memory.WHAT_IS_LEFT && asked < loop.leastKeyValues()) {
            throw new InsufficientMemoryException(
                    String.format(
                            Locale.ROOT,
                            "kaya.kv-cache-memory must hold one full context of %,d tokens, %,d"
                                    + " bytes; given %,d: raise it, or lower kaya.context-length",
                            config.dimensions().context(),
                            loop.leastKeyValues(),
                            asked));
        }
        if (!fits(heap)) {
            throw new InsufficientMemoryException(refusal(config, heap, asked));
        }
    }

    private String refusal(TransformerConfig config, Heap heap, long asked) {
        boolean whole = asked != LoopSettings.Memory.WHAT_IS_LEFT;
        long needed = whole ? heap.smallest(all(), lasting()) : smallestHeap(heap);
        return String.format(
                Locale.ROOT,
                "the model needs a heap of %,d MiB, and this one may have %,d MiB: %s, and the rest"
                        + " for the collector to work in. Start java with -Xmx%dm (in a container,"
                        + " with more memory), or make it smaller: kaya.context-length below %d,"
                        + " kaya.max-sequences, kaya.prefill-chunk%s, kaya.kv-cache=bf16 or"
                        + " kaya.weights=q8 (--context-length, --kv-cache, --weights)",
                needed >> 20,
                heap.most() >> 20,
                String.join(", ", described()),
                needed >> 20,
                config.dimensions().context(),
                whole ? ", kaya.kv-cache-memory" : "");
    }

    /**
     * A part of it.
     *
     * @param name for people
     * @param bytes of it
     */
    public record Part(String name, long bytes) {}

    /** Every part, the first ones those that stay. */
    public List<Part> parts() {
        return List.of(
                new Part("weights", weights),
                new Part("positions", loop.positions()),
                new Part("activations", loop.activations()),
                new Part("scratch of threads and sampling", loop.scratch()),
                new Part("keys and values", keyValues),
                new Part("the program and its tokenizer", program),
                new Part("bodies of requests", requests.bodies()),
                new Part("answers", requests.answers()),
                new Part("response formats", requests.formats()),
                new Part("connections", requests.connections()),
                new Part("loading, while it lasts, instead of requests", loading));
    }

    /** Every part with its size. */
    public List<String> described() {
        return parts().stream()
                .map(
                        part ->
                                String.format(
                                        Locale.ROOT,
                                        "%s %.1f MiB",
                                        part.name(),
                                        part.bytes() / MEBIBYTE))
                .toList();
    }
}
