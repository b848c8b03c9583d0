package dev.kaya.engine.model;

import dev.kaya.engine.tensor.Kernels;

/**
 * Keys and values of {@value dev.kaya.engine.tensor.Kernels#PAGE} consecutive positions, of all
 * layers. A page belongs to the loop's thread.
 *
 * <p>Keys are (L, G, D, page): the positions of one element side by side, so that scores of sixteen
 * positions are one chain of multiply-adds and no sum across a register. Values are (L, G, page,
 * D).
 */
final class KvPage {

    private final int headLength;
    private final int keyValueHeads;
    final float[] keys;
    final float[] values;

    KvPage(TransformerConfig config) {
        headLength = config.attention().headLength();
        keyValueHeads = config.attention().keyValueHeads();
        int length = config.dimensions().layers() * config.attention().keyLength() * Kernels.PAGE;
        keys = new float[length];
        values = new float[length];
    }

    /** Where keys, and values, of a head of a layer begin. */
    int headOffset(int layer, int head) {
        return (layer * keyValueHeads + head) * headLength * Kernels.PAGE;
    }

    /** Stores the key and the value of one head at one slot. */
    void write(int headOffset, int slot, float[] from, int keyOffset, int valueOffset) {
        int at = headOffset + slot;
        for (int d = 0; d < headLength; d++, at += Kernels.PAGE) {
            keys[at] = from[keyOffset + d];
        }
        System.arraycopy(from, valueOffset, values, headOffset + slot * headLength, headLength);
    }
}
