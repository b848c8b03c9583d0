package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive that the jar writes for itself, and JVMs that are given it. */
class ClassArchiveIT {

    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final String NAMES = "checkpoints/names";
    private static final String JAR = System.getProperty("kaya.jar");

    private record Ended(int status, String output) {}

    @Test
    void isReadByTheJarThatWroteItAndPassedOverByAnother(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path archive = folder.resolve("kaya.jsa");

        Ended written =
                run("-jar", JAR, "archive", "--output", archive.toString(), "--checkpoint", NAMES);

        assertThat(written.output()).isEqualTo("wrote " + archive + System.lineSeparator());
        assertThat(written.status()).isZero();
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

        Ended ended = run("-jar", JAR, "archive", "--output", nowhere.toString());

        assertThat(ended.output())
                .isEqualTo("kaya: no such folder: " + nowhere.getParent() + System.lineSeparator());
        assertThat(ended.status()).isEqualTo(1);
    }

    @Test
    void showsWhyTheServerDidNotStart(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path missing = folder.resolve("missing");

        Ended ended =
                run(
                        "-jar",
                        JAR,
                        "archive",
                        "--output",
                        folder.resolve("kaya.jsa").toString(),
                        "--checkpoint",
                        missing.toString());

        assertThat(ended.output())
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
        Ended ended =
                run(
                        "--add-modules=jdk.incubator.vector",
                        "-XX:SharedArchiveFile=" + archive,
                        "-Xlog:cds=off",
                        "-Xlog:cds+dynamic=off",
                        "-Xlog:class+load",
                        "-jar",
                        jar.toString(),
                        "--version");
        assertThat(ended.status()).as(ended.output()).isZero();
        return ended.output()
                .lines()
                .filter(line -> line.contains(" dev.kaya.KayaApplication "))
                .findFirst()
                .orElseThrow();
    }

    private static Ended run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(JAVA.toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("archive", ".log");
        Process process =
                ServerStart.endingWithThisJvm(
                        new ProcessBuilder(command)
                                .redirectErrorStream(true)
                                .redirectOutput(output.toFile())
                                .start());
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("ended").isTrue();
            return new Ended(process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }
}
