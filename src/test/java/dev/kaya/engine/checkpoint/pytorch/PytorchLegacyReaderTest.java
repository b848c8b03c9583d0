package dev.kaya.engine.checkpoint.pytorch;

import static dev.kaya.engine.checkpoint.TestCheckpoints.floats;
import static dev.kaya.engine.checkpoint.TorchFiles.floatBytes;
import static dev.kaya.engine.checkpoint.TorchFiles.longs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.LegacyBytes;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.PickleBytes;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.TorchFiles;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that today's PyTorch does not write; {@code PytorchReferenceTest} has those it does. */
class PytorchLegacyReaderTest {

    @TempDir Path folder;

    /** As PyTorch before 0.4 wrote them: views are parts of a storage with keys of their own. */
    @Test
    void readsPartsOfASharedStorage() throws IOException {
        byte[] file =
                LegacyBytes.of(
                        new PickleBytes()
                                .op('}')
                                .text("a")
                                .part("10", 6, "11", 1, 2, longs(2), longs(1))
                                .op('s')
                                .text("b")
                                .part("10", 6, "12", 2, 4, longs(2, 2), longs(1, 2))
                                .op('s')
                                .stop(),
                        "10",
                        6,
                        floatBytes(6));
        try (Checkpoint checkpoint = open(file)) {
            assertThat(checkpoint.tensors()).containsOnlyKeys("a", "b");
            assertThat(floats(tensor(checkpoint, "a"))).containsExactly(1, 2);
            assertThat(floats(tensor(checkpoint, "b"))).containsExactly(2, 4, 3, 5);
        }
    }

    @Test
    void readsElementsOfABigEndianSystemAsTheLittleEndianOnesTheyAre() throws IOException {
        byte[] file =
                new LegacyBytes(false)
                        .pickle(TorchFiles.stateDict(p -> p.vector("10", 2)))
                        .keys("10")
                        .storage(Long.reverseBytes(2), floatBytes(2))
                        .bytes();
        try (Checkpoint checkpoint = open(file)) {
            assertThat(floats(tensor(checkpoint, "w"))).containsExactly(0, 1);
        }
        byte[] newer =
                new LegacyBytes(false)
                        .pickle(TorchFiles.stateDict(p -> p.vector("10", 2)))
                        .keys("10")
                        .storage(2, floatBytes(2))
                        .bytes();
        try (Checkpoint checkpoint = open(newer)) {
            assertThat(floats(tensor(checkpoint, "w"))).containsExactly(0, 1);
        }
    }

    @Test
    void refusesACountTurnedRoundByALittleEndianSystem() {
        byte[] file =
                new LegacyBytes(true)
                        .pickle(TorchFiles.stateDict(p -> p.vector("10", 2)))
                        .keys("10")
                        .storage(Long.reverseBytes(2), floatBytes(2))
                        .bytes();
        assertRefused(
                file,
                file.length - 16,
                "the storage 10 has 144115188075855872 elements, but its tensors expect 2");
    }

    @Test
    void ignoresWhatFollowsAsTorchLoadDoes() throws IOException {
        byte[] file = LegacyBytes.of(vector(), "10", 2, floatBytes(2));
        try (Checkpoint checkpoint = open(Arrays.copyOf(file, file.length + 100))) {
            assertThat(floats(tensor(checkpoint, "w"))).containsExactly(0, 1);
        }
    }

    @Test
    void refusesAStorageOfAnotherLength() {
        byte[] file = LegacyBytes.of(vector(), "10", 3, floatBytes(3));
        assertRefused(
                file, file.length - 20, "the storage 10 has 3 elements, but its tensors expect 2");
    }

    @Test
    void refusesAStorageCutOff() {
        byte[] file = LegacyBytes.of(vector(), "10", 2, floatBytes(2));
        assertRefused(
                Arrays.copyOf(file, file.length - 1),
                file.length - 8,
                "8 bytes expected, but only 7 are left; the file is cut off or damaged");
    }

    @Test
    void refusesAStorageThatIsNotListed() throws IOException {
        byte[] file = new LegacyBytes(true).pickle(vector()).keys().bytes();
        assertRefused(file, -1, "the storage 10 is missing from the file");
    }

    @Test
    void refusesAListedStorageThatNobodyRefersTo() {
        byte[] file = new LegacyBytes(true).pickle(vector()).keys("11").bytes();
        assertRefused(file, file.length, "the list of storages has one to which no tensor refers");
    }

    @Test
    void refusesAStorageListedTwice() {
        byte[] file =
                new LegacyBytes(true)
                        .pickle(vector())
                        .keys("10", "10")
                        .storage(2, floatBytes(2))
                        .storage(2, floatBytes(2))
                        .bytes();
        assertRefused(file, file.length - 16, "the storage 10 occurs twice");
    }

    @Test
    void refusesAStorageWhoseBytesOverflow() {
        byte[] pickle =
                TorchFiles.stateDict(
                        p -> p.view("FloatStorage", "10", Long.MAX_VALUE, 0, longs(0), longs(1)));
        byte[] file = LegacyBytes.of(pickle, "10", Long.MAX_VALUE, floatBytes(2));
        assertRefused(
                file,
                file.length - 8,
                "18446744073709551615 bytes expected, but only 8 are left; the file is cut off or"
                        + " damaged");
    }

    @Test
    void refusesAPartOutsideItsStorage() {
        byte[] pickle = TorchFiles.stateDict(p -> p.part("10", 6, "11", 5, 2, longs(2), longs(1)));
        assertThatThrownBy(() -> open(LegacyBytes.of(pickle, "10", 6, floatBytes(6))))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining(
                        "the pickle refers to a part of the storage 10 that does not lie in its 6"
                                + " elements");
    }

    @Test
    void refusesATensorOutsideItsPart() {
        byte[] pickle = TorchFiles.stateDict(p -> p.part("10", 6, "11", 0, 2, longs(3), longs(1)));
        assertThatThrownBy(() -> open(LegacyBytes.of(pickle, "10", 6, floatBytes(6))))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining(
                        "a tensor of shape [3] reaches beyond its storage 10 of 2 elements");
    }

    @Test
    void refusesAnotherProtocol() {
        byte[] file = LegacyBytes.of(vector(), "10", 2, floatBytes(2));
        file[18]++;
        assertRefused(file, 21, "the protocol of torch.save is not 1001");
    }

    @Test
    void refusesAKeyListThatIsNone() {
        byte[] file =
                new LegacyBytes(true)
                        .pickle(vector())
                        .pickle(new PickleBytes().op('}').stop())
                        .bytes();
        assertRefused(file, file.length, "a list of storages is expected here");
    }

    private static byte[] vector() {
        return TorchFiles.stateDict(p -> p.vector("10", 2));
    }

    private Checkpoint open(byte[] bytes) throws IOException {
        return CheckpointReader.open(Files.write(folder.resolve("file"), bytes));
    }

    private void assertRefused(byte[] bytes, long offset, String reason) {
        String place = offset < 0 ? "" : "at byte " + offset + ": ";
        assertThatThrownBy(() -> open(bytes))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder.resolve("file") + ": " + place + reason);
    }

    private static TensorSource tensor(Checkpoint checkpoint, String name) {
        return Objects.requireNonNull(checkpoint.tensors().get(name));
    }
}
