package dev.kaya.engine.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Small files as torch.save writes them. */
public final class TorchFiles {

    private TorchFiles() {}

    /** Adds a tensor to a pickle. */
    public interface TensorWriter {
        PickleBytes write(PickleBytes pickle);
    }

    /** A pickle of {@code {'w': tensor}}. */
    public static byte[] stateDict(TensorWriter tensor) {
        return tensor.write(new PickleBytes().op('}').text("w")).op('s').stop();
    }

    /** A file of one pickle, whose content begins at byte 40, and the storage 0. */
    public static byte[] zip(byte[] pickle, byte[] storage) {
        return new ZipBytes().entry("a/data.pkl", pickle).entry("a/data/0", storage).finish();
    }

    public static long[] longs(long... values) {
        return values;
    }

    /** The numbers 0, 1, 2 … in single precision. */
    public static byte[] floatBytes(int count) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            buffer.putFloat(i);
        }
        return buffer.array();
    }
}
