package dev.kaya.service.request;

import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.EngineRequest.Search;
import dev.kaya.scheduler.EngineRequest.Texts;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.fault.Location;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.fault.Wording;
import org.jspecify.annotations.Nullable;

/** Turns the fields of a request that say what to make of a prompt into rules. */
public final class OutputParser {

    private static final int MOST_LOGPROBS = 20;

    private final ServiceLimits limits;
    private final BeamSearchParser beams;

    OutputParser(ServiceLimits limits) {
        this.limits = limits;
        beams = new BeamSearchParser(limits);
    }

    /**
     * What to make of a prompt.
     *
     * @param texts to make
     * @param answered how many of them are answered
     * @param tellsLogprobs whether the log-probabilities of generated tokens are part of the answer
     */
    public record Wanted(Texts texts, int answered, boolean tellsLogprobs) {}

    Wanted of(GenerationSpec request) {
        int answered = count(RequestField.N, request.samples(), 1);
        int drawn = count(RequestField.BEST_OF, request.bestOf(), answered);
        if (drawn < answered) {
            throw Invalid.outOfRange(
                    RequestField.BEST_OF,
                    Wording.of("be at least ", RequestField.N, ", ", answered),
                    answered,
                    drawn);
        }
        int generated = logprobs(RequestField.LOGPROBS, request.logprobs());
        int prompt = logprobs(RequestField.PROMPT_LOGPROBS, request.promptLogprobs());
        boolean ranks = drawn > answered;
        var logprobs = new Logprobs(ranks ? Math.max(0, generated) : generated, prompt);
        var search = new Search(beams.of(request), Boolean.TRUE.equals(request.speculate()));
        return new Wanted(new Texts(drawn, logprobs, search), answered, generated != Logprobs.OFF);
    }

    /**
     * Refuses what cannot be told before the end.
     *
     * @throws GenerationException when the request's texts cannot be streamed
     */
    static void requireStreamable(Wanted wanted) {
        if (wanted.texts().search().beams() != null) {
            throw Invalid.field(
                    "conflicting_fields",
                    RequestField.NUM_BEAMS,
                    Wording.of(
                            RequestField.NUM_BEAMS,
                            " above 1 and ",
                            RequestField.STREAM,
                            " cannot both be given: which texts are the best is known at the"
                                    + " end"));
        }
        if (wanted.answered() < wanted.texts().samples()) {
            throw Invalid.field(
                    "conflicting_fields",
                    RequestField.BEST_OF,
                    Wording.of(
                            RequestField.BEST_OF,
                            " above ",
                            RequestField.N,
                            " and ",
                            RequestField.STREAM,
                            " cannot both be given: which texts are the likeliest is known at the"
                                    + " end"));
        }
    }

    private int count(Location field, @Nullable Integer given, int otherwise) {
        int count = given == null ? otherwise : given;
        if (count < 1) {
            throw Invalid.outOfRange(field, "be at least 1", 1, count);
        }
        if (count > limits.samples()) {
            throw Invalid.outOfRange(
                    field, "be at most " + limits.samples(), limits.samples(), count);
        }
        return count;
    }

    private static int logprobs(Location field, @Nullable Integer given) {
        if (given == null) {
            return Logprobs.OFF;
        }
        if (given < 0 || given > MOST_LOGPROBS) {
            int bound = given < 0 ? 0 : MOST_LOGPROBS;
            throw Invalid.outOfRange(field, "be from 0 to 20", bound, given);
        }
        return given;
    }
}
