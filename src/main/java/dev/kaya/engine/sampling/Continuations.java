package dev.kaya.engine.sampling;

/**
 * The best of many continuations of beams by one token: a heap of fixed size with the worst on top,
 * so that most are turned down by one comparison. Of equal sums the lower beam and then the lower
 * token id comes first. One thread's.
 */
final class Continuations {

    private final int[] beams;
    private final int[] tokenIds;
    private final double[] sums;
    private final double[] logprobs;
    private int size;
    private int moves;

    /**
     * @param most how many are kept
     */
    Continuations(int most) {
        beams = new int[most];
        tokenIds = new int[most];
        sums = new double[most];
        logprobs = new double[most];
    }

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    boolean isFull() {
        return size == beams.length;
    }

    /** A sum below which none is kept any more. */
    double least() {
        return isFull() ? sums[0] : Double.NEGATIVE_INFINITY;
    }

    int beam(int i) {
        return beams[i];
    }

    int tokenId(int i) {
        return tokenIds[i];
    }

    double sum(int i) {
        return sums[i];
    }

    double logprob(int i) {
        return logprobs[i];
    }

    /** Keeps one more, if it is better than the worst or there is room. */
    void offer(int beam, int tokenId, double sum, double logprob) {
        if (!isFull()) {
            rise(size++, beam, tokenId, sum, logprob);
        } else if (precedes(beam, tokenId, sum, 0)) {
            sink(0, size, beam, tokenId, sum, logprob);
        }
    }

    private void rise(int from, int beam, int tokenId, double sum, double logprob) {
        int child = from;
        while (child > 0 && !precedes(beam, tokenId, sum, (child - 1) / 2)) {
            move((child - 1) / 2, child);
            child = (child - 1) / 2;
        }
        set(child, beam, tokenId, sum, logprob);
    }

    private void sink(int from, int end, int beam, int tokenId, double sum, double logprob) {
        int parent = from;
        while (2 * parent + 1 < end) {
            int child = 2 * parent + 1;
            if (child + 1 < end && precedes(child, child + 1)) {
                child++;
            }
            if (!precedes(beam, tokenId, sum, child)) {
                break;
            }
            move(child, parent);
            parent = child;
        }
        set(parent, beam, tokenId, sum, logprob);
    }

    /** Puts them in order, the best first; more can be added only after {@link #clear}. */
    void sort() {
        for (int end = size - 1; end > 0; end--) {
            int beam = beams[end];
            int tokenId = tokenIds[end];
            double sum = sums[end];
            double logprob = logprobs[end];
            move(0, end);
            sink(0, end, beam, tokenId, sum, logprob);
        }
    }

    private void move(int from, int to) {
        moves++;
        set(to, beams[from], tokenIds[from], sums[from], logprobs[from]);
    }

    private void set(int i, int beam, int tokenId, double sum, double logprob) {
        beams[i] = beam;
        tokenIds[i] = tokenId;
        sums[i] = sum;
        logprobs[i] = logprob;
    }

    private boolean precedes(int i, int other) {
        return precedes(beams[i], tokenIds[i], sums[i], other);
    }

    /** Whether a continuation comes before one that is kept. */
    boolean precedes(int beam, int tokenId, double sum, int other) {
        if (sum != sums[other]) {
            return sum > sums[other];
        }
        return beam != beams[other] ? beam < beams[other] : tokenId < tokenIds[other];
    }

    /** How often one was moved so far, for tests that count. */
    int moves() {
        return moves;
    }
}
