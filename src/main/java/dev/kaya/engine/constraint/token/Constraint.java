package dev.kaya.engine.constraint.token;

import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.sampling.TokenConstraint;

/**
 * What the text of an answer must look like, within how many tokens. Immutable and shared by the
 * samples of a request.
 *
 * <p>Whatever is sampled, the text that is reached when it ends by itself is a whole one. It ends
 *
 * <ul>
 *   <li>when it is complete and nothing could follow;
 *   <li>by a token that ends the model's texts, which is sampled only where the text is complete,
 *       but could go on;
 *   <li>when it is complete, and nothing that could follow can be finished with the tokens that are
 *       left.
 * </ul>
 */
public final class Constraint implements TokenConstraint {

    private final TokenAutomaton automaton;
    private final boolean atStart;
    private final boolean mayEndByToken;
    private final int mostTokens;

    public Constraint(TokenAutomaton automaton, Ends ends, int mostTokens) {
        this.automaton = automaton;
        this.atStart = ends.atStart();
        this.mayEndByToken = ends.byToken() && automaton.vocabulary().endIds().length > 0;
        this.mostTokens = mostTokens;
    }

    /**
     * How a text begins and ends.
     *
     * @param atStart whether it is a text's beginning, and not the continuation of one
     * @param byToken whether tokens that end the model's texts end it too
     */
    public record Ends(boolean atStart, boolean byToken) {}

    /** Refuses what cannot be finished in time. */
    public void check(String place) throws ConstraintException {
        if (mayEndByToken && automaton.accepts(Dfa.START)) {
            return; // the empty text
        }
        int fewest = automaton.next(Dfa.START, atStart);
        if (fewest == TokenAutomaton.NEVER) {
            throw new ConstraintException(
                    Kind.UNWRITABLE,
                    place,
                    "no tokens of the vocabulary make an answer, unless an empty one");
        }
        if (fewest > mostTokens) {
            throw ConstraintException.tooLong(place, fewest, mostTokens);
        }
    }

    @Override
    public TokenConstraint.State begin() {
        return new ConstraintState(this);
    }

    TokenAutomaton automaton() {
        return automaton;
    }

    boolean atStart() {
        return atStart;
    }

    int mostTokens() {
        return mostTokens;
    }

    /** Tokens that end a text where it may end. */
    int[] endIds() {
        return mayEndByToken ? automaton.vocabulary().endIds() : new int[0];
    }
}
