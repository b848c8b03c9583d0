package dev.kaya.benchmark;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.folder.CheckpointFolder;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.RowPacker;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * How long a checkpoint takes until it is ready, against what cannot be saved: reading the file
 * from the page cache through a window, and packing as many elements of the same types. Also the
 * most memory on the way, heap, direct and mapped pages together, against what stays. Each figure
 * comes from a virtual machine of its own, with the flags of this one; both kinds take turns. Linux
 * only: memory is read from {@code /proc}.
 *
 * <p>Arguments: {@code CHECKPOINT [ROUNDS]}; five rounds without the second. Run with the flags of
 * {@code deploy/jvm.args}.
 */
public final class LoadingBenchmark {

    private static final String LOAD = "load";
    private static final String READ_AND_PACK = "read-and-pack";
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int DEFAULT_ROUNDS = 5;

    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    private LoadingBenchmark() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var benchmark = new LoadingBenchmark();
        String second = arguments.length > 1 ? arguments[1] : "";
        switch (second) {
            case LOAD -> benchmark.load(Path.of(arguments[0]));
            case READ_AND_PACK -> benchmark.readAndPack(Path.of(arguments[0]));
            default ->
                    benchmark.compare(
                            arguments[0],
                            second.isEmpty() ? DEFAULT_ROUNDS : Integer.parseInt(second));
        }
    }

    private void compare(String checkpoint, int rounds) throws IOException, InterruptedException {
        readAll(CheckpointFolder.find(Path.of(checkpoint)).weights()); // into the page cache
        double[] ready = new double[rounds];
        double[] least = new double[rounds];
        double[] peak = new double[rounds];
        double[] resident = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            double[] parts = measure(checkpoint, READ_AND_PACK);
            double[] load = measure(checkpoint, LOAD);
            least[round] = parts[0] + parts[1];
            ready[round] = load[0];
            peak[round] = load[1];
            resident[round] = load[2];
            out.printf(
                    Locale.ROOT,
                    "read %.2f s + pack %.2f s; ready after %.2f s; peak %.0f MB, stay %.0f MB%n",
                    parts[0],
                    parts[1],
                    load[0],
                    load[1],
                    load[2]);
        }
        out.printf(
                Locale.ROOT,
                "medians: ready after %.2f s, %.2f times reading and packing; peak %.0f MB, %.2f"
                        + " times what stays%n",
                median(ready),
                median(ready) / median(least),
                median(peak),
                median(peak) / median(resident));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Runs one kind in a virtual machine of its own; gives the numbers that it prints. */
    private static double[] measure(String checkpoint, String kind)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.addAll(List.of(LoadingBenchmark.class.getName(), checkpoint, kind));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String printed =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(kind + " failed: " + printed);
        }
        return Arrays.stream(printed.strip().split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    /** Prints seconds until ready, megabytes at the peak, and megabytes that stay. */
    private void load(Path checkpoint) throws IOException {
        long start = System.nanoTime();
        LoadedModel model = ModelLoader.load(checkpoint);
        double seconds = seconds(start);
        double peak = memory("VmHWM:");
        System.gc();
        double resident = memory("VmRSS:");
        out.printf(Locale.ROOT, "%f %f %f%n", seconds, peak, resident);
        if (model.card().name().isEmpty()) { // keeps it alive until here
            throw new IllegalStateException();
        }
    }

    /** Megabytes, from the kernel's own account. */
    private static double memory(String key) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(key)) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IOException("no " + key);
    }

    /** Prints seconds for reading and for packing. */
    private void readAndPack(Path checkpoint) throws IOException {
        Path weights = CheckpointFolder.find(checkpoint).weights();
        long start = System.nanoTime();
        readAll(weights);
        double reading = seconds(start);
        double packing = 0;
        List<PackedMatrix> kept = new ArrayList<>();
        try (Checkpoint open = CheckpointReader.open(weights)) {
            for (TensorSource tensor : open.tensors().values()) {
                if (tensor.shape().size() == 2 && !isRepeated(tensor, open)) {
                    packing += pack(tensor, isTurned(open), kept);
                }
            }
        }
        out.printf(Locale.ROOT, "%f %f%n", reading, packing);
    }

    private static void readAll(Path file) throws IOException {
        ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(window.clear()) >= 0) {
                // until the end
            }
        }
    }

    /** A head that is the embedding once more is not packed. */
    private static boolean isRepeated(TensorSource tensor, Checkpoint open) throws IOException {
        for (TensorSource other : open.tensors().values()) {
            if (other.name().equals(tensor.name())) {
                return false;
            }
            if (other.type() == tensor.type()
                    && other.shape().equals(tensor.shape())
                    && Arrays.equals(window(other), window(tensor))) {
                return true;
            }
        }
        return false;
    }

    /** Whether projections are (inputs, outputs), which Hugging Face's GPT-2 has alone. */
    private static boolean isTurned(Checkpoint open) {
        for (TensorSource tensor : open.tensors().values()) {
            if (tensor.name().endsWith("attn.c_attn.weight")) {
                return tensor.shape().get(0) < tensor.shape().get(1);
            }
        }
        return false;
    }

    /** Packs a tensor's first window again and again, until the matrix is full. */
    private static double pack(TensorSource tensor, boolean turned, List<PackedMatrix> kept)
            throws IOException {
        byte[] window = window(tensor);
        DataType type = tensor.type();
        int rows = tensor.shape().get(0).intValue();
        int columns = tensor.shape().get(1).intValue();
        boolean byColumns = turned && tensor.name().contains(".c_");
        int together = window.length / Math.toIntExact(type.bytes(columns));
        DataType packedType = type == DataType.F64 ? DataType.F32 : type;
        long start = System.nanoTime();
        var matrix =
                new PackedMatrix(
                        byColumns ? columns : rows, byColumns ? rows : columns, packedType);
        IntStream.range(0, (rows + together - 1) / together)
                .parallel()
                .forEach(
                        piece -> {
                            int first = piece * together;
                            int count = Math.min(together, rows - first);
                            var packer = new RowPacker();
                            if (byColumns) {
                                packer.packColumns(type, window, columns, 0, first, count, matrix);
                            } else {
                                int[] outputs = IntStream.range(first, first + count).toArray();
                                packer.packRows(type, window, outputs, matrix);
                            }
                        });
        kept.add(matrix);
        return seconds(start);
    }

    /** The first rows of a tensor, a megabyte of them: whole panels where that is enough. */
    private static byte[] window(TensorSource tensor) throws IOException {
        long rows = tensor.shape().get(0);
        long columns = tensor.shape().get(1);
        long rowBytes = tensor.type().bytes(columns);
        long fitting = Math.max(32, WINDOW_BYTES / rowBytes);
        long count = Math.min(rows, fitting < 64 ? fitting : fitting / 64 * 64);
        byte[] window = new byte[Math.toIntExact(count * rowBytes)];
        tensor.read(0, count * columns, MemorySegment.ofArray(window));
        return window;
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
