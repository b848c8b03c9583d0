package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive that the jar writes for itself, and JVMs that are given it. */
class ClassArchiveIT {

    private static final String NAMES = "checkpoints/names";
    private static final String JAR = System.getProperty("kaya.jar");

    @Test
    void isReadByTheJarThatWroteItAndPassedOverByAnother(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path archive = folder.resolve("kaya.jsa");

        EndedJvm written =
                run("-jar", JAR, "archive", "--output", archive.toString(), "--checkpoint", NAMES);

        assertThat(written).isEqualTo(new EndedJvm(0, "wrote " + archive + "\n", ""));
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(archive);
        }
        assertThat(sourceOfMain(archive, Path.of(JAR))).contains("shared objects file (top)");
        Path other = Files.copy(Path.of(JAR), folder.resolve("other.jar"));
        assertThat(sourceOfMain(archive, other)).contains("other.jar");
    }

    @Test
    void saysWhereItCannotBeWritten(@TempDir Path folder) throws IOException, InterruptedException {
        Path nowhere = folder.resolve("none/kaya.jsa");

        EndedJvm ended = run("-jar", JAR, "archive", "--output", nowhere.toString());

        assertThat(ended)
                .isEqualTo(
                        new EndedJvm(1, "", "kaya: no such folder: " + nowhere.getParent() + "\n"));
    }

    @Test
    void showsWhyTheServerDidNotStart(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path missing = folder.resolve("missing");

        EndedJvm ended =
                run(
                        "-jar",
                        JAR,
                        "archive",
                        "--output",
                        folder.resolve("kaya.jsa").toString(),
                        "--checkpoint",
                        missing.toString());

        assertThat(ended.out()).isEmpty();
        assertThat(ended.err())
                .startsWith("kaya: the server did not start:")
                .contains(missing.toString());
        assertThat(ended.status()).isEqualTo(1);
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    // Where the JVM took the main class from, as its log tells.
    private static String sourceOfMain(Path archive, Path jar)
            throws IOException, InterruptedException {
        EndedJvm ended =
                run(
                        "--add-modules=jdk.incubator.vector",
                        "-XX:SharedArchiveFile=" + archive,
                        "-Xlog:cds=off",
                        "-Xlog:cds+dynamic=off",
                        "-Xlog:class+load",
                        "-jar",
                        jar.toString(),
                        "--version");
        assertThat(ended.status()).as(ended.toString()).isZero();
        return ended.out()
                .lines()
                .filter(line -> line.contains(" dev.kaya.KayaApplication "))
                .findFirst()
                .orElseThrow();
    }

    private static EndedJvm run(String... arguments) throws IOException, InterruptedException {
        return EndedJvm.of(List.of(arguments));
    }
}
