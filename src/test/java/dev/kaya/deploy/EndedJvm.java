package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A JVM of its own that has ended.
 *
 * @param status of its exit
 * @param out what it printed, lines ended by line feeds
 * @param err what it printed to standard error, likewise, without what the JVM says of the module
 */
public record EndedJvm(int status, String out, String err) {

    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    /** Options for every Java, which it announces. */
    private static final List<String> ANNOUNCED = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS");

    /** Runs {@code java} with these arguments alone, whatever the environment adds for others. */
    public static EndedJvm of(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(JAVA.toString());
        command.addAll(arguments);
        Path out = Files.createTempFile("jvm", ".out");
        Path err = Files.createTempFile("jvm", ".err");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().keySet().removeAll(ANNOUNCED);
        Process process = ServerStart.endingWithThisJvm(builder.start());
        try {
            assertThat(process.waitFor(3, TimeUnit.MINUTES)).as("ended: %s", command).isTrue();
            return new EndedJvm(process.exitValue(), lines(out), lines(err));
        } finally {
            process.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static String lines(Path output) throws IOException {
        return Files.readString(output)
                .lines()
                .filter(line -> !line.contains("Using incubator modules"))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }
}
