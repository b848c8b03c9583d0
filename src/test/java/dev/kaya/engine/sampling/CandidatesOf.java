package dev.kaya.engine.sampling;

/** Candidates for the tests of single filters. */
final class CandidatesOf {

    private CandidatesOf() {}

    /** One candidate a score, with ids from 0. */
    static Candidates scores(float... scores) {
        var candidates = new Candidates(scores.length);
        for (int id = 0; id < scores.length; id++) {
            candidates.add(id, scores[id]);
        }
        return candidates;
    }

    /** The ids that are left. */
    static int[] ids(Candidates candidates) {
        int[] ids = new int[candidates.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = candidates.tokenId(i);
        }
        return ids;
    }
}
