package dev.kaya.engine.checkpoint.folder;

import dev.kaya.engine.checkpoint.llama2c.Llama2cHeader;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The kinds of file that can be told apart by their first bytes, and their length.
 *
 * <p>safetensors has no magic number: eight bytes of header length stand before the opening brace.
 * A length under 2^40 has zeros in its upper bytes, which no other kind has there, so it is tried
 * first; a nonsensical length is recognised only after the true magic numbers. The old llama2.c
 * format has none either, but sizes that must make up the length of the file; it comes before
 * pickles because an embedding length such as 640 begins like one.
 */
public enum Container {
    SAFETENSORS,
    ZIP,
    PYTORCH_LEGACY,
    PICKLE,
    GGUF,
    LLAMA2C,
    JSON,
    TAR,
    GIT_LFS,
    UNKNOWN;

    /** How many bytes {@link #of(byte[], long)} wants to see. */
    static final int HEAD_BYTES = 264;

    /** torch.serialization's MAGIC_NUMBER 0x1950a86a20f9469cfc6c as a pickled long. */
    private static final byte[] LEGACY_MAGIC = HexFormat.of().parseHex("8a0a6cfc9c46f9206aa85019");

    private static final int TAR_MAGIC_OFFSET = 257;

    /** Reads the head of a file and recognises it. */
    public static Container of(Path file) throws IOException {
        return of(head(file), Files.size(file));
    }

    /** The first bytes of a file, fewer than {@link #HEAD_BYTES} when it is shorter. */
    static byte[] head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(HEAD_BYTES);
        }
    }

    /**
     * Recognises a file.
     *
     * @param head its first bytes
     * @param length of the whole file
     */
    public static Container of(byte[] head, long length) {
        boolean brace = braceAfterLength(head);
        if (brace && head[5] == 0 && head[6] == 0 && head[7] == 0) {
            return SAFETENSORS;
        } else if (startsWith(head, 0, "PK\u0003\u0004")) {
            return ZIP;
        } else if (startsWith(head, 0, "GGUF")) {
            return GGUF;
        } else if (isLlama2c(head, length)) {
            return LLAMA2C;
        } else if (head.length > 1 && head[0] == (byte) 0x80 && head[1] >= 1 && head[1] <= 5) {
            return isLegacy(head) ? PYTORCH_LEGACY : PICKLE;
        } else if (startsAsJsonObject(head)) {
            return JSON;
        } else if (startsWith(head, TAR_MAGIC_OFFSET, "ustar")) {
            return TAR;
        } else if (GitLfsPointer.isOne(head)) {
            return GIT_LFS;
        }
        return brace ? SAFETENSORS : UNKNOWN;
    }

    private static boolean isLlama2c(byte[] head, long length) {
        MemorySegment bytes = MemorySegment.ofArray(head);
        Llama2cHeader header = Llama2cHeader.parse(bytes);
        return Llama2cHeader.version(bytes) > 0 || (header != null && header.fileBytes() == length);
    }

    private static boolean braceAfterLength(byte[] head) {
        return head.length > 9
                && head[8] == '{'
                && (head[9] == '"' || head[9] == '}' || isJsonSpace(head[9]));
    }

    private static boolean isLegacy(byte[] head) {
        int end = 2 + LEGACY_MAGIC.length;
        return head.length >= end
                && Arrays.equals(head, 2, end, LEGACY_MAGIC, 0, LEGACY_MAGIC.length);
    }

    private static boolean startsAsJsonObject(byte[] head) {
        int start = 0;
        while (start < head.length && isJsonSpace(head[start])) {
            start++;
        }
        return start < head.length && head[start] == '{';
    }

    private static boolean isJsonSpace(byte value) {
        return value == ' ' || value == '\n' || value == '\r' || value == '\t';
    }

    private static boolean startsWith(byte[] head, int offset, String text) {
        byte[] expected = text.getBytes(StandardCharsets.ISO_8859_1);
        int end = offset + expected.length;
        return head.length >= end && Arrays.equals(head, offset, end, expected, 0, expected.length);
    }
}
