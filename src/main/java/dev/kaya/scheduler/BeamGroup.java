package dev.kaya.scheduler;

import dev.kaya.engine.sampling.BeamSearch;
import dev.kaya.engine.sampling.BeamSearch.End;
import dev.kaya.engine.sampling.BeamSearch.Hypothesis;
import dev.kaya.engine.sampling.LogSoftmax;
import dev.kaya.engine.sampling.TokenHistory;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The beams of a request: a sequence for each, all with their places from the start. The first
 * computes the prompt while the others sleep; beams that go on from the same one share its keys and
 * values. Belongs to the loop's thread.
 */
final class BeamGroup {

    private final EngineRequest request;
    private final BeamSearch search;
    private final Tokenizer tokenizer;
    private final StopTexts stopTexts;
    private final Supplier<TokenDecoder> decoders;
    private final List<Sequence> sleeping = new ArrayList<>();
    private final List<Sequence> beams = new ArrayList<>(); // live ones, in the search's order
    private final List<TokenHistory> histories = new ArrayList<>();
    private final List<BeamText> texts = new ArrayList<>(); // likewise; none without stop strings
    private final List<BeamText> nextTexts = new ArrayList<>();
    private int tokensTold;

    /**
     * A text as far as stop strings need it: no characters, only what is held back of them. So a
     * beam is judged by its last token alone, and one that forks has little to copy.
     */
    private record BeamText(TokenDecoder decoder, StopMatcher stops) {
        BeamText copy() {
            return new BeamText(decoder.copy(), stops.copy());
        }
    }

    /**
     * @param request of the beams
     * @param rules of the search
     * @param tokenizer for the texts
     * @param decoders one for each text
     */
    BeamGroup(
            EngineRequest request,
            BeamSearch.Rules rules,
            Tokenizer tokenizer,
            Supplier<TokenDecoder> decoders) {
        this.request = request;
        this.tokenizer = tokenizer;
        this.decoders = decoders;
        stopTexts = new StopTexts(request.stops().texts());
        search = new BeamSearch(rules, request.stops().endIds());
    }

    /** Strings that end the texts. */
    StopTexts stopTexts() {
        return stopTexts;
    }

    /** Adds a sequence; the first one begins, the others wait for it. */
    void add(Sequence sequence) {
        if (beams.isEmpty()) {
            beams.add(sequence);
            histories.add(sequence.history());
            texts.add(begin());
        } else {
            sequence.sleep();
            sleeping.add(sequence);
        }
    }

    /**
     * Looks at what could follow a beam; see {@link BeamSearch#rank}.
     *
     * @return whether all beams have been looked at
     */
    boolean rank(Sequence beam, float[] logProbabilities, @Nullable LogSoftmax scores) {
        search.rank(beams.indexOf(beam), logProbabilities, scores);
        return search.isRanked();
    }

    /**
     * Goes on with the best continuations.
     *
     * @param now in nanoseconds
     * @return whether there is more to search
     */
    boolean advance(long now) {
        nextTexts.clear();
        boolean goesOn = search.advance(histories, this::endOf);
        texts.clear();
        texts.addAll(nextTexts);
        if (search.live() > 0) {
            follow();
        }
        for (int i = 0; i < search.live(); i++) {
            beams.get(i).append(search.tokenId(i), now);
        }
        return goesOn && beams.getFirst().generated() < request.stops().length().most();
    }

    /** Whether the last advance made texts longer, and did not only end them. */
    boolean grew() {
        return search.grew();
    }

    /** Each beam goes on in a sequence of its own: the first child of each in its parent's. */
    private void follow() {
        List<Sequence> parents = List.copyOf(beams);
        List<Sequence> free = new ArrayList<>(sleeping);
        Sequence[] children = new Sequence[search.live()];
        boolean[] taken = new boolean[parents.size()];
        for (int i = 0; i < children.length; i++) {
            int parent = search.parent(i);
            if (!taken[parent]) {
                taken[parent] = true;
                children[i] = parents.get(parent);
            }
        }
        for (int parent = 0; parent < taken.length; parent++) {
            if (!taken[parent]) {
                free.add(parents.get(parent));
            }
        }
        for (int i = 0; i < children.length; i++) {
            if (children[i] == null) {
                children[i] = free.removeLast();
                children[i].follow(parents.get(search.parent(i)));
            }
        }
        wake(List.of(children), free);
    }

    private void wake(List<Sequence> live, List<Sequence> others) {
        beams.clear();
        beams.addAll(live);
        histories.clear();
        beams.forEach(beam -> histories.add(beam.history()));
        sleeping.clear();
        sleeping.addAll(others);
        sleeping.forEach(Sequence::sleep);
    }

    private End endOf(TokenHistory beam, int tokenId) {
        EngineRequest.StopRules stops = request.stops();
        if (beam.generated() >= stops.length().least()) {
            if (stops.isEos(tokenId)) {
                return End.EOS;
            }
            if (stops.isStop(tokenId)) {
                return End.TOKEN;
            }
        }
        if (stopTexts.isEmpty()) {
            return End.NONE;
        }
        BeamText longer = texts.get(histories.indexOf(beam)).copy();
        feed(longer, tokenId, beam.generated());
        if (longer.stops().isMet()) {
            return End.TEXT;
        }
        nextTexts.add(longer); // the search goes on with these, in this order
        return End.NONE;
    }

    private BeamText begin() {
        return new BeamText(
                decoders.get(), new StopMatcher(stopTexts, request.stops().length().least()));
    }

    private String feed(BeamText text, int tokenId, int before) {
        String decoded = tokenizer.isSpecial(tokenId) ? "" : text.decoder().feed(tokenId);
        return text.stops().feed(decoded, before);
    }

    /**
     * The best texts, told to the request's stream, the best first.
     *
     * @param reason for those that had not ended
     * @return why the best one ended
     */
    FinishReason tell(GenerationStream stream, FinishReason reason) {
        List<Hypothesis> best =
                reason.isAborted()
                        ? List.<Hypothesis>of()
                        : search.best(histories, request.samples());
        FinishReason first = reason;
        for (int sample = 0; sample < request.samples(); sample++) {
            FinishReason end = reason;
            if (sample < best.size()) {
                end = tell(stream, sample, best.get(sample), reason);
            }
            stream.add(new GenerationEvent.SampleFinished(sample, end));
            first = sample == 0 ? end : first;
        }
        return first;
    }

    /** Tells one text, and why it ended: perhaps by what only its very end completes. */
    private FinishReason tell(
            GenerationStream stream, int sample, Hypothesis hypothesis, FinishReason otherwise) {
        BeamText state = begin();
        var text = new StringBuilder();
        List<Integer> ids = new ArrayList<>();
        for (int id : hypothesis.tokenIds()) {
            if (!state.stops().isMet()) {
                text.append(feed(state, id, ids.size()));
            }
            ids.add(id);
        }
        text.append(state.stops().finish(state.decoder().finish()));
        tokensTold += ids.size();
        stream.add(new GenerationEvent.Found(sample, ids, text.toString(), hypothesis.logprobs()));
        return state.stops().isMet() ? FinishReason.STOP : reason(hypothesis.end(), otherwise);
    }

    /** Tokens of the texts told: those of other beams are nobody's. */
    int tokensTold() {
        return tokensTold;
    }

    private static FinishReason reason(End end, FinishReason otherwise) {
        return switch (end) {
            case EOS -> FinishReason.EOS;
            case TOKEN, TEXT -> FinishReason.STOP;
            case NONE -> otherwise;
        };
    }
}
