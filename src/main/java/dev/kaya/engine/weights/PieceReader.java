package dev.kaya.engine.weights;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.RowPacker;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/** Reads and packs one piece of a tensor after the other, through a window. Not thread-safe. */
final class PieceReader {

    private final RowPacker packer = new RowPacker();
    private final CRC32 crc32 = new CRC32();
    private final CRC32C crc32c = new CRC32C();
    private byte[] window;

    /**
     * @param windowBytes of most pieces
     */
    PieceReader(int windowBytes) {
        window = new byte[windowBytes];
    }

    /**
     * Neighbouring rows of a tensor on their way into a matrix.
     *
     * @param part to which they belong
     * @param firstOutput where the part begins in the matrix
     * @param first of the part's rows
     * @param count how many
     */
    record Piece(WeightPart part, int firstOutput, int first, int count) {}

    /** Packs rows, one for each output. */
    long packRows(Piece piece, PackedMatrix packed) throws IOException {
        WeightPart part = piece.part();
        int columns = part.length(1);
        long sum = read(part.tensor(), (long) piece.first() * columns, piece.count() * columns);
        int[] outputs = new int[piece.count()];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = piece.firstOutput() + part.order().target(piece.first() + i);
        }
        packer.packRows(part.tensor().type(), window, outputs, packed);
        return sum;
    }

    /** Packs rows that are columns of the matrix. */
    long packColumns(Piece piece, PackedMatrix packed) throws IOException {
        TensorSource tensor = piece.part().tensor();
        int columns = piece.part().length(1);
        long sum = read(tensor, (long) piece.first() * columns, piece.count() * columns);
        DataType type = tensor.type();
        packer.packColumns(
                type, window, columns, piece.firstOutput(), piece.first(), piece.count(), packed);
        return sum;
    }

    /** What was read last. */
    byte[] window() {
        return window;
    }

    /**
     * Fills the window, which grows for a piece that is longer.
     *
     * @return two checksums over the bytes
     */
    long read(TensorSource tensor, long first, int count) throws IOException {
        int bytes = fill(tensor, first, count);
        crc32.reset();
        crc32.update(window, 0, bytes);
        crc32c.reset();
        crc32c.update(window, 0, bytes);
        return crc32.getValue() << Integer.SIZE | crc32c.getValue();
    }

    /** Does the same without checksums; tells how many bytes they are. */
    int fill(TensorSource tensor, long first, int count) throws IOException {
        int bytes = Math.toIntExact(tensor.type().bytes(count));
        if (window.length < bytes) {
            window = new byte[bytes];
        }
        tensor.read(first, count, MemorySegment.ofArray(window));
        return bytes;
    }
}
