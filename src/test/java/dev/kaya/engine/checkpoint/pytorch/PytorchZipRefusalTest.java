package dev.kaya.engine.checkpoint.pytorch;

import static dev.kaya.engine.checkpoint.TorchFiles.floatBytes;
import static dev.kaya.engine.checkpoint.TorchFiles.longs;
import static dev.kaya.engine.checkpoint.TorchFiles.stateDict;
import static dev.kaya.engine.checkpoint.TorchFiles.zip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.PickleBytes;
import dev.kaya.engine.checkpoint.ZipBytes;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PytorchZipRefusalTest {

    @TempDir Path folder;

    @Test
    void refusesAnUnknownByteOrder() throws IOException {
        byte[] zip =
                new ZipBytes()
                        .entry("a/data.pkl", stateDict(p -> p.vector("0", 2)))
                        .entry("a/byteorder", "middle".getBytes(StandardCharsets.UTF_8))
                        .entry("a/data/0", floatBytes(2))
                        .finish();
        assertRefused(zip, "the byte order \"middle\" is unknown");
    }

    @Test
    void refusesACompressedEntry() {
        byte[] zip =
                new ZipBytes()
                        .method(8)
                        .entry("a/data.pkl", stateDict(p -> p.vector("0", 2)))
                        .finish();
        int offset = zip.length - 22;
        assertRefused(
                zip,
                "at byte "
                        + offset
                        + ": the zip entry a/data.pkl is compressed or encrypted; torch.save stores"
                        + " entries as they are");
    }

    @Test
    void refusesAZipCutOff() {
        byte[] zip = new ZipBytes().entry("a/data.pkl", new byte[100]).finish();
        assertRefused(
                Arrays.copyOf(zip, zip.length - 10),
                "the zip has no end record; the file is cut off or damaged");
    }

    @Test
    void refusesAnEntryBeyondTheFile() {
        byte[] zip = new ZipBytes().entry("a/data.pkl", new byte[4], 1 << 30, 0).finish();
        assertRefused(
                zip,
                "the zip entry a/data.pkl claims 1073741824 bytes at 40, but the file has only "
                        + zip.length
                        + "; it is cut off or damaged");
    }

    @Test
    void refusesAZip64OffsetBeyondTheFile() {
        byte[] zip = new ZipBytes().zip64().entry("a/data.pkl", new byte[4], 4, -9).finish();
        assertRefused(
                zip,
                "the zip entry a/data.pkl claims 30 bytes at 18446744073709551607, but the file has"
                        + " only "
                        + zip.length
                        + "; it is cut off or damaged");
    }

    @Test
    void refusesTooManyEntries() {
        byte[] zip = new ZipBytes().zip64().entry("a/data.pkl", new byte[4]).finish(1L << 40, 50);
        assertRefused(zip, "the zip claims 1099511627776 entries; at most 1048576 are read");
    }

    @Test
    void refusesADirectoryBeyondTheFile() {
        byte[] zip = new ZipBytes().entry("a/data.pkl", new byte[4]).finish(1, 1 << 20);
        assertRefused(
                zip,
                "the zip's directory claims 1048576 bytes at 44, but the file has only "
                        + zip.length
                        + "; it is cut off or damaged");
    }

    @Test
    void refusesTheSameEntryTwice() {
        byte[] zip =
                new ZipBytes()
                        .entry("a/data.pkl", new byte[4])
                        .entry("a/data.pkl", new byte[4])
                        .finish();
        assertRefused(
                zip, "at byte " + (zip.length - 22) + ": the zip entry a/data.pkl occurs twice");
    }

    @Test
    void refusesAZipThatTorchDidNotWrite() {
        byte[] zip = new ZipBytes().entry("notes.txt", new byte[4]).finish();
        assertRefused(
                zip, "this zip has no data.pkl in its top folder, so torch.save did not write it");
    }

    @Test
    void refusesTorchScript() {
        byte[] zip =
                new ZipBytes()
                        .entry("a/data.pkl", new byte[4])
                        .entry("a/constants.pkl", new byte[4])
                        .finish();
        assertRefused(
                zip,
                "this is a TorchScript program, not a state dict; save"
                        + " torch.save(model.state_dict(), …) instead");
    }

    @Test
    void refusesAnObjectWithoutTensors() {
        byte[] pickle = new PickleBytes().global("__main__", "GPT").op(')', 0x81).stop();
        assertRefused(
                zip(pickle, new byte[0]),
                "the file holds a __main__.GPT without tensors, not a state dict; save"
                        + " torch.save(model.state_dict(), …) instead");
    }

    @Test
    void refusesAFileWithoutAStateDict() {
        byte[] pickle = new PickleBytes().op('}').text("lr").number(1).op('s').stop();
        assertRefused(
                zip(pickle, new byte[0]),
                "no state dict found: neither the root nor a dict up to three levels under it"
                        + " consists of tensors; its keys are [lr]");
    }

    @Test
    void refusesAPickleThatIsNoDict() {
        byte[] pickle = new PickleBytes().number(1).stop();
        assertRefused(zip(pickle, new byte[0]), "the file holds no dict of tensors");
    }

    @Test
    void refusesAViewBeyondItsStorage() {
        byte[] pickle = stateDict(p -> p.view("FloatStorage", "0", 6, 1, longs(3, 2), longs(2, 1)));
        assertRefusedInPickle(
                pickle, "a tensor of shape [3, 2] reaches beyond its storage 0 of 6 elements");
    }

    @Test
    void refusesStridesThatOverflow() {
        long[] strides = {Long.MAX_VALUE, 1};
        byte[] pickle = stateDict(p -> p.view("FloatStorage", "0", 6, 0, longs(3, 2), strides));
        assertRefusedInPickle(
                pickle, "a tensor of shape [3, 2] reaches beyond its storage 0 of 6 elements");
    }

    @Test
    void refusesATensorBlownUpByZeroStrides() {
        byte[] pickle =
                stateDict(p -> p.view("FloatStorage", "0", 6, 0, longs(1L << 40), longs(0)));
        assertRefusedInPickle(
                pickle,
                "a tensor of shape [1099511627776] is larger than its storage 0 of 6 elements");
    }

    @Test
    void refusesNegativeOrTooManyLengthsAndStrides() {
        byte[] shape = stateDict(p -> p.view("FloatStorage", "0", 6, 0, longs(-3), longs(1)));
        assertRefusedInPickle(
                shape,
                "the pickle calls torch._utils._rebuild_tensor_v2 with a shape that is none");
        long[] many = new long[17];
        byte[] dimensions = stateDict(p -> p.view("FloatStorage", "0", 6, 0, many, many));
        assertRefusedInPickle(
                dimensions,
                "the pickle calls torch._utils._rebuild_tensor_v2 with a shape that is none");
        byte[] stride = stateDict(p -> p.view("FloatStorage", "0", 6, 5, longs(3), longs(-1)));
        assertRefusedInPickle(
                stride,
                "the pickle calls torch._utils._rebuild_tensor_v2 with a shape that is none");
    }

    @Test
    void refusesAnUnknownStorage() {
        PickleBytes pickle = new PickleBytes().storage("QUInt8Storage", "0", 2);
        byte[] bytes = pickle.stop();
        assertRefused(
                zip(bytes, new byte[8]),
                "at byte "
                        + (40 + bytes.length - 1)
                        + ": tensors of the kind torch.QUInt8Storage are not supported");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "torch.storage | _load_from_bytes | a tensor that pickle.dump or joblib wrote, not"
                        + " torch.save",
                "torch._utils | _rebuild_meta_tensor_no_storage | a tensor on the device meta,"
                        + " which has no data",
                "torch._utils | _rebuild_device_tensor_from_numpy | a tensor from an accelerator,"
                        + " written as a NumPy array",
                "torch._utils | _rebuild_qtensor | a tensor quantised by PyTorch",
                "torch._utils | _rebuild_sparse_tensor | a sparse tensor",
            })
    void refusesTensorsThatCannotBeReadByName(String module, String name, String reason) {
        byte[] pickle = stateDict(p -> p.global(module, name).text("x").op(0x85, 'R'));
        assertRefusedInPickle(
                pickle,
                "the pickle calls "
                        + module
                        + "."
                        + name
                        + ": "
                        + reason
                        + ". Save the state again with torch.save(model.cpu().state_dict(), …)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"neg", "conj"})
    void refusesViewsOfOppositeSign(String mark) {
        byte[] pickle =
                stateDict(
                        p ->
                                p.global("torch._utils", "_rebuild_tensor_v2")
                                        .op('(')
                                        .storage("FloatStorage", "0", 2)
                                        .number(0)
                                        .numbers(2)
                                        .numbers(1)
                                        .op(0x89, '}', '}')
                                        .text(mark)
                                        .op(0x88, 's', 't', 'R'));
        assertRefusedInPickle(
                pickle, "a tensor is stored as a negative or conjugate view; clone it first");
    }

    @Test
    void refusesAModuleThatContainsItself() {
        byte[] pickle =
                module(new PickleBytes(), "GPT")
                        .text("_modules")
                        .op('}')
                        .text("self")
                        .op('h', 0, 's', 's', 'b')
                        .stop();
        assertRefused(
                zip(pickle, floatBytes(6)), "the pickled model is nested deeper than 64 modules");
    }

    /** Forty levels of two names for the same module: 2^40 modules, written out. */
    @Test
    void refusesModulesThatMultiply() {
        PickleBytes pickle = new PickleBytes();
        for (int level = 1; level <= 40; level++) {
            module(pickle, "M").text("_modules").op('}');
            if (level > 1) {
                pickle.text("a").op('h', level - 1, 's').text("b").op('h', level - 1, 's');
            }
            pickle.op('s', 'b', 'q', level);
        }
        assertRefused(
                zip(pickle.stop(), floatBytes(6)),
                "the pickled model has more than 8388608 parts, written out");
    }

    /** A module without parameters, at memo 0, with its state open. */
    private static PickleBytes module(PickleBytes pickle, String name) {
        return pickle.global("__main__", name)
                .op(')', 0x81, 'q', 0, '}')
                .text("_parameters")
                .op('}', 's');
    }

    @Test
    void refusesAStorageThatIsNotInTheFile() {
        byte[] pickle = stateDict(p -> p.vector("17", 2));
        assertRefused(zip(pickle, floatBytes(2)), "the storage 17 is missing from the file");
    }

    @Test
    void refusesAStorageLargerThanItsEntry() {
        byte[] pickle = stateDict(p -> p.vector("0", 3));
        assertRefused(
                zip(pickle, floatBytes(2)),
                "the storage 0 claims 3 elements, but has only 8 bytes");
    }

    @Test
    void refusesACallToTheSystemAndRunsNothing() {
        Path marker = folder.resolve("marker").toAbsolutePath();
        byte[] pickle =
                new PickleBytes()
                        .global("posix", "system")
                        .text("touch " + marker)
                        .op(0x85, 'R')
                        .stop();
        assertRefused(
                zip(pickle, new byte[0]),
                "at byte "
                        + (40 + pickle.length - 1)
                        + ": the pickle calls posix.system, which is refused: only data is read,"
                        + " nothing in a file is run. Save the plain state with"
                        + " torch.save(model.state_dict(), …)");
        assertThat(marker).doesNotExist();
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("file"), bytes);
    }

    private void assertRefused(byte[] zip, String reason) {
        assertThatThrownBy(() -> CheckpointReader.open(write(zip)))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder.resolve("file") + ": " + reason);
    }

    /** The fault is seen at the call, two bytes before the end; entries' content begins at 40. */
    private void assertRefusedInPickle(byte[] pickle, String reason) {
        int offset = 40 + pickle.length - 2;
        assertRefused(zip(pickle, floatBytes(6)), "at byte " + offset + ": " + reason);
    }
}
