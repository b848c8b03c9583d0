package dev.kaya.engine.checkpoint.folder;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of one file of a checkpoint in parts, such as {@code model-00001-of-00003.safetensors}.
 *
 * @param stem what stands before the numbers
 * @param number of the part, from 1
 * @param count of all parts
 * @param ending with its dot
 */
record ShardName(String stem, int number, int count, String ending) {

    private static final Pattern PATTERN =
            Pattern.compile("(.+)-(\\d{5})-of-(\\d{5})(\\.safetensors|\\.bin|\\.pt|\\.pth)");

    /** The parts of a name; null when it is the name of a file by itself. */
    static @Nullable ShardName of(Path file) {
        Path last = file.getFileName();
        Matcher matcher = PATTERN.matcher(last == null ? "" : last.toString());
        if (!matcher.matches()) {
            return null;
        }
        int count = Integer.parseInt(matcher.group(3));
        return count < 2
                ? null
                : new ShardName(
                        matcher.group(1),
                        Integer.parseInt(matcher.group(2)),
                        count,
                        matcher.group(4));
    }

    /** The name of the file that says which part holds which tensor. */
    String index() {
        return stem + ending + ".index.json";
    }
}
