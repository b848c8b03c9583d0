package dev.kaya.service;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.resolve.Assumption;
import dev.kaya.scheduler.LoopSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** What an operator wants to read once when a model is ready. */
final class StartLine {

    private StartLine() {}

    static String of(ServedModel served, LoopSettings settings, long loadingNanos) {
        LoadedModel model = served.model();
        LoadedModel.Card card = model.card();
        return String.format(
                Locale.ROOT,
                "Serving %s (%s, %s): %,d parameters in %s, held as %s in %,d MB, context %d, vocabulary %d; kernels: %s;"
                        + " %d threads; KV cache in %s up to %,d MB, %,d bytes a token; ready in %d ms",
                card.name(),
                card.dialect(),
                card.container(),
                card.contents().parameters(),
                new TreeSet<>(card.contents().elementsByType().keySet()),
                new TreeSet<>(card.contents().heldAs()),
                (card.contents().bytes() >> 20) + 1,
                model.model().config().dimensions().context(),
                model.model().config().dimensions().vocabulary(),
                served.loop().kernels().kernels().description(),
                settings.threads(),
                served.loop().kvPool().type(),
                (served.loop().kvPool().capacityBytes() >> 20) + 1,
                model.model().config().keyValueBytesPerToken(served.loop().kvPool().type()),
                loadingNanos / 1_000_000);
    }

    /** What is taken for granted, so that nobody has to guess it from the texts. */
    static String of(List<Assumption> assumed) {
        List<String> parts = new ArrayList<>();
        for (Assumption assumption : assumed) {
            parts.add(assumption.what());
        }
        return "Assumed, as neither the checkpoint nor the files beside it say: "
                + String.join("; ", parts)
                + " (kaya inspect tells what to do where that is wrong)";
    }
}
