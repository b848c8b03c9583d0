package dev.kaya.engine.checkpoint.folder;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Git leaves in place of a large file until {@code git lfs pull} fetches it.
 *
 * @see <a href="https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md">The pointer</a>
 */
public final class GitLfsPointer {

    private static final String BEGINNING = "version https://git-lfs.github.com/spec/v1\n";
    private static final Pattern SIZE = Pattern.compile("\nsize ([0-9]{1,18})\n?");

    private GitLfsPointer() {}

    /** Whether a file that begins so is one. */
    static boolean isOne(byte[] head) {
        return text(head).startsWith(BEGINNING);
    }

    /**
     * Makes sure that a file is no pointer.
     *
     * @throws MalformedCheckpointException saying what is missing and how to get it
     * @throws IOException when the file cannot be read
     */
    public static void refuse(Path file) throws IOException {
        byte[] head = Container.head(file);
        if (isOne(head)) {
            throw fault(file, head);
        }
    }

    static MalformedCheckpointException fault(Path file, byte[] head) {
        Matcher size = SIZE.matcher(text(head));
        Path name = file.getFileName();
        return new MalformedCheckpointException(
                file,
                -1,
                String.format(
                        Locale.ROOT,
                        "this is a Git LFS pointer, not the file itself%s: in its repository run"
                                + " git lfs install and then git lfs pull --include \"%s\", or"
                                + " download the file",
                        size.find()
                                ? String.format(
                                        Locale.ROOT,
                                        ", which has %,d bytes",
                                        Long.parseLong(size.group(1)))
                                : "",
                        name == null ? file : name));
    }

    private static String text(byte[] head) {
        return new String(head, StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
    }
}
