package dev.kaya.engine.sampling;

/**
 * Applies constraints, penalties, biases and bans to a copy of the logits. Scratch is sized for the
 * vocabulary once; one thread's.
 *
 * <p>A constraint comes first, and nothing else undoes it: where bans, or what the model computed,
 * leave none of its tokens, they are as if nothing else had been asked for.
 */
final class LogitsEditor {

    private static final float BANNED = Float.NEGATIVE_INFINITY;

    private final boolean[] allowed;
    private final float[] edited;
    private final int[] bannedIds;
    private final float[] bannedLogits;
    private final long[] mask;
    private int bannedCount;

    /**
     * @param allowed which ids can be sampled at all
     */
    LogitsEditor(boolean[] allowed) {
        this.allowed = allowed;
        edited = new float[allowed.length];
        bannedIds = new int[allowed.length];
        bannedLogits = new float[allowed.length];
        mask = new long[(allowed.length + Long.SIZE - 1) / Long.SIZE];
    }

    /** Whether there is anything to edit. */
    static boolean isNeeded(SamplingParams params, TokenHistory history) {
        return !params.penalties().changeNothing()
                || params.ends().forbiddenAt(history.generated())
                || history.constraint() != null;
    }

    /**
     * Copies and edits.
     *
     * @param logits none of them a fault
     * @return logits from index 0, valid until the next call
     */
    float[] edit(float[] logits, int offset, SamplingParams params, TokenHistory history) {
        System.arraycopy(logits, offset, edited, 0, edited.length);
        TokenConstraint.State constraint = history.constraint();
        if (constraint != null) {
            constraint.allow(mask);
            shutOutOthers();
        }
        Penalties penalties = params.penalties();
        if (penalties.repetition() != 1) {
            penalizeRepetition(penalties, history);
        }
        if (penalties.frequency() != 0 || penalties.presence() != 0) {
            penalizeGenerated(penalties, history);
        }
        penalties.bias().addTo(edited);
        keepInRange();
        bannedCount = 0;
        if (params.ends().forbiddenAt(history.generated())) {
            for (int id : params.ends().tokenIds()) {
                ban(id);
            }
        }
        if (penalties.noRepeatNgramSize() > 0) {
            banNgrams(penalties.noRepeatNgramSize(), history);
        }
        if (bannedCount > 0 && !anyLeft()) {
            unban();
        }
        if (constraint != null && !anyLeft()) {
            takeBack(logits, offset);
        }
        return edited;
    }

    private void shutOutOthers() {
        for (int id = 0; id < edited.length; id++) {
            if ((mask[id >> 6] >>> id & 1) == 0) {
                edited[id] = BANNED;
            }
        }
    }

    /** The constraint's tokens as the model has them, or all alike if it has none of them. */
    private void takeBack(float[] logits, int offset) {
        System.arraycopy(logits, offset, edited, 0, edited.length);
        shutOutOthers();
        if (anyLeft()) {
            return;
        }
        for (int id = 0; id < edited.length; id++) {
            if ((mask[id >> 6] >>> id & 1) != 0) {
                edited[id] = 0;
            }
        }
    }

    private void penalizeRepetition(Penalties penalties, TokenHistory history) {
        TokenTally seen = history.seen(penalties.repetitionWindow());
        for (int i = 0; i < seen.size(); i++) {
            float logit = edited[seen.tokenId(i)];
            double changed =
                    logit < 0 ? logit * penalties.repetition() : logit / penalties.repetition();
            edited[seen.tokenId(i)] = (float) changed;
        }
    }

    private void penalizeGenerated(Penalties penalties, TokenHistory history) {
        TokenTally written = history.written();
        for (int i = 0; i < written.size(); i++) {
            double penalty = written.count(i) * penalties.frequency() + penalties.presence();
            edited[written.tokenId(i)] -= (float) penalty;
        }
    }

    /** A penalty may lead out of the range of floats; it does not make a fault of a logit. */
    private void keepInRange() {
        for (int id = 0; id < edited.length; id++) {
            edited[id] = Math.min(edited[id], Float.MAX_VALUE);
        }
    }

    private void ban(int tokenId) {
        if (edited[tokenId] != BANNED) {
            bannedIds[bannedCount] = tokenId;
            bannedLogits[bannedCount++] = edited[tokenId];
            edited[tokenId] = BANNED;
        }
    }

    /** Bans whatever followed the last n − 1 tokens before. */
    private void banNgrams(int size, TokenHistory history) {
        NgramIndex ngrams = history.ngrams(size);
        int follower = ngrams.firstFollower();
        while (follower >= 0) {
            ban(ngrams.tokenId(follower));
            follower = ngrams.nextFollower(follower);
        }
    }

    private boolean anyLeft() {
        for (int id = 0; id < edited.length; id++) {
            if (allowed[id] && edited[id] != BANNED) {
                return true;
            }
        }
        return false;
    }

    /** A text must go on: bans that leave nothing do not count. */
    private void unban() {
        for (int i = 0; i < bannedCount; i++) {
            edited[bannedIds[i]] = bannedLogits[i];
        }
    }
}
