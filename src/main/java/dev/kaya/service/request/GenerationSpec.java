package dev.kaya.service.request;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks for, whichever way it came: over HTTP in any API, or from the command line.
 * Everything may be absent; {@link RequestValidator} supplies what is, and refuses what is wrong.
 * Made by a {@link Builder}; arrays are kept, not copied.
 *
 * @param prompt the text to continue; instead of token ids
 * @param promptTokenIds the tokens to continue, used as given; kept, not copied
 * @param model the name of the model; any when absent
 * @param maxNewTokens most tokens to generate
 * @param temperature by which logits are divided; 0 takes the likeliest token
 * @param topK how many of the likeliest tokens stay; 0 or −1 for all
 * @param topP the share of probability that stays; 1 for all
 * @param preset the name of a {@link Preset}
 * @param minP the least share of the likeliest token's probability
 * @param typicalP the share of probability that typical tokens keep; 1 for all
 * @param repetitionPenalty by which logits of tokens seen before are divided
 * @param repetitionWindow how many of the last tokens that penalty looks at; 0 for all
 * @param frequencyPenalty what each earlier occurrence of a token takes off its logit
 * @param presencePenalty what having occurred takes off a token's logit
 * @param noRepeatNgramSize the length of runs of tokens that do not come twice; 0 for none
 * @param logitBias what is added to logits, by token ids as they are printed
 * @param minNewTokens tokens before which nothing but the context ends a text
 * @param stop strings that end a text
 * @param stopTokenIds tokens that end a text
 * @param responseFormat what a text looks like
 * @param echo whether a text begins with the prompt
 * @param seed from which tokens are drawn; drawn itself when absent
 * @param samples how many texts are answered
 * @param bestOf how many texts are drawn
 * @param beams how many texts beam search keeps; 1 for sampling
 * @param lengthPenalty the power of a text's length that divides its score in beam search
 * @param earlyStopping whether beam search ends with its first texts
 * @param logprobs of how many likely tokens beside each generated one log-probabilities are
 *     reported
 * @param promptLogprobs the same for the tokens of the prompt
 * @param speculate whether tokens are guessed ahead, which changes the pace only
 * @param ignoreEos whether the model's end of text is a token like others
 * @param allowSpecialTokens whether special tokens written in the prompt become those tokens
 * @param contextOverflow the name of an {@link OverflowPolicy}
 * @param timeoutMs milliseconds from arrival after which a text ends with what it has
 */
public record GenerationSpec(
        @Nullable String prompt,
        int @Nullable [] promptTokenIds,
        @Nullable String model,
        @Nullable Integer maxNewTokens,
        @Nullable Double temperature,
        @Nullable Integer topK,
        @Nullable Double topP,
        @Nullable String preset,
        @Nullable Double minP,
        @Nullable Double typicalP,
        @Nullable Double repetitionPenalty,
        @Nullable Integer repetitionWindow,
        @Nullable Double frequencyPenalty,
        @Nullable Double presencePenalty,
        @Nullable Integer noRepeatNgramSize,
        @Nullable Map<String, Double> logitBias,
        @Nullable Integer minNewTokens,
        @Nullable List<@Nullable String> stop,
        int @Nullable [] stopTokenIds,
        @Nullable ResponseFormat responseFormat,
        @Nullable Boolean echo,
        @Nullable Long seed,
        @Nullable Integer samples,
        @Nullable Integer bestOf,
        @Nullable Integer beams,
        @Nullable Double lengthPenalty,
        @Nullable Boolean earlyStopping,
        @Nullable Integer logprobs,
        @Nullable Integer promptLogprobs,
        @Nullable Boolean speculate,
        @Nullable Boolean ignoreEos,
        @Nullable Boolean allowSpecialTokens,
        @Nullable String contextOverflow,
        @Nullable Long timeoutMs) {

    /** Nothing asked for yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** The continuation of a text, with defaults for all else. */
    public static GenerationSpec of(String prompt) {
        return builder().prompt(prompt).build();
    }

    /** Collects what is asked for; null stands for absent. Not thread-safe. */
    public static final class Builder {

        private @Nullable String prompt;
        private int @Nullable [] promptTokenIds;
        private @Nullable String model;
        private @Nullable Integer maxNewTokens;
        private @Nullable Double temperature;
        private @Nullable Integer topK;
        private @Nullable Double topP;
        private @Nullable String preset;
        private @Nullable Double minP;
        private @Nullable Double typicalP;
        private @Nullable Double repetitionPenalty;
        private @Nullable Integer repetitionWindow;
        private @Nullable Double frequencyPenalty;
        private @Nullable Double presencePenalty;
        private @Nullable Integer noRepeatNgramSize;
        private @Nullable Map<String, Double> logitBias;
        private @Nullable Integer minNewTokens;
        private @Nullable List<@Nullable String> stop;
        private int @Nullable [] stopTokenIds;
        private @Nullable ResponseFormat responseFormat;
        private @Nullable Boolean echo;
        private @Nullable Long seed;
        private @Nullable Integer samples;
        private @Nullable Integer bestOf;
        private @Nullable Integer beams;
        private @Nullable Double lengthPenalty;
        private @Nullable Boolean earlyStopping;
        private @Nullable Integer logprobs;
        private @Nullable Integer promptLogprobs;
        private @Nullable Boolean speculate;
        private @Nullable Boolean ignoreEos;
        private @Nullable Boolean allowSpecialTokens;
        private @Nullable String contextOverflow;
        private @Nullable Long timeoutMs;

        private Builder() {}

        /** See {@link GenerationSpec#prompt}. */
        public Builder prompt(@Nullable String value) {
            prompt = value;
            return this;
        }

        /** See {@link GenerationSpec#promptTokenIds}. */
        public Builder promptTokenIds(int @Nullable [] value) {
            promptTokenIds = value;
            return this;
        }

        /** See {@link GenerationSpec#model}. */
        public Builder model(@Nullable String value) {
            model = value;
            return this;
        }

        /** See {@link GenerationSpec#maxNewTokens}. */
        public Builder maxNewTokens(@Nullable Integer value) {
            maxNewTokens = value;
            return this;
        }

        /** See {@link GenerationSpec#temperature}. */
        public Builder temperature(@Nullable Double value) {
            temperature = value;
            return this;
        }

        /** See {@link GenerationSpec#topK}. */
        public Builder topK(@Nullable Integer value) {
            topK = value;
            return this;
        }

        /** See {@link GenerationSpec#topP}. */
        public Builder topP(@Nullable Double value) {
            topP = value;
            return this;
        }

        /** See {@link GenerationSpec#preset}. */
        public Builder preset(@Nullable String value) {
            preset = value;
            return this;
        }

        /** See {@link GenerationSpec#minP}. */
        public Builder minP(@Nullable Double value) {
            minP = value;
            return this;
        }

        /** See {@link GenerationSpec#typicalP}. */
        public Builder typicalP(@Nullable Double value) {
            typicalP = value;
            return this;
        }

        /** See {@link GenerationSpec#repetitionPenalty}. */
        public Builder repetitionPenalty(@Nullable Double value) {
            repetitionPenalty = value;
            return this;
        }

        /** See {@link GenerationSpec#repetitionWindow}. */
        public Builder repetitionWindow(@Nullable Integer value) {
            repetitionWindow = value;
            return this;
        }

        /** See {@link GenerationSpec#frequencyPenalty}. */
        public Builder frequencyPenalty(@Nullable Double value) {
            frequencyPenalty = value;
            return this;
        }

        /** See {@link GenerationSpec#presencePenalty}. */
        public Builder presencePenalty(@Nullable Double value) {
            presencePenalty = value;
            return this;
        }

        /** See {@link GenerationSpec#noRepeatNgramSize}. */
        public Builder noRepeatNgramSize(@Nullable Integer value) {
            noRepeatNgramSize = value;
            return this;
        }

        /** See {@link GenerationSpec#logitBias}. */
        public Builder logitBias(@Nullable Map<String, Double> value) {
            logitBias = value;
            return this;
        }

        /** See {@link GenerationSpec#minNewTokens}. */
        public Builder minNewTokens(@Nullable Integer value) {
            minNewTokens = value;
            return this;
        }

        /** See {@link GenerationSpec#stop}. */
        public Builder stop(@Nullable List<@Nullable String> value) {
            stop = value;
            return this;
        }

        /** See {@link GenerationSpec#stopTokenIds}. */
        public Builder stopTokenIds(int @Nullable [] value) {
            stopTokenIds = value;
            return this;
        }

        /** See {@link GenerationSpec#responseFormat}. */
        public Builder responseFormat(@Nullable ResponseFormat value) {
            responseFormat = value;
            return this;
        }

        /** See {@link GenerationSpec#echo}. */
        public Builder echo(@Nullable Boolean value) {
            echo = value;
            return this;
        }

        /** See {@link GenerationSpec#seed}. */
        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        /** See {@link GenerationSpec#samples}. */
        public Builder samples(@Nullable Integer value) {
            samples = value;
            return this;
        }

        /** See {@link GenerationSpec#bestOf}. */
        public Builder bestOf(@Nullable Integer value) {
            bestOf = value;
            return this;
        }

        /** See {@link GenerationSpec#beams}. */
        public Builder beams(@Nullable Integer value) {
            beams = value;
            return this;
        }

        /** See {@link GenerationSpec#lengthPenalty}. */
        public Builder lengthPenalty(@Nullable Double value) {
            lengthPenalty = value;
            return this;
        }

        /** See {@link GenerationSpec#earlyStopping}. */
        public Builder earlyStopping(@Nullable Boolean value) {
            earlyStopping = value;
            return this;
        }

        /** See {@link GenerationSpec#logprobs}. */
        public Builder logprobs(@Nullable Integer value) {
            logprobs = value;
            return this;
        }

        /** See {@link GenerationSpec#promptLogprobs}. */
        public Builder promptLogprobs(@Nullable Integer value) {
            promptLogprobs = value;
            return this;
        }

        /** See {@link GenerationSpec#speculate}. */
        public Builder speculate(@Nullable Boolean value) {
            speculate = value;
            return this;
        }

        /** See {@link GenerationSpec#ignoreEos}. */
        public Builder ignoreEos(@Nullable Boolean value) {
            ignoreEos = value;
            return this;
        }

        /** See {@link GenerationSpec#allowSpecialTokens}. */
        public Builder allowSpecialTokens(@Nullable Boolean value) {
            allowSpecialTokens = value;
            return this;
        }

        /** See {@link GenerationSpec#contextOverflow}. */
        public Builder contextOverflow(@Nullable String value) {
            contextOverflow = value;
            return this;
        }

        /** See {@link GenerationSpec#timeoutMs}. */
        public Builder timeoutMs(@Nullable Long value) {
            timeoutMs = value;
            return this;
        }

        /** What was collected. */
        public GenerationSpec build() {
            return new GenerationSpec(
                    prompt,
                    promptTokenIds,
                    model,
                    maxNewTokens,
                    temperature,
                    topK,
                    topP,
                    preset,
                    minP,
                    typicalP,
                    repetitionPenalty,
                    repetitionWindow,
                    frequencyPenalty,
                    presencePenalty,
                    noRepeatNgramSize,
                    logitBias,
                    minNewTokens,
                    stop,
                    stopTokenIds,
                    responseFormat,
                    echo,
                    seed,
                    samples,
                    bestOf,
                    beams,
                    lengthPenalty,
                    earlyStopping,
                    logprobs,
                    promptLogprobs,
                    speculate,
                    ignoreEos,
                    allowSpecialTokens,
                    contextOverflow,
                    timeoutMs);
        }
    }
}
