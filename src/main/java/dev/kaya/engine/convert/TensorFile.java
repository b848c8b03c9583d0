package dev.kaya.engine.convert;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file of tensors under way; what is not finished is removed when it is closed. */
final class TensorFile implements Closeable {

    private final Path path;
    private final FileChannel channel;
    private long length;
    private boolean finished;

    TensorFile(Path path) throws IOException {
        this.path = path;
        channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    long length() {
        return length;
    }

    void write(ByteBuffer bytes) throws IOException {
        length += bytes.remaining();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Writes a tensor, which must give as many bytes as it said. */
    void write(TensorPlan tensor) throws IOException {
        long end = length + tensor.bytes();
        tensor.content().writeTo(this::write);
        if (length != end) {
            throw new IllegalStateException(
                    tensor.name() + " was " + (length - end) + " bytes longer than planned");
        }
    }

    /** Zeros up to a multiple of {@code alignment}, a power of two. */
    void align(int alignment) throws IOException {
        write(ByteBuffer.allocate((int) (-length & (alignment - 1))));
    }

    /** Says that the file is whole. */
    void finish() {
        finished = true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (!finished) {
            Files.deleteIfExists(path);
        }
    }
}
