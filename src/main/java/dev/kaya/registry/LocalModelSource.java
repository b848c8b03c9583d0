package dev.kaya.registry;

import dev.kaya.backend.Backend;
import dev.kaya.backend.local.LocalBackend;
import dev.kaya.engine.LoadOptions;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.PreparedModel;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.KernelChoice;
import dev.kaya.scheduler.EngineLoop;
import dev.kaya.scheduler.LoopObserver;
import dev.kaya.scheduler.LoopSettings;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A checkpoint to be decoded by this process: what it needs is reckoned before its weights are
 * read, and it is refused where the heap does not hold it.
 *
 * @param checkpoint file or folder
 * @param load how its matrices are kept, and with which context
 * @param loop bounds of the engine
 * @param requests memory that is kept free for them
 */
public record LocalModelSource(
        Path checkpoint, LoadOptions load, LoopSettings loop, RequestMemory requests)
        implements ModelSource {

    private static final Logger LOG = LoggerFactory.getLogger(LocalModelSource.class);

    @Override
    public Backend load(LoopObserver observer) throws IOException {
        try (PreparedModel prepared = ModelLoader.open(checkpoint, load)) {
            LoopSettings planned = planned(prepared);
            LoadedModel model = prepared.load();
            var workers = new WorkerPool(planned.threads());
            var engine = new EngineLoop(model, planned, workers, observer);
            KernelChoice kernels = engine.kernels();
            LOG.atLevel(kernels.degraded() ? Level.WARN : Level.INFO).log(kernels.explanation());
            return new LocalBackend(model, engine, planned, prepared.assumptions());
        } catch (OutOfMemoryError e) {
            var explained =
                    new InsufficientMemoryException(
                            "the heap was full while the checkpoint was read: start java with a"
                                    + " larger -Xmx");
            explained.initCause(e);
            throw explained;
        }
    }

    /** The loop's bounds with the KV cache that the heap has room for. */
    private LoopSettings planned(PreparedModel prepared) throws InsufficientMemoryException {
        Heap heap = Heap.current();
        var model =
                new MemoryPlan.Model(
                        prepared.config(), prepared.weightBytes(), prepared.loadingBytes());
        MemoryPlan plan = MemoryPlan.of(model, loop, requests, heap);
        plan.check(prepared.config(), loop, heap);
        LOG.debug("Memory: {}", plan.described());
        return loop.withKvCacheBytes(plan.keyValues());
    }
}
