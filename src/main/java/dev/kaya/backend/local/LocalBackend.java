package dev.kaya.backend.local;

import dev.kaya.backend.Backend;
import dev.kaya.backend.ModelCard;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.resolve.Assumption;
import dev.kaya.scheduler.EngineLoop;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.GenerationStream;
import dev.kaya.scheduler.LoopSettings;
import dev.kaya.scheduler.LoopStoppedException;
import dev.kaya.scheduler.QueueFullException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A model that this process decodes, in a loop of its own. */
public final class LocalBackend implements Backend {

    private final LoadedModel model;
    private final EngineLoop loop;
    private final LoopSettings settings;
    private final ModelCard card;

    /**
     * Takes over a running loop.
     *
     * @param model what it decodes
     * @param loop closed with this backend
     * @param settings of the loop
     * @param assumptions what the checkpoint does not say
     */
    public LocalBackend(
            LoadedModel model,
            EngineLoop loop,
            LoopSettings settings,
            List<Assumption> assumptions) {
        this.model = model;
        this.loop = loop;
        this.settings = settings;
        card = card(model, loop.kvPool().type(), assumptions);
    }

    /**
     * What must be known of a model to check its requests.
     *
     * @param model loaded
     * @param type of its KV cache
     * @param assumptions what the checkpoint does not say
     */
    public static ModelCard card(
            LoadedModel model, KvCacheType type, List<Assumption> assumptions) {
        TransformerConfig config = model.model().config();
        LoadedModel.Card about = model.card();
        SortedMap<String, Long> types = new TreeMap<>();
        about.contents().elementsByType().forEach((kind, count) -> types.put(kind.name(), count));
        return new ModelCard(
                about.name(),
                model.vocabulary(),
                new ModelCard.Context(config.dimensions().context(), model.stopsAtContextEnd()),
                model.defaults(),
                new ModelCard.Weights(
                        about.dialect(),
                        about.container(),
                        about.contents().parameters(),
                        types,
                        about.contents().fingerprint(),
                        config.keyValueBytesPerToken(type),
                        assumptions.stream().map(Assumption::what).toList()));
    }

    /** The loop that decodes. */
    public EngineLoop loop() {
        return loop;
    }

    /** The model that it decodes. */
    public LoadedModel model() {
        return model;
    }

    @Override
    public GenerationStream start(EngineRequest request)
            throws QueueFullException, LoopStoppedException {
        return loop.submit(request);
    }

    @Override
    public int mostSequences(int positions) {
        return loop.mostSequences(positions);
    }

    @Override
    public Capacity capacity() {
        KvPool pool = loop.kvPool();
        return new Capacity(
                loop.runningCount(),
                loop.pausedCount(),
                loop.waitingCount(),
                (double) pool.reserved() / pool.capacity(),
                pool.bytes());
    }

    @Override
    public Health health() {
        return loop.isAlive() ? Health.LIVE : Health.DEAD;
    }

    @Override
    public ModelCard card() {
        return card;
    }

    @Override
    public String description() {
        LoadedModel.Card about = model.card();
        KvPool pool = loop.kvPool();
        return String.format(
                Locale.ROOT,
                "%s, %s: %,d parameters in %s, held as %s in %,d MiB, context %d, vocabulary %d;"
                        + " kernels: %s; %d threads; KV cache in %s up to %,d MiB, %,d bytes a token",
                about.dialect(),
                about.container(),
                about.contents().parameters(),
                card.weights().elementsByType().keySet(),
                new TreeSet<>(about.contents().heldAs()),
                (about.contents().bytes() >> 20) + 1,
                card.context().length(),
                card.vocabulary().size(),
                loop.kernels().kernels().description(),
                settings.threads(),
                pool.type(),
                (pool.capacityBytes() >> 20) + 1,
                card.weights().keyValueBytesPerToken());
    }

    @Override
    public void warm() {
        loop.warmKernels();
    }

    @Override
    public void close(Duration drain) {
        loop.stop(drain);
    }
}
