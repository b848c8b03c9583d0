package dev.kaya.engine.convert;

import dev.kaya.engine.checkpoint.Shapes;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tensor to be written: what it is, and where its bytes come from when its turn comes.
 *
 * @param name in the file
 * @param type in the file
 * @param shape outermost dimension first
 * @param content writes its bytes
 */
public record TensorPlan(String name, DataType type, List<Long> shape, Content content) {

    public TensorPlan {
        shape = List.copyOf(shape);
    }

    /** Takes bytes in the order of the file. */
    @FunctionalInterface
    public interface Sink {
        /** Takes the bytes from position to limit. */
        void write(ByteBuffer bytes) throws IOException;
    }

    /** Gives the bytes of a tensor, little endian, in row-major order. */
    @FunctionalInterface
    public interface Content {
        /** Writes exactly {@link TensorPlan#bytes()} bytes. */
        void writeTo(Sink sink) throws IOException;
    }

    /** How many bytes it takes. */
    public long bytes() {
        return Shapes.bytes(type, shape);
    }
}
