package dev.kaya.engine;

import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.engine.tokenizer.Tokenizer;

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

    /** For every id, whether it can be sampled: ids without text cannot, unless they end one. */
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
