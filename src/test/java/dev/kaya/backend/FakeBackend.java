package dev.kaya.backend;

import dev.kaya.engine.Vocabulary;
import dev.kaya.engine.resolve.GenerationDefaults;
import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.GenerationStream;
import dev.kaya.scheduler.LoopStoppedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A backend without an engine: its model continues every text with the letters that follow its last
 * one, and ends it after z. It answers at once, on the caller's thread, so a request may ask for no
 * more tokens than a stream holds.
 */
public final class FakeBackend implements Backend {

    private static final int CONTEXT = 32;

    private final List<EngineRequest> requests = new ArrayList<>();
    private boolean closed;

    /** What it was asked, in order. */
    public List<EngineRequest> requests() {
        return List.copyOf(requests);
    }

    @Override
    public GenerationStream start(EngineRequest request) throws LoopStoppedException {
        if (closed) {
            throw new LoopStoppedException();
        }
        requests.add(request);
        var stream = new GenerationStream(request.samples(), () -> {}, () -> 0L);
        FinishReason first = null;
        long tokens = 0;
        for (int sample = 0; sample < request.samples(); sample++) {
            int[] prompt = request.prompt().tokenIds();
            int last = prompt[prompt.length - 1];
            FinishReason reason = null;
            for (int count = 1; reason == null; count++) {
                reason = next(request, sample, ++last, count, stream);
                tokens += last == Letters.END ? 0 : 1;
            }
            stream.add(new GenerationEvent.SampleFinished(sample, reason));
            first = first == null ? reason : first;
        }
        var pace = new GenerationEvent.Pace(tokens, tokens);
        stream.add(
                new GenerationEvent.Finished(
                        first == null ? FinishReason.ERROR : first,
                        0,
                        new GenerationEvent.Timing(1, 2, 3, 4, 5, pace),
                        null));
        return stream;
    }

    private static @Nullable FinishReason next(
            EngineRequest request, int sample, int token, int count, GenerationStream stream) {
        if (token == Letters.END) {
            return FinishReason.EOS;
        }
        String text = Character.toString('a' + token);
        stream.add(new GenerationEvent.Token(sample, token, text, null));
        return count == request.stops().length().most() ? FinishReason.LENGTH : null;
    }

    @Override
    public int mostSequences(int positions) {
        return 4;
    }

    @Override
    public Capacity capacity() {
        return new Capacity(0, 0, 0, 0, 0);
    }

    @Override
    public Health health() {
        return closed ? Health.DEAD : Health.LIVE;
    }

    @Override
    public ModelCard card() {
        return new ModelCard(
                "letters",
                new Vocabulary(
                        new Letters(),
                        new SpecialTokens(OptionalInt.empty(), List.of(Letters.END), false),
                        Letters.SIZE),
                new ModelCard.Context(CONTEXT, true),
                GenerationDefaults.NONE,
                new ModelCard.Weights(
                        "letters", "none", 0, new TreeMap<>(), "0000000000000000", 0, List.of()));
    }

    @Override
    public String description() {
        return "a fake";
    }

    @Override
    public void warm() {}

    @Override
    public void close(Duration drain) {
        closed = true;
    }
}
