package dev.kaya.engine.checkpoint.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.Inspection;
import dev.kaya.engine.LoadOptions;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.PrintableText;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint that cannot even be read is refused with the reason and with what to do. */
class UnreadableFileTest {

    private static final String POINTER =
            "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 144708885\n"
                    .formatted("0".repeat(64));

    @TempDir private Path folder;

    @Test
    void saysWhyTheSystemRefuses() throws IOException {
        Path file = folder.resolve("ckpt.pt");
        assertRefused(file, file + ": there is no such file or folder");
        Files.write(file, new byte[] {1});
        Path below = file.resolve("model");
        assertRefused(below, below + ": there is no such file or folder");
        Path loop = folder.resolve("loop");
        Files.createSymbolicLink(loop, loop);
        assertThatThrownBy(() -> Inspection.of(loop))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith(loop + ": the system cannot read it: ");
    }

    /** Who runs the tests may be a user who may read everything. */
    @Test
    void saysWhoMayNotRead() {
        assertThat(UnreadableFile.described(new AccessDeniedException("/models/ckpt.pt")))
                .isEqualTo(
                        "/models/ckpt.pt: the system does not let this process read it: give the"
                                + " user that runs Kaya the right to (chmod a+rX), or run as a user"
                                + " that has it");
    }

    @Test
    void javasOwnWordsAreNotLeftAlone() {
        assertThat(UnreadableFile.described(new IndexOutOfBoundsException("Index 3")))
                .isEqualTo(
                        "this is a fault of Kaya itself, not of the checkpoint:"
                                + " java.lang.IndexOutOfBoundsException: Index 3");
        assertThat(UnreadableFile.described(new NumberFormatException("For input string: \"\"")))
                .startsWith("this is a fault of Kaya itself");
        assertThat(UnreadableFile.described(new IllegalStateException("the model cannot generate")))
                .isEqualTo("the model cannot generate");
        assertThat(UnreadableFile.described(new OutOfMemoryError("Java heap space")))
                .contains("-Xmx");
        assertThat(UnreadableFile.described(new InvalidPathException("a\0b", "Nul character")))
                .isEqualTo("a\\u0000b: this is not a path: Nul character");
    }

    @Test
    void anEmptyFileIsNamedInItsFolderToo() throws IOException {
        Path file = Files.write(folder.resolve("ckpt.pt"), new byte[0]);
        assertRefused(file, file + ": the file is empty");
        assertRefused(folder, file + ": the file is empty");
        Files.writeString(file, "no weights");
        assertThatThrownBy(() -> ModelLoader.open(folder, LoadOptions.AS_STORED))
                .hasMessageStartingWith(file + ": unknown kind of file, beginning with the bytes");
    }

    @Test
    void aFolderWithoutWeightsSaysWhatIsLookedFor() throws IOException {
        Files.writeString(folder.resolve("README.md"), "nothing here");
        assertThatThrownBy(() -> ModelLoader.open(folder, LoadOptions.AS_STORED))
                .hasMessageStartingWith(folder + ": no weight file in this folder; looked for");
    }

    @Test
    void aPointerOfGitLfsIsToldFromAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("ckpt.pt"), POINTER);
        String message =
                file
                        + ": this is a Git LFS pointer, not the file itself, which has 144,708,885"
                        + " bytes: in its repository run git lfs install and then git lfs pull"
                        + " --include \"ckpt.pt\", or download the file";
        assertRefused(file, message);
        assertRefused(folder, message);
        Path safetensors = folder.resolve("model.safetensors");
        Files.writeString(safetensors, POINTER.replace("\n", "\r\n"));
        assertRefused(folder, message.replace("ckpt.pt", "model.safetensors"));
    }

    @Test
    void aTokenizerMayBeAPointerToo() throws IOException {
        Path source = Path.of("src/test/resources/fixtures/hf-llama");
        for (String name : new String[] {"model.safetensors", "config.json"}) {
            Files.copy(source.resolve(name), folder.resolve(name));
        }
        Path tokenizer = folder.resolve("tokenizer.json");
        Files.writeString(tokenizer, POINTER);
        assertThatThrownBy(() -> ModelLoader.open(folder, LoadOptions.AS_STORED))
                .hasMessageStartingWith(tokenizer + ": this is a Git LFS pointer");
        assertThat(Inspection.of(folder).problems())
                .singleElement()
                .asString()
                .startsWith(tokenizer + ": this is a Git LFS pointer");
        // One that nobody needs does not matter.
        Files.copy(
                source.resolve("tokenizer.json"), tokenizer, StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(folder.resolve("tokenizer.model"), POINTER);
        assertThat(Inspection.of(folder).problems()).isEmpty();
    }

    @Test
    void namesInMessagesCannotWriteLinesOfTheirOwn() {
        var fault =
                new MalformedCheckpointException(
                        Path.of("m"), -1, "x\n2026 ERROR all is lost\u001b[2J\u2028");
        assertThat(fault).hasMessage("m: x\\u000a2026 ERROR all is lost\\u001b[2J\\u2028");
        assertThat(PrintableText.of("abc", 2)).isEqualTo("ab…");
        assertThat(PrintableText.of("é…😀", 9)).isEqualTo("é…😀");
    }

    private static void assertRefused(Path path, String message) {
        assertThatThrownBy(() -> ModelLoader.open(path, LoadOptions.AS_STORED))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> Inspection.of(path)).hasMessage(message);
    }
}
