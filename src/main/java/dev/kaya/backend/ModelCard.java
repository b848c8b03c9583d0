package dev.kaya.backend;

import dev.kaya.engine.resolve.GenerationDefaults;
import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.util.List;
import java.util.Map;

/**
 * What must be known of a model to check its requests and to describe it. Immutable.
 *
 * @param name by which clients ask for it
 * @param vocabulary its tokens
 * @param context how long its texts can be
 * @param defaults sampling values that its checkpoint recommends
 * @param weights what it is made of
 */
public record ModelCard(
        String name,
        Vocabulary vocabulary,
        Context context,
        GenerationDefaults defaults,
        Weights weights) {

    /**
     * The tokens of a model.
     *
     * @param tokenizer text to ids and back
     * @param specialTokens where texts begin and end
     * @param size ids from 0 on, some of which may have no text
     */
    public record Vocabulary(Tokenizer tokenizer, SpecialTokens specialTokens, int size) {

        /** Whether an answer to a prompt begins a text: special tokens alone are no text yet. */
        public boolean isStart(int[] prompt) {
            for (int tokenId : prompt) {
                if (!tokenizer.isSpecial(tokenId)) {
                    return false;
                }
            }
            return true;
        }

        /**
         * For every id, whether it can be sampled: ids without text cannot, unless they end one.
         */
        public boolean[] sampleable() {
            boolean[] sampleable = new boolean[size];
            for (int id = 0; id < size; id++) {
                sampleable[id] = tokenizer.isDefined(id) || specialTokens.isEos(id);
            }
            return sampleable;
        }

        /** Ids that end a text. */
        public int[] endIds() {
            return specialTokens.eos().stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /**
     * The context of a model.
     *
     * @param length most positions of a text
     * @param stopsAtEnd whether its end ends a text unless a request says otherwise
     */
    public record Context(int length, boolean stopsAtEnd) {}

    /**
     * What a model is made of, for people.
     *
     * @param dialect whose names its checkpoint has
     * @param container of the file
     * @param parameters elements of all tensors, a tied one counted once
     * @param elementsByType how many of them are stored how
     * @param fingerprint sixteen hexadecimal digits that change when a weight does
     * @param keyValueBytesPerToken bytes of the KV cache for each token
     * @param assumptions what the checkpoint does not say, and was assumed
     */
    public record Weights(
            String dialect,
            String container,
            long parameters,
            Map<String, Long> elementsByType,
            String fingerprint,
            long keyValueBytesPerToken,
            List<String> assumptions) {
        public Weights {
            elementsByType = Map.copyOf(elementsByType);
            assumptions = List.copyOf(assumptions);
        }
    }
}
