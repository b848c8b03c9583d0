package dev.kaya.engine.checkpoint.folder;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import dev.kaya.engine.checkpoint.gguf.GgufReader;
import dev.kaya.engine.checkpoint.json.JsonCheckpointReader;
import dev.kaya.engine.checkpoint.llama2c.Llama2cHeader;
import dev.kaya.engine.checkpoint.llama2c.Llama2cReader;
import dev.kaya.engine.checkpoint.pytorch.PytorchLegacyReader;
import dev.kaya.engine.checkpoint.pytorch.PytorchZipReader;
import dev.kaya.engine.checkpoint.safetensors.SafetensorsReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Opens a weight file of any supported container, told apart by content and never by name.
 *
 * <p>Supported: safetensors and PyTorch files (both formats of {@code torch.save}), alone or in
 * parts with their index, GGUF, llama2.c and JSON weights.
 */
public final class CheckpointReader {

    private static final String SUPPORTED =
            "supported are safetensors and PyTorch files (torch.save), the *.index.json of either,"
                    + " GGUF, llama2.c and JSON weights";

    private CheckpointReader() {}

    /**
     * Opens a weight file, or all the files that an index names. The caller closes the checkpoint
     * when its tensors have been read.
     *
     * @throws MalformedCheckpointException when the file is missing, damaged, dangerous or of a
     *     kind that is not supported
     * @throws IOException when it cannot be read
     */
    public static Checkpoint open(Path file) throws IOException {
        byte[] head = head(file);
        return switch (Container.of(head, Files.size(file))) {
            case SAFETENSORS -> MappedFile.parse(file, SafetensorsReader::read);
            case ZIP -> MappedFile.parse(file, PytorchZipReader::read);
            case PYTORCH_LEGACY -> MappedFile.parse(file, PytorchLegacyReader::read);
            case GGUF -> MappedFile.parse(file, GgufReader::read);
            case LLAMA2C -> MappedFile.parse(file, Llama2cReader::read);
            case JSON -> JsonCheckpointReader.read(file, ShardedReader::open);
            case TAR ->
                    throw fault(
                            file,
                            "this is a tar archive, as the first versions of PyTorch wrote; load it"
                                    + " with torch.load and write it again with torch.save");
            case PICKLE ->
                    throw fault(
                            file,
                            "this is a bare pickle, which holds no weights Kaya can read; "
                                    + SUPPORTED);
            case GIT_LFS -> throw GitLfsPointer.fault(file, head);
            case UNKNOWN -> throw unknown(file, head);
        };
    }

    /** Opens one file of a checkpoint in parts. */
    static Checkpoint openPart(Path file) throws IOException {
        return switch (Container.of(file)) {
            case SAFETENSORS, ZIP, PYTORCH_LEGACY, GIT_LFS -> open(file);
            case GGUF, LLAMA2C, JSON, TAR, PICKLE, UNKNOWN ->
                    throw fault(file, "a part of a checkpoint is a safetensors or PyTorch file");
        };
    }

    private static byte[] head(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw fault(file, "this is a folder; a weight file is expected");
        }
        if (!Files.isRegularFile(file)) {
            throw fault(file, "there is no such file");
        }
        byte[] head = Container.head(file);
        if (head.length == 0) {
            throw fault(file, "the file is empty");
        }
        return head;
    }

    private static MalformedCheckpointException unknown(Path file, byte[] head) throws IOException {
        byte[] first = Arrays.copyOf(head, Math.min(head.length, 8));
        Llama2cHeader header = Llama2cHeader.parse(MemorySegment.ofArray(head));
        String guess =
                header == null
                        ? ""
                        : " if it is a llama2.c model, it should have "
                                + header.fileBytes()
                                + " bytes instead of "
                                + Files.size(file)
                                + ";";
        return fault(
                file,
                "unknown kind of file, beginning with the bytes "
                        + HexFormat.ofDelimiter(" ").formatHex(first)
                        + ";"
                        + guess
                        + " "
                        + SUPPORTED);
    }

    private static MalformedCheckpointException fault(Path file, String reason) {
        return new MalformedCheckpointException(file, -1, reason);
    }
}
