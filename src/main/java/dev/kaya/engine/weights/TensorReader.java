package dev.kaya.engine.weights;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.PackedMatrix.Slab;
import dev.kaya.engine.tensor.matrix.StoredElements;
import dev.kaya.engine.weights.PieceReader.Piece;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads tensors piece by piece, so that a file and its packed copy never stand in memory together:
 * every processor reads a piece into a window of its own and packs it while the caches hold it. Not
 * thread-safe.
 */
public final class TensorReader implements AutoCloseable {

    /** The usual length of a piece; what a processor's own cache holds. */
    public static final int WINDOW_BYTES = 1 << 20;

    /** Outputs of a panel, which one processor packs as far as the window allows. */
    private static final int ROWS_TOGETHER = PackedMatrix.PANEL;

    /** Whole blocks of the types to which turned matrices are rounded. */
    private static final int TURNED_ROWS_TOGETHER = 32;

    private final WeightFormat format;
    private final Queue<PieceReader> idle = new ConcurrentLinkedQueue<>();
    private final Queue<Job> jobs = new ConcurrentLinkedQueue<>();
    private final List<ForkJoinTask<?>> helpers = new ArrayList<>();
    private final List<long[]> sums = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** A piece to be packed. */
    @FunctionalInterface
    private interface Job {
        void run(PieceReader reader) throws IOException;
    }

    /**
     * @param format of matrices
     */
    public TensorReader(WeightFormat format) {
        this.format = format;
    }

    /**
     * Packs matrices on top of each other, each in its own type. It is filled by other threads
     * while this one makes the next, and not to be looked at before {@link #finish}.
     *
     * @param parts with the same inputs
     * @param transposed whether they are (inputs, outputs)
     */
    PackedMatrix matrix(List<WeightPart> parts, boolean transposed) {
        int inputs = parts.get(0).length(transposed ? 0 : 1);
        List<Slab> slabs = new ArrayList<>();
        List<Piece> pieces = new ArrayList<>();
        int firstOutput = 0;
        for (WeightPart part : parts) {
            int outputs = part.length(transposed ? 1 : 0);
            slabs.add(new Slab(outputs, format.packed(part.tensor().type(), inputs)));
            addPieces(part, firstOutput, rowsTogether(part, transposed), pieces);
            firstOutput += outputs;
        }
        PackedMatrix packed = new PackedMatrix(slabs, inputs);
        packLater(pieces, transposed, packed);
        return packed;
    }

    private static int rowsTogether(WeightPart part, boolean transposed) {
        int unit = transposed ? TURNED_ROWS_TOGETHER : ROWS_TOGETHER;
        long fitting = WINDOW_BYTES / part.tensor().type().bytes(part.length(1));
        if (fitting >= unit || transposed) {
            return Math.max(unit, (int) fitting / unit * unit);
        }
        return Math.max(1, (int) fitting);
    }

    private static void addPieces(
            WeightPart part, int firstOutput, int together, List<Piece> pieces) {
        int rows = part.length(0);
        for (int first = 0; first < rows; first += together) {
            int count = Math.min(together, rows - first);
            pieces.add(new Piece(part, firstOutput, first, count));
        }
    }

    private void packLater(List<Piece> pieces, boolean transposed, PackedMatrix packed) {
        long[] sumsOfPieces = new long[pieces.size()];
        sums.add(sumsOfPieces);
        for (int i = 0; i < sumsOfPieces.length; i++) {
            int index = i;
            Piece piece = pieces.get(i);
            jobs.add(
                    reader ->
                            sumsOfPieces[index] =
                                    transposed
                                            ? reader.packColumns(piece, packed)
                                            : reader.packRows(piece, packed));
        }
        int wanted = Math.min(sumsOfPieces.length, ForkJoinPool.getCommonPoolParallelism());
        for (int i = 0; i < wanted; i++) {
            helpers.add(ForkJoinPool.commonPool().submit(this::doJobs));
        }
    }

    /** Does what is left to do; the first failure ends it for all threads. */
    private void doJobs() {
        PieceReader reader = takeReader();
        try {
            for (Job job = jobs.poll(); job != null; job = jobs.poll()) {
                job.run(reader);
            }
        } catch (IOException | RuntimeException | Error e) {
            jobs.clear();
            failure.compareAndSet(null, e);
        } finally {
            idle.add(reader);
        }
    }

    /**
     * Returns when all matrices are filled.
     *
     * @throws IOException when the file cannot be read
     */
    public void finish() throws IOException {
        doJobs();
        close();
        switch (failure.get()) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> {}
        }
    }

    /** Gives up what is not done, and returns when no other thread reads any more. */
    @Override
    public void close() {
        jobs.clear();
        helpers.forEach(ForkJoinTask::quietlyJoin);
        helpers.clear();
    }

    private PieceReader takeReader() {
        PieceReader reader = idle.poll();
        return reader == null ? new PieceReader(WINDOW_BYTES) : reader;
    }

    /** All elements of a tensor in single precision. */
    public float[] floats(TensorSource tensor) throws IOException {
        float[] all = new float[Math.toIntExact(tensor.elementCount())];
        DataType type = tensor.type();
        int atOnce = WINDOW_BYTES / type.blockBytes() * type.blockElements();
        PieceReader reader = takeReader();
        for (int done = 0; done < all.length; done += atOnce) {
            int some = Math.min(atOnce, all.length - done);
            sums.add(new long[] {reader.read(tensor, done, some)});
            StoredElements.widen(type, reader.window(), 0, all, done, some);
        }
        idle.add(reader);
        return all;
    }

    /**
     * Widens some elements, which do not count for the fingerprint.
     *
     * @param first element, the beginning of a block
     * @param count whole blocks, as many as a window holds
     */
    void widen(TensorSource tensor, long first, int count, float[] target, int offset)
            throws IOException {
        PieceReader reader = takeReader();
        reader.fill(tensor, first, count);
        StoredElements.widen(tensor.type(), reader.window(), 0, target, offset, count);
        idle.add(reader);
    }

    /**
     * Two checksums over those of all pieces read so far, as sixteen hexadecimal digits: tells
     * apart weights, not forgeries. Whatever thread read a piece, its place is that of its tensor.
     */
    public String fingerprint() {
        CRC32 crc32 = new CRC32();
        CRC32C crc32c = new CRC32C();
        for (long[] sumsOfTensor : sums) {
            ByteBuffer bytes = ByteBuffer.allocate(sumsOfTensor.length * Long.BYTES);
            bytes.asLongBuffer().put(sumsOfTensor);
            crc32.update(bytes.array());
            crc32c.update(bytes.array());
        }
        return "%08x%08x".formatted(crc32.getValue(), crc32c.getValue());
    }
}
