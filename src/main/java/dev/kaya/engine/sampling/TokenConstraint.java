package dev.kaya.engine.sampling;

/**
 * Which tokens may come next in a text, whatever else is asked for. Immutable, and shared by the
 * samples of a request.
 */
public interface TokenConstraint {

    /** The state of a text of which nothing is generated yet. */
    State begin();

    /** How far one text under a constraint has come. One thread's. */
    interface State {

        /**
         * Says which tokens may come next: at least one, unless the text is over.
         *
         * @param mask a bit for each id of the vocabulary; overwritten
         */
        void allow(long[] mask);

        /**
         * A token became part of the text.
         *
         * @throws IllegalStateException when it was not one of those allowed
         */
        void advance(int tokenId);

        /** Whether the text is whole, and nothing could ever follow. */
        boolean isComplete();

        /** Whether the text is whole, and nothing that could follow can be finished any more. */
        boolean isSpent();
    }
}
