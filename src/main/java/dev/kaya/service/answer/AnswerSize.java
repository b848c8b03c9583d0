package dev.kaya.service.answer;

import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.EngineRequest.Logprobs;
import dev.kaya.scheduler.GenerationStream;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.fault.Location;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.fault.Wording;
import dev.kaya.service.request.RequestValidator;
import java.util.function.IntFunction;

/**
 * The memory that an answer may come to take while it is made: what is kept of each token, what
 * lies in the stream for a client that reads slowly, and what it repeats of the request.
 *
 * @param texts to draw or search
 * @param tokens of each, at most
 * @param logprobs alternatives told of each; −1 for no log-probabilities
 * @param promptTokens that enter the model
 * @param promptLogprobs alternatives told of each of them; −1 for no log-probabilities
 * @param beams that search
 * @param echoed characters of the prompt that are repeated
 */
public record AnswerSize(
        int texts,
        int tokens,
        int logprobs,
        int promptTokens,
        int promptLogprobs,
        int beams,
        int echoed) {

    /** A token's log-probabilities as an object, alternatives apart. */
    private static final long SCORED_OBJECT = 112;

    /** An event with its text, log-probabilities apart. */
    private static final long EVENT = 150;

    public static AnswerSize of(RequestValidator.Validated valid) {
        EngineRequest request = valid.request();
        EngineRequest.Texts texts = request.texts();
        var rules = texts.search().beams();
        return new AnswerSize(
                texts.samples(),
                request.stops().length().most(),
                valid.wanted().tellsLogprobs() ? texts.logprobs().generated() : Logprobs.OFF,
                request.prompt().tokenIds().length,
                texts.logprobs().prompt(),
                rules == null ? 0 : rules.width(),
                valid.echo().length());
    }

    /** At most so many bytes. */
    public long bytes() {
        // One text more, because its arrays are copied when they grow.
        long kept = TokenLog.bytes((texts + 1L) * tokens, logprobs);
        long searched = 2L * beams * tokens * (Integer.BYTES + object(logprobs));
        long events = GenerationStream.CAPACITY + (long) GenerationStream.LAST_EVENTS * texts;
        long prompt =
                (long) promptTokens * Integer.BYTES
                        + promptTokens * object(promptLogprobs)
                        + TokenLog.bytes(2L * promptTokens, promptLogprobs);
        return kept
                + searched
                + events * (EVENT + object(logprobs))
                + prompt
                + (long) Character.BYTES * echoed;
    }

    private static long object(int alternatives) {
        return alternatives < 0 ? 0 : SCORED_OBJECT + 12L * alternatives;
    }

    /**
     * Refuses an answer that could never be held, and says what to ask less of.
     *
     * @param most bytes
     */
    public void requireWithin(long most) {
        if (bytes() <= most) {
            return;
        }
        refuseAbove(
                RequestField.LOGPROBS, logprobs, Logprobs.OFF, most, value -> withLogprobs(value));
        refuseAbove(
                RequestField.PROMPT_LOGPROBS,
                promptLogprobs,
                Logprobs.OFF,
                most,
                value -> withPromptLogprobs(value));
        RequestField count = beams > 0 ? RequestField.NUM_BEAMS : RequestField.N;
        refuseAbove(count, texts, 1, most, value -> withTexts(value));
        refuseAbove(RequestField.MAX_NEW_TOKENS, tokens, 1, most, value -> withTokens(value));
        throw Invalid.limit(
                "answer_too_large",
                RequestField.PROMPT,
                Wording.of("the answer would take ", bytes(), " bytes, and may take ", most),
                most,
                bytes());
    }

    private AnswerSize withLogprobs(int k) {
        return new AnswerSize(texts, tokens, k, promptTokens, promptLogprobs, beams, echoed);
    }

    private AnswerSize withPromptLogprobs(int k) {
        return new AnswerSize(texts, tokens, logprobs, promptTokens, k, beams, echoed);
    }

    private AnswerSize withTexts(int n) {
        return new AnswerSize(
                n, tokens, logprobs, promptTokens, promptLogprobs, Math.min(n, beams), echoed);
    }

    private AnswerSize withTokens(int most) {
        return new AnswerSize(texts, most, logprobs, promptTokens, promptLogprobs, beams, echoed);
    }

    /** Refuses a field where a smaller value of it alone would do. */
    private void refuseAbove(
            Location field, int given, int least, long most, IntFunction<AnswerSize> with) {
        if (given <= least || with.apply(least).bytes() > most) {
            return;
        }
        int low = least;
        int high = given;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (with.apply(middle).bytes() > most) {
                high = middle;
            } else {
                low = middle;
            }
        }
        String rule = low < 0 ? " must not be given" : " must be at most " + low;
        Wording message =
                Wording.of(
                        field,
                        rule,
                        " beside the request's other fields: the answer could take ",
                        bytes(),
                        " bytes of ",
                        most);
        throw Invalid.limit("answer_too_large", field, message, low, given);
    }
}
