package dev.kaya.engine.resolve;

import java.util.List;
import java.util.OptionalInt;

/**
 * Tokens that begin and end texts.
 *
 * @param bos begins a sequence, if the model has one
 * @param eos end a sequence; often one, sometimes several or none
 * @param addBos whether a text gets the BOS in front
 */
public record SpecialTokens(OptionalInt bos, List<Integer> eos, boolean addBos) {

    public SpecialTokens {
        eos = List.copyOf(eos);
    }

    /** Whether a token ends a sequence. */
    public boolean isEos(int tokenId) {
        for (int id : eos) {
            if (id == tokenId) {
                return true;
            }
        }
        return false;
    }
}
