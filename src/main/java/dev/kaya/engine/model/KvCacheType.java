package dev.kaya.engine.model;

/** How keys and values are kept in the cache. */
public enum KvCacheType {
    /** Single precision: what was computed. */
    F32(Float.BYTES),
    /** The upper half of a single precision number, rounded to the nearest, ties to even. */
    BF16(Short.BYTES);

    private final int bytes;

    KvCacheType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
