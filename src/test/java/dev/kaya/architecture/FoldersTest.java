package dev.kaya.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a newcomer sees who opens the folders of the sources. */
class FoldersTest {

    private static final Path SOURCES = Path.of("src/main/java/dev/kaya");

    /** So many files still fit one look. */
    private static final int MOST_FILES = 25;

    private static List<Path> packages() throws IOException {
        try (Stream<Path> all = Files.walk(SOURCES)) {
            return all.filter(Files::isDirectory).toList();
        }
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("packages")
    void isShortAndSaysWhatItIsFor(Path folder) throws IOException {
        assertThat(files(folder))
                .hasSizeLessThanOrEqualTo(MOST_FILES)
                .contains("package-info.java");
    }
}
