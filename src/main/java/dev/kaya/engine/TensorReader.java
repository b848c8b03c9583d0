package dev.kaya.engine;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.tensor.DataType;
import dev.kaya.engine.tensor.PackedMatrix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Reads tensors through one bounded window, so that a file and its packed copy never stand in
 * memory together. Not thread-safe.
 */
final class TensorReader {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int WINDOW_BYTES = 4 << 20;

    private final WeightFormat format;
    private byte[] window = new byte[WINDOW_BYTES];
    private final CRC32 crc32 = new CRC32();
    private final CRC32C crc32c = new CRC32C();
    private float[] floats = {};
    private short[] shorts = {};

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
    record Part(TensorSource tensor, RowOrder order) {}

    /**
     * Packs matrices on top of each other. Tensors of different types are all widened first.
     *
     * @param parts with the same inputs
     * @param transposed whether they are (inputs, outputs)
     */
    PackedMatrix matrix(List<Part> parts, boolean transposed) throws IOException {
        int outputs = 0;
        for (Part part : parts) {
            outputs += part.tensor().shape().get(transposed ? 1 : 0).intValue();
        }
        int inputs = parts.get(0).tensor().shape().get(transposed ? 0 : 1).intValue();
        DataType type = format.packed(commonType(parts), inputs);
        PackedMatrix packed = new PackedMatrix(outputs, inputs, type);
        int firstOutput = 0;
        for (Part part : parts) {
            int rows = part.tensor().shape().get(0).intValue();
            int columns = part.tensor().shape().get(1).intValue();
            if (transposed && part.tensor().type() != type) {
                encodeTransposed(part.tensor(), packed, firstOutput);
            } else {
                var placement = new Placement(packed, firstOutput, transposed, part.order());
                readRows(part.tensor(), rows, columns, placement);
            }
            firstOutput += transposed ? columns : rows;
        }
        return packed;
    }

    /** Blocks run along the inputs, so a tensor that has them in rows is turned as a whole. */
    private void encodeTransposed(TensorSource part, PackedMatrix packed, int firstOutput)
            throws IOException {
        int columns = part.shape().get(1).intValue();
        float[] all = floats(part);
        IntStream.range(0, columns)
                .parallel()
                .forEach(
                        column -> {
                            float[] row = new float[packed.inputs()];
                            for (int i = 0; i < row.length; i++) {
                                row[i] = all[i * columns + column];
                            }
                            packed.encodeRow(firstOutput + column, row, 0);
                        });
    }

    /** Where the rows of a part go. */
    private record Placement(
            PackedMatrix packed, int firstOutput, boolean transposed, RowOrder order) {
        void set(int row, float[] values, int offset, int length) {
            if (transposed) {
                packed.setColumn(row, firstOutput, values, offset, length);
            } else {
                packed.encodeRow(firstOutput + order.target(row), values, offset);
            }
        }

        void set(int row, short[] values, int offset, int length) {
            if (transposed) {
                packed.setColumn(row, firstOutput, values, offset, length);
            } else {
                packed.setRow(firstOutput + order.target(row), values, offset);
            }
        }

        void set(int row, byte[] blocks, int offset) {
            packed.setRow(firstOutput + order.target(row), blocks, offset);
        }
    }

    private void readRows(TensorSource part, int rows, int columns, Placement placement)
            throws IOException {
        int rowBytes = Math.toIntExact(part.type().bytes(columns));
        int atOnce = Math.max(1, Math.min(rows, WINDOW_BYTES / rowBytes));
        DataType as = part.type() == placement.packed().type() ? part.type() : DataType.F32;
        for (int first = 0; first < rows; first += atOnce) {
            int row = first;
            int count = Math.min(atOnce, rows - first);
            read(part, (long) row * columns, count * columns, as);
            IntStream.range(0, count)
                    .parallel()
                    .forEach(
                            i -> {
                                switch (as) {
                                    case BF16, F16 ->
                                            placement.set(row + i, shorts, i * columns, columns);
                                    case Q8_0 -> placement.set(row + i, window, i * rowBytes);
                                    default -> placement.set(row + i, floats, i * columns, columns);
                                }
                            });
        }
    }

    /** All elements of a tensor in single precision. */
    float[] floats(TensorSource tensor) throws IOException {
        float[] all = new float[Math.toIntExact(tensor.elementCount())];
        DataType type = tensor.type();
        int atOnce = WINDOW_BYTES / type.blockBytes() * type.blockElements();
        for (int from = 0; from < all.length; from += atOnce) {
            int count = Math.min(atOnce, all.length - from);
            read(tensor, from, count, DataType.F32);
            System.arraycopy(floats, 0, all, from, count);
        }
        return all;
    }

    /**
     * Two checksums over all bytes read so far, as sixteen hexadecimal digits: tells apart weights,
     * not forgeries.
     */
    String fingerprint() {
        return "%08x%08x".formatted(crc32.getValue(), crc32c.getValue());
    }

    /** Fills the window, and from it the shorts or, unless blocks are wanted, the floats. */
    private void read(TensorSource tensor, long first, int count, DataType as) throws IOException {
        int bytes = Math.toIntExact(tensor.type().bytes(count));
        if (window.length < bytes) {
            window = new byte[bytes];
        }
        MemorySegment segment = MemorySegment.ofArray(window);
        tensor.read(first, count, segment);
        crc32.update(window, 0, bytes);
        crc32c.update(window, 0, bytes);
        if (as == DataType.Q8_0) {
            return;
        }
        if (as == DataType.BF16 || as == DataType.F16) {
            if (shorts.length < count) {
                shorts = new short[count];
            }
            MemorySegment.copy(segment, SHORT, 0, shorts, 0, count);
        } else {
            if (floats.length < count) {
                floats = new float[count];
            }
            widen(tensor.type(), segment, count);
        }
    }

    private void widen(DataType type, MemorySegment from, int count) {
        switch (type) {
            case F32 -> MemorySegment.copy(from, FLOAT, 0, floats, 0, count);
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    floats[i] = (float) from.get(DOUBLE, (long) i * Double.BYTES);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    floats[i] = Float.float16ToFloat(from.get(SHORT, (long) i * Short.BYTES));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    int bits = from.get(SHORT, (long) i * Short.BYTES) << 16;
                    floats[i] = Float.intBitsToFloat(bits);
                }
            }
            case Q8_0 -> widenBlocks(count);
            case I64, I32, I16, I8, U8, BOOL -> throw new AssertionError(type);
        }
    }

    /** Eight bits times eleven fit the 24 of single precision, so the products are exact. */
    private void widenBlocks(int count) {
        byte[] bytes = window;
        ByteBuffer blocks = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = floats;
        int length = DataType.Q8_0.blockElements();
        int at = 0;
        for (int first = 0; first < count; first += length) {
            float scale = Float.float16ToFloat(blocks.getShort(at));
            at += Short.BYTES;
            for (int i = 0; i < length; i++) {
                values[first + i] = bytes[at + i] * scale;
            }
            at += length;
        }
    }

    private static DataType commonType(List<Part> parts) {
        DataType type = parts.get(0).tensor().type();
        for (Part part : parts) {
            if (part.tensor().type() != type) {
                return DataType.F32;
            }
        }
        return type;
    }
}
