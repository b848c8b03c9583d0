package dev.kaya.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.StridedTensor.View;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredBytesTest {

    /** More than two of the pieces in which the heap is filled, and an odd number. */
    private static final int LENGTH = 300_001;

    @TempDir Path folder;

    @Test
    void readsTheSameIntoAnyMemory() throws IOException {
        byte[] content = content();
        try (MappedFile file = file(content);
                Arena arena = Arena.ofConfined()) {
            StoredBytes bytes = file.stored(1, LENGTH - 1).slice(2, LENGTH - 3);
            assertThat(bytes.length()).isEqualTo(LENGTH - 3);
            int count = 4 * ((LENGTH - 10) / 4);
            byte[] expected = Arrays.copyOfRange(content, 8, 8 + count);
            MemorySegment outside = arena.allocate(count);
            MemorySegment array = MemorySegment.ofArray(new byte[count]);
            MemorySegment floats = MemorySegment.ofArray(new float[count / 4]);
            MemorySegment part = MemorySegment.ofArray(new byte[count + 20]).asSlice(7, count);
            for (MemorySegment target : List.of(outside, array, floats, part)) {
                bytes.read(5, count, target);
                assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
            }
            MemorySegment seen = bytes.view(5, count, arena);
            assertThat(seen.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
        }
    }

    @Test
    void refusesWhatLeavesTheRunOrTheTarget() throws IOException {
        byte[] content = content();
        try (MappedFile file = file(content);
                Arena arena = Arena.ofConfined()) {
            MemorySegment target = MemorySegment.ofArray(new byte[10]);
            for (StoredBytes bytes :
                    List.of(
                            file.stored(100, 10),
                            StoredBytes.of(MemorySegment.ofArray(new byte[10])))) {
                assertBeyond(() -> bytes.read(1, 10, target));
                assertBeyond(() -> bytes.read(-1, 2, target));
                assertBeyond(() -> bytes.read(0, 10, target.asSlice(1)));
                assertBeyond(() -> bytes.slice(1, 10));
                assertBeyond(() -> bytes.view(1, 10, arena));
                assertBeyond(() -> bytes.slice(4, Long.MAX_VALUE));
            }
            assertBeyond(() -> file.stored(LENGTH - 9, 10));
        }
    }

    private static void assertBeyond(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void tellsOfAFileThatIsCutOffMeanwhile() throws IOException {
        try (MappedFile file = file(content());
                Arena arena = Arena.ofConfined()) {
            StoredBytes bytes = file.stored(0, LENGTH);
            cut(200_000);
            assertThatThrownBy(() -> bytes.read(0, LENGTH, MemorySegment.ofArray(new byte[LENGTH])))
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessageContaining("at byte 200000: the file was cut off while it was read")
                    .hasMessageContaining("it had 300001 bytes");
            assertThatThrownBy(() -> bytes.view(0, LENGTH, arena))
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessageContaining("cut off while it was read");
        }
    }

    /** A mapping has no other way to tell than an error of the virtual machine. */
    @Test
    void tellsOfAHeadThatIsCutOffMeanwhile() throws IOException {
        Path path = Files.write(folder.resolve("file"), content());
        assertThatThrownBy(
                        () ->
                                MappedFile.parse(
                                        path,
                                        file -> {
                                            cut(10);
                                            file.cursor(100_000, 1000).bytes(1000, 1000);
                                            throw new AssertionError("was read");
                                        }))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("cut off while it was read");
    }

    @Test
    void aClosedFileIsNotRead() throws IOException {
        MappedFile file = file(content());
        StoredBytes bytes = file.stored(0, LENGTH);
        file.close();
        file.close();
        assertThatThrownBy(() -> bytes.read(0, 1, MemorySegment.ofArray(new byte[1])))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    /** A matrix of 5 × 7 cut out of a turned one, read from every place to every other. */
    @Test
    void anyRunOfAViewIsReadAsPartOfTheWhole() throws IOException {
        byte[] content = content();
        var view = new View(3, List.of(5L, 7L), List.of(2L, 11L));
        ByteBuffer numbers = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        try (MappedFile file = file(content)) {
            for (boolean bigEndian : new boolean[] {false, true}) {
                var tensor =
                        new StridedTensor(
                                "x", DataType.F32, view, file.stored(0, 4 * 80), bigEndian);
                numbers.order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
                for (int first = 0; first < 35; first++) {
                    for (int end = first + 1; end <= 35; end++) {
                        ByteBuffer read = TestCheckpoints.bytes(tensor, first, end - first);
                        for (int i = first; i < end; i++) {
                            int element = 3 + i / 7 * 2 + i % 7 * 11;
                            assertThat(read.getInt()).isEqualTo(numbers.getInt(4 * element));
                        }
                    }
                }
            }
        }
    }

    /** The storage ends with the last element, and a number has no dimensions. */
    @Test
    void viewsMayEndWhereTheStorageEnds() throws IOException {
        byte[] content = content();
        try (MappedFile file = file(content)) {
            StoredBytes storage = file.stored(LENGTH - 40, 40);
            var turned = new View(1, List.of(3L, 3L), List.of(1L, 3L));
            var tensor = new StridedTensor("x", DataType.F32, turned, storage, false);
            TestCheckpoints.bytes(tensor, 0, 9);
            var scalar = new View(9, List.of(), List.of());
            var number = new StridedTensor("x", DataType.F32, scalar, storage, false);
            byte[] last = Arrays.copyOfRange(content, LENGTH - 4, LENGTH);
            assertThat(TestCheckpoints.bytes(number, 0, 1).array()).isEqualTo(last);
        }
    }

    private static byte[] content() {
        byte[] content = new byte[LENGTH];
        new Random(5).nextBytes(content);
        return content;
    }

    private MappedFile file(byte[] content) throws IOException {
        return MappedFile.open(Files.write(folder.resolve("file"), content));
    }

    private void cut(long length) throws IOException {
        try (FileChannel channel =
                FileChannel.open(folder.resolve("file"), StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
    }
}
