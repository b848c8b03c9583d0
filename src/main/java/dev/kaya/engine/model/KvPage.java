package dev.kaya.engine.model;

import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.BrainFloat;

/**
 * Keys and values of {@value dev.kaya.engine.tensor.kernel.Kernels#PAGE} consecutive positions, of
 * all layers. A page belongs to the loop's thread.
 *
 * <p>Keys are (L, G, D, page): the positions of one element side by side, so that scores of sixteen
 * positions are one chain of multiply-adds and no sum across a register. Values are (L, G, page,
 * D).
 */
final class KvPage {

    private static final float[] NO_FLOATS = {};
    private static final short[] NO_SHORTS = {};

    private final int headLength;
    private final int keyValueHeads;
    private final KvCacheType type;
    private final int elements;
    private final float[] keys;
    private final float[] values;
    private final short[] keyHalves;
    private final short[] valueHalves;

    KvPage(TransformerConfig config, KvCacheType type) {
        headLength = config.attention().headLength();
        keyValueHeads = config.attention().keyValueHeads();
        this.type = type;
        int length = config.dimensions().layers() * config.attention().keyLength() * Kernels.PAGE;
        elements = length;
        boolean floats = type == KvCacheType.F32;
        keys = floats ? new float[length] : NO_FLOATS;
        values = floats ? new float[length] : NO_FLOATS;
        keyHalves = floats ? NO_SHORTS : new short[length];
        valueHalves = floats ? NO_SHORTS : new short[length];
    }

    /** Where keys, and values, of a head of a layer begin. */
    int headOffset(int layer, int head) {
        return (layer * keyValueHeads + head) * headLength * Kernels.PAGE;
    }

    /** Elements of one head: what {@code widened} must hold. */
    static int headElements(int headLength) {
        return headLength * Kernels.PAGE;
    }

    /** Takes over the keys and values of the first positions of another page. */
    void copyFrom(KvPage other, int positions) {
        if (type == KvCacheType.F32) {
            copyPositions(other.keys, keys, other.values, values, positions);
        } else {
            copyPositions(other.keyHalves, keyHalves, other.valueHalves, valueHalves, positions);
        }
    }

    /** Keys have positions inside, values outside the elements of a head; arrays of one type. */
    private void copyPositions(
            Object keysFrom, Object keysTo, Object valuesFrom, Object valuesTo, int positions) {
        int length = elements;
        int head = headElements(headLength);
        for (int at = 0; at < length; at += Kernels.PAGE) {
            System.arraycopy(keysFrom, at, keysTo, at, positions);
        }
        for (int at = 0; at < length; at += head) {
            System.arraycopy(valuesFrom, at, valuesTo, at, positions * headLength);
        }
    }

    /** Stores the key and the value of one head at one slot. */
    void write(int headOffset, int slot, float[] from, int keyOffset, int valueOffset) {
        int key = headOffset + slot;
        int value = headOffset + slot * headLength;
        if (type == KvCacheType.F32) {
            for (int d = 0; d < headLength; d++, key += Kernels.PAGE) {
                keys[key] = from[keyOffset + d];
            }
            System.arraycopy(from, valueOffset, values, value, headLength);
        } else {
            for (int d = 0; d < headLength; d++, key += Kernels.PAGE) {
                keyHalves[key] = BrainFloat.of(from[keyOffset + d]);
                valueHalves[value + d] = BrainFloat.of(from[valueOffset + d]);
            }
        }
    }

    /**
     * The keys of a head in single precision, at {@link #start} of what is returned.
     *
     * @param kernels which widen
     * @param headOffset of the head
     * @param widened memory for them, if they have to be widened
     */
    float[] keys(Kernels kernels, int headOffset, float[] widened) {
        if (type == KvCacheType.F32) {
            return keys;
        }
        kernels.widen(keyHalves, headOffset, headElements(headLength), widened);
        return widened;
    }

    /** The values of a head; see {@link #keys}. */
    float[] values(Kernels kernels, int headOffset, float[] widened) {
        if (type == KvCacheType.F32) {
            return values;
        }
        kernels.widen(valueHalves, headOffset, headElements(headLength), widened);
        return widened;
    }

    /** Where a head begins in what {@link #keys} and {@link #values} return. */
    int start(int headOffset) {
        return type == KvCacheType.F32 ? headOffset : 0;
    }
}
