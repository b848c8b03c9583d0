package dev.kaya.engine;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.tensor.DataType;
import dev.kaya.engine.tensor.PackedMatrix;
import dev.kaya.engine.tensor.PackedMatrix.Slab;
import dev.kaya.engine.tensor.StoredElements;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Reads tensors through one bounded window, so that a file and its packed copy never stand in
 * memory together. Not thread-safe.
 */
final class TensorReader {

    private static final int WINDOW_BYTES = 4 << 20;

    /** Rows of a transposed matrix that are read together: whole blocks of any type. */
    private static final int ROWS_TOGETHER = 256;

    private final WeightFormat format;
    private byte[] window = new byte[WINDOW_BYTES];
    private final CRC32 crc32 = new CRC32();
    private final CRC32C crc32c = new CRC32C();

    /**
     * @param format of matrices
     */
    TensorReader(WeightFormat format) {
        this.format = format;
    }

    /**
     * A matrix to pack, of two dimensions.
     *
     * @param tensor (outputs, inputs), or (inputs, outputs) where matrices are transposed
     * @param order of its outputs; {@link RowOrder#AS_STORED} where matrices are transposed
     */
    record Part(TensorSource tensor, RowOrder order) {
        int length(int dimension) {
            return tensor.shape().get(dimension).intValue();
        }
    }

    /**
     * Packs matrices on top of each other, each in its own type.
     *
     * @param parts with the same inputs
     * @param transposed whether they are (inputs, outputs)
     */
    PackedMatrix matrix(List<Part> parts, boolean transposed) throws IOException {
        int inputs = parts.get(0).length(transposed ? 0 : 1);
        List<Slab> slabs = new ArrayList<>();
        for (Part part : parts) {
            DataType type = format.packed(part.tensor().type(), inputs);
            slabs.add(new Slab(part.length(transposed ? 1 : 0), type));
        }
        PackedMatrix packed = new PackedMatrix(slabs, inputs);
        int firstOutput = 0;
        for (Part part : parts) {
            if (transposed) {
                readColumns(part, packed, firstOutput);
            } else {
                readRows(part, packed, firstOutput);
            }
            firstOutput += part.length(transposed ? 1 : 0);
        }
        return packed;
    }

    /** Stored blocks stay what they are where the matrix keeps them; all else is widened first. */
    private void readRows(Part part, PackedMatrix packed, int firstOutput) throws IOException {
        int rows = part.length(0);
        int columns = part.length(1);
        DataType type = part.tensor().type();
        int rowBytes = Math.toIntExact(type.bytes(columns));
        int atOnce = Math.max(1, Math.min(rows, WINDOW_BYTES / rowBytes));
        ThreadLocal<float[]> widened = ThreadLocal.withInitial(() -> new float[columns]);
        for (int first = 0; first < rows; first += atOnce) {
            int row = first;
            int count = Math.min(atOnce, rows - first);
            read(part.tensor(), (long) row * columns, count * columns);
            IntStream.range(0, count)
                    .parallel()
                    .forEach(
                            i -> {
                                int output = firstOutput + part.order().target(row + i);
                                if (type.isQuantised() && packed.type(output) == type) {
                                    packed.setBlocks(output, window, i * rowBytes);
                                } else {
                                    float[] x = widened.get();
                                    StoredElements.widen(type, window, i * rowBytes, x, 0, columns);
                                    packed.encodeRow(output, x, 0);
                                }
                            });
        }
    }

    /** Blocks run along the inputs, so rows are turned in tiles of whole blocks. */
    private void readColumns(Part part, PackedMatrix packed, int firstOutput) throws IOException {
        int rows = part.length(0);
        int columns = part.length(1);
        float[] tile = new float[Math.multiplyExact(Math.min(rows, ROWS_TOGETHER), columns)];
        for (int first = 0; first < rows; first += ROWS_TOGETHER) {
            int input = first;
            int count = Math.min(ROWS_TOGETHER, rows - first);
            widen(part.tensor(), (long) first * columns, count * columns, tile, 0);
            IntStream.range(0, columns)
                    .parallel()
                    .forEach(
                            column -> {
                                float[] piece = new float[count];
                                for (int i = 0; i < count; i++) {
                                    piece[i] = tile[i * columns + column];
                                }
                                packed.encode(firstOutput + column, input, piece, 0, count);
                            });
        }
    }

    /** All elements of a tensor in single precision. */
    float[] floats(TensorSource tensor) throws IOException {
        float[] all = new float[Math.toIntExact(tensor.elementCount())];
        widen(tensor, 0, all.length, all, 0);
        return all;
    }

    /** Widens a run of elements, window by window. */
    private void widen(TensorSource tensor, long first, int count, float[] target, int offset)
            throws IOException {
        DataType type = tensor.type();
        int atOnce = WINDOW_BYTES / type.blockBytes() * type.blockElements();
        for (int done = 0; done < count; done += atOnce) {
            int some = Math.min(atOnce, count - done);
            read(tensor, first + done, some);
            StoredElements.widen(type, window, 0, target, offset + done, some);
        }
    }

    /**
     * Two checksums over all bytes read so far, as sixteen hexadecimal digits: tells apart weights,
     * not forgeries.
     */
    String fingerprint() {
        return "%08x%08x".formatted(crc32.getValue(), crc32c.getValue());
    }

    /** Fills the window, which grows for a row that is longer. */
    private void read(TensorSource tensor, long first, int count) throws IOException {
        int bytes = Math.toIntExact(tensor.type().bytes(count));
        if (window.length < bytes) {
            window = new byte[bytes];
        }
        tensor.read(first, count, MemorySegment.ofArray(window));
        crc32.update(window, 0, bytes);
        crc32c.update(window, 0, bytes);
    }
}
