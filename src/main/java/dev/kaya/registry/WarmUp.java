package dev.kaya.registry;

import dev.kaya.backend.Backend;
import dev.kaya.backend.ModelCard;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.GenerationStream;
import dev.kaya.scheduler.LoopStoppedException;
import dev.kaya.scheduler.QueueFullException;
import java.time.Duration;

/**
 * A short generation before the first request, so that classes are loaded, code is compiled where
 * it counts, and a model that cannot compute is found out while nobody waits.
 */
final class WarmUp {

    private static final int PROMPT_TOKENS = 4;
    private static final int NEW_TOKENS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private WarmUp() {}

    static void run(Backend backend) {
        ModelCard card = backend.card();
        int context = card.context().length();
        int length = Math.min(PROMPT_TOKENS, context);
        int[] prompt = new int[length];
        for (int i = 0; i < length; i++) {
            prompt[i] = i % card.vocabulary().size();
        }
        int room = Math.min(NEW_TOKENS, context + 1 - length);
        var request =
                EngineRequest.single(
                        new Prompt(prompt),
                        SamplingParams.of(1f, Filters.of(0, 0.9), 1),
                        StopRules.after(Math.max(1, room), Long.MAX_VALUE),
                        System.nanoTime());
        try {
            GenerationStream stream = backend.start(request);
            while (true) {
                GenerationEvent event = stream.next(PATIENCE);
                if (event instanceof GenerationEvent.Finished finished) {
                    check(finished);
                    return;
                }
            }
        } catch (QueueFullException | LoopStoppedException e) {
            throw new IllegalStateException("the model could not be warmed up", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while warming up", e);
        }
    }

    private static void check(GenerationEvent.Finished finished) {
        GenerationEvent.Fault fault = finished.fault();
        if (finished.reason() != FinishReason.LENGTH) {
            throw new IllegalStateException(
                    "the model cannot generate: "
                            + (fault == null ? finished.reason() : fault.message()));
        }
    }
}
