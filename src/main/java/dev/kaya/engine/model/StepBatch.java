package dev.kaya.engine.model;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one step: rows of (token, position, cache). Rows of one sequence stand together and
 * in the order of their positions. Made once and filled anew for every step.
 */
public final class StepBatch {

    private final int[] tokenIds;
    private final int[] positions;
    private final @Nullable KvCache[] caches;
    private final int[] outputRows;
    private int rows;
    private int outputs;

    /**
     * @param maxRows most tokens in a step
     * @param maxOutputs most rows whose logits are wanted
     */
    public StepBatch(int maxRows, int maxOutputs) {
        tokenIds = new int[maxRows];
        positions = new int[maxRows];
        caches = new KvCache[maxRows];
        outputRows = new int[maxOutputs];
    }

    /** Forgets all rows. */
    public void clear() {
        Arrays.fill(caches, 0, rows, null);
        rows = 0;
        outputs = 0;
    }

    /**
     * Adds one token.
     *
     * @param tokenId in the vocabulary
     * @param position in the sequence's window, after all positions its cache holds
     * @param cache the sequence's keys and values
     * @param output whether the logits after this token are wanted
     * @return which row of the logits will hold them, or −1
     */
    public int add(int tokenId, int position, KvCache cache, boolean output) {
        tokenIds[rows] = tokenId;
        positions[rows] = position;
        caches[rows] = cache;
        int outputIndex = -1;
        if (output) {
            outputIndex = outputs;
            outputRows[outputs++] = rows;
        }
        rows++;
        return outputIndex;
    }

    /** Tokens in this step. */
    public int rows() {
        return rows;
    }

    /** Rows whose logits are wanted. */
    public int outputs() {
        return outputs;
    }

    int tokenId(int row) {
        return tokenIds[row];
    }

    int position(int row) {
        return positions[row];
    }

    KvCache cache(int row) {
        KvCache cache = caches[row];
        return Objects.requireNonNull(cache);
    }

    int outputRow(int output) {
        return outputRows[output];
    }

    int maxRows() {
        return tokenIds.length;
    }

    int maxOutputs() {
        return outputRows.length;
    }
}
