package dev.kaya.engine.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes safetensors files of one tensor. */
public final class SafetensorsBytes {

    private SafetensorsBytes() {}

    public static byte[] of(String tensor, String dtype, String shape, byte[] data) {
        byte[] header =
                ("{\"__metadata__\":{\"format\":\"pt\"},\"%s\":{\"dtype\":\"%s\",\"shape\":%s,"
                                + "\"data_offsets\":[0,%d]}}")
                        .formatted(tensor, dtype, shape, data.length)
                        .getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(data)
                .array();
    }
}
