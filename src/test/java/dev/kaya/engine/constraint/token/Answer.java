package dev.kaya.engine.constraint.token;

import dev.kaya.engine.sampling.TokenConstraint;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.util.BitSet;
import java.util.Random;

/**
 * A text made of tokens picked at random from those that a constraint allows.
 *
 * @param text as the stream's decoder gives it
 * @param tokens how many it has
 * @param byToken whether a token ended it
 */
public record Answer(String text, int tokens, boolean byToken) {

    /** Draws a text; every allowed token is as likely as any other. */
    public static Answer draw(
            Constraint constraint, Tokenizer tokenizer, boolean atStart, Random random) {
        TokenConstraint.State state = constraint.begin();
        TokenDecoder decoder = tokenizer.decoder(atStart);
        var text = new StringBuilder();
        long[] mask = new long[(constraint.automaton().vocabulary().size() + 63) / 64];
        int tokens = 0;
        while (tokens < constraint.mostTokens()) {
            state.allow(mask);
            BitSet allowed = BitSet.valueOf(mask);
            int id = allowed.nextSetBit(random.nextInt(mask.length * 64));
            id = id < 0 ? allowed.nextSetBit(0) : id;
            if (id < 0) {
                throw new AssertionError("nothing may follow '" + text + "'");
            }
            if (isEnd(constraint, id)) {
                return new Answer(text + decoder.finish(), tokens, true);
            }
            text.append(decoder.feed(id));
            state.advance(id);
            tokens++;
            if (state.isComplete() || state.isSpent()) {
                break;
            }
        }
        if (!state.isSpent()) {
            throw new AssertionError("not finished: '" + text + "'");
        }
        return new Answer(text + decoder.finish(), tokens, false);
    }

    private static boolean isEnd(Constraint constraint, int id) {
        for (int end : constraint.endIds()) {
            if (end == id) {
                return true;
            }
        }
        return false;
    }
}
