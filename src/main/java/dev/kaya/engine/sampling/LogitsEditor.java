package dev.kaya.engine.sampling;

import dev.kaya.engine.constraint.ConstraintState;

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
    private final int[] counts;
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
        counts = new int[allowed.length];
        bannedIds = new int[allowed.length];
        bannedLogits = new float[allowed.length];
        mask = new long[(allowed.length + Long.SIZE - 1) / Long.SIZE];
    }

    /** Whether there is anything to edit. */
    static boolean isNeeded(SamplingParams params, TokenHistory history) {
        return !params.penalties().changeNothing()
                || params.ends().wait(history.generated())
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
        ConstraintState constraint = history.constraint();
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
        if (params.ends().wait(history.generated())) {
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
        int[] ids = history.tokenIds();
        int window = penalties.repetitionWindow();
        int from = window == 0 ? 0 : Math.max(0, history.length() - window);
        for (int i = from; i < history.length(); i++) {
            if (counts[ids[i]]++ == 0) {
                float logit = edited[ids[i]];
                double changed =
                        logit < 0 ? logit * penalties.repetition() : logit / penalties.repetition();
                edited[ids[i]] = (float) changed;
            }
        }
        clearCounts(ids, from, history.length());
    }

    private void penalizeGenerated(Penalties penalties, TokenHistory history) {
        int[] ids = history.tokenIds();
        for (int i = history.promptLength(); i < history.length(); i++) {
            counts[ids[i]]++;
        }
        for (int i = history.promptLength(); i < history.length(); i++) {
            int count = counts[ids[i]];
            if (count > 0) {
                counts[ids[i]] = 0;
                edited[ids[i]] -= (float) (count * penalties.frequency() + penalties.presence());
            }
        }
    }

    private void clearCounts(int[] ids, int from, int to) {
        for (int i = from; i < to; i++) {
            counts[ids[i]] = 0;
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
        int[] ids = history.tokenIds();
        int length = history.length();
        int known = size - 1;
        for (int next = known; next < length; next++) {
            int i = 0;
            while (i < known && ids[next - known + i] == ids[length - known + i]) {
                i++;
            }
            if (i == known) {
                ban(ids[next]);
            }
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
