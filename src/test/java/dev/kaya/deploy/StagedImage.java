package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A folder with what the Dockerfile's COPY lines would put into the image, made from the jar that
 * was just built. Absolute paths of the image become paths under {@link #root()}.
 */
final class StagedImage {

    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    private final Dockerfile.Stage image;
    private final Path root;
    private final Path buildRoot;

    private StagedImage(Dockerfile.Stage image, Path root, Path buildRoot) {
        this.image = image;
        this.root = root;
        this.buildRoot = buildRoot;
    }

    /** Lays the image out in an empty folder. */
    static StagedImage stage(Path folder) throws IOException, InterruptedException {
        Dockerfile dockerfile = ShippedFiles.dockerfile();
        Dockerfile.Stage build = dockerfile.stages().getFirst();
        StagedImage staged =
                new StagedImage(
                        dockerfile.image(), folder.resolve("image"), folder.resolve("build"));
        staged.putJar(build);
        for (Dockerfile.Copy copy : dockerfile.image().copies()) {
            staged.copy(copy);
        }
        staged.writeArchive();
        return staged;
    }

    Path root() {
        return root;
    }

    /** Where the entry point starts. */
    Path workingDirectory() {
        return inImage(image.last("WORKDIR"));
    }

    /** The entry point with this JVM's own java and with paths of this folder. */
    List<String> entryPoint() {
        return rewritten(image.entryPoint());
    }

    List<String> healthCheck() {
        return rewritten(image.healthCheck());
    }

    /** What ENV sets. */
    Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>(image.pairs("ENV"));
        environment.replaceAll(
                (key, value) -> String.join(" ", rewritten(List.of(value.split(" ", -1)))));
        return environment;
    }

    /** Every file there is. */
    Set<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return new TreeSet<>(files.toList());
        }
    }

    // What the build stage makes is the jar under test.
    private void putJar(Dockerfile.Stage build) throws IOException {
        Path jar = buildRoot.resolve(build.last("WORKDIR").substring(1)).resolve("target/kaya.jar");
        Files.createDirectories(jar.getParent());
        Files.copy(Path.of(System.getProperty("kaya.jar")), jar);
    }

    // The image's line that writes the class archive, run as it stands.
    private void writeArchive() throws IOException, InterruptedException {
        String line =
                image.all("RUN").stream()
                        .filter(run -> run.startsWith("java "))
                        .findFirst()
                        .orElseThrow();
        Path log = Files.createTempFile("archive", ".log");
        Process process =
                new ProcessBuilder(rewritten(List.of(line.split("\\s+", -1))))
                        .directory(workingDirectory().toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).as(line).isTrue();
            assertThat(process.exitValue()).as(() -> line + ": " + text(log)).isZero();
        } finally {
            process.destroyForcibly();
            Files.delete(log);
        }
    }

    private static String text(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void copy(Dockerfile.Copy copy) throws IOException {
        for (String source : copy.sources()) {
            Path from =
                    copy.from() == null
                            ? ShippedFiles.PROJECT.resolve(source)
                            : buildRoot.resolve(source.substring(1));
            Path to = workingDirectory().resolve(inImage(copy.destination())).normalize();
            if (Files.isDirectory(from)) {
                copyFolder(from, to);
            } else {
                Files.createDirectories(to.getParent());
                Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void copyFolder(Path from, Path to) throws IOException {
        Files.walkFileTree(
                from,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes all)
                            throws IOException {
                        Files.createDirectories(to.resolve(from.relativize(folder)));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes all)
                            throws IOException {
                        Files.copy(
                                file,
                                to.resolve(from.relativize(file)),
                                StandardCopyOption.COPY_ATTRIBUTES);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private Path inImage(String path) {
        return path.startsWith("/") ? root.resolve(path.substring(1)) : Path.of(path);
    }

    private List<String> rewritten(List<String> command) {
        return command.stream().map(this::rewritten).toList();
    }

    private String rewritten(String word) {
        if (word.equals("java")) {
            return JAVA.toString();
        }
        if (word.startsWith("@/")) { // an argument file of java
            return "@" + rewritten(word.substring(1));
        }
        return word.startsWith("/") ? inImage(word).toString() : word;
    }
}
