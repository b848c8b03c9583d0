package dev.kaya.engine.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** Writes PyTorch files of the format before 1.6, part by part. */
public final class LegacyBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** The magic number, the protocol, and facts about the system that wrote the file. */
    public LegacyBytes(boolean littleEndian) {
        out.writeBytes(HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e"));
        out.writeBytes(HexFormat.of().parseHex("80024de9032e"));
        pickle(
                new PickleBytes()
                        .op('}')
                        .text("little_endian")
                        .op(littleEndian ? 0x88 : 0x89, 's')
                        .stop());
    }

    /** A file of one storage. */
    public static byte[] of(byte[] pickle, String key, long count, byte[] elements) {
        return new LegacyBytes(true).pickle(pickle).keys(key).storage(count, elements).bytes();
    }

    public LegacyBytes pickle(byte[] pickle) {
        out.writeBytes(pickle);
        return this;
    }

    /** The list of storages. */
    public LegacyBytes keys(String... keys) {
        PickleBytes pickle = new PickleBytes().op(']', '(');
        for (String key : keys) {
            pickle.text(key);
        }
        return pickle(pickle.op('e').stop());
    }

    public LegacyBytes storage(long count, byte[] elements) {
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.writeBytes(length.putLong(count).array());
        out.writeBytes(elements);
        return this;
    }

    public byte[] bytes() {
        return out.toByteArray();
    }
}
