package dev.kaya.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Writes a class archive (application class data sharing) for the jar that runs it: starts a server
 * from that jar on a free loopback port, asks it what clients and probes ask, and has the JVM write
 * the classes that were loaded as the server ends. The archive fits this jar and this JVM only; any
 * other passes it over.
 */
@Command(
        name = "archive",
        description = {
            "Write a class archive for this jar and this Java, for a faster start.",
            "A server is started for that and asked a few things, and writes it as it ends. Java"
                    + " takes it as an option, as below; any other jar or Java passes it over."
        },
        footer = {
            "",
            "Example:",
            "  kaya archive --output=kaya.jsa",
            "  java --add-modules=jdk.incubator.vector -XX:SharedArchiveFile=kaya.jsa -jar kaya.jar"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class ArchiveCommand implements Callable<Integer> {

    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration END = Duration.ofMinutes(1);
    private static final int ENDED_BY_SIGTERM = 128 + 15;
    private static final String JSON = "{\"prompt\": \"a\", \"max_new_tokens\": 4}";
    private static final String STREAM =
            "{\"prompt\": \"a\", \"max_new_tokens\": 4, \"stream\": true}";

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Where to write it (default: beside the jar, as kaya.jsa).")
    private @Nullable Path output;

    @Option(
            names = "--checkpoint",
            paramLabel = "PATH",
            description =
                    "What the server loads meanwhile (default: what it would load by itself).")
    private @Nullable Path checkpoint;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    ArchiveCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows")) {
            throw new IOException("archive needs SIGTERM to end a server, which Windows lacks");
        }
        Path jar = jar();
        Path archive = output == null ? besideOf(jar) : output.toAbsolutePath();
        Path folder = archive.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException("no such folder: " + folder);
        }
        Path unfinished = Files.createTempFile(folder, "kaya", ".jsa");
        Path log = Files.createTempFile("kaya-archive", ".log");
        try {
            Files.delete(unfinished); // the JVM writes no file that is there
            train(jar, unfinished, log);
            Files.move(unfinished, archive, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
            Files.deleteIfExists(log);
        }
        spec.commandLine().getOut().println("wrote " + archive);
        return CommandLine.ExitCode.OK;
    }

    private static Path jar() throws IOException {
        String location =
                ArchiveCommand.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        Path jar = Path.of(URI.create("file:" + location));
        if (!Files.isRegularFile(jar)) {
            throw new IOException("archive runs from the jar only: java -jar kaya.jar archive");
        }
        return jar;
    }

    private static Path besideOf(Path jar) {
        String name = String.valueOf(jar.getFileName());
        int end = name.endsWith(".jar") ? name.length() - ".jar".length() : name.length();
        return jar.resolveSibling(name.substring(0, end) + ".jsa");
    }

    private void train(Path jar, Path archive, Path log) throws IOException, InterruptedException {
        int port = freePort();
        Process server =
                new ProcessBuilder(command(jar, archive, port))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try (HttpClient client = HttpClient.newHttpClient()) {
            awaitReady(client, server, port, log);
            for (HttpRequest request :
                    List.of(
                            post(port, JSON),
                            post(port, STREAM),
                            get(port, "/actuator/prometheus"))) {
                int status =
                        client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
                if (status != 200) {
                    throw new IOException(
                            "the server answered " + status + " to " + request.uri().getPath());
                }
            }
            server.destroy();
            if (!server.waitFor(END.toSeconds(), TimeUnit.SECONDS)
                    || server.exitValue() != ENDED_BY_SIGTERM
                    || !Files.isRegularFile(archive)) {
                throw new IOException("the JVM wrote no archive:\n" + Files.readString(log));
            }
        } finally {
            server.destroyForcibly();
        }
    }

    private List<String> command(Path jar, Path archive, int port) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-modules=jdk.incubator.vector");
        command.add("-XX:ArchiveClassesAtExit=" + archive);
        command.add("-jar");
        command.add(jar.toString());
        command.add("--server.address=127.0.0.1");
        command.add("--server.port=" + port);
        if (checkpoint != null) {
            command.add("--kaya.checkpoint=" + checkpoint);
        }
        return command;
    }

    static void awaitReady(HttpClient client, Process server, int port, Path log)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (System.nanoTime() - start < START.toNanos()) {
            if (!server.isAlive()) {
                throw new IOException("the server did not start:\n" + Files.readString(log));
            }
            try {
                HttpRequest probe = get(port, "/actuator/health/readiness");
                if (client.send(probe, HttpResponse.BodyHandlers.discarding()).statusCode()
                        == 200) {
                    return;
                }
            } catch (IOException e) {
                // nobody listens yet, or the server ends while it is asked: its log says why
            }
            Thread.sleep(50);
        }
        throw new IOException("the server was not ready in time:\n" + Files.readString(log));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static HttpRequest post(int port, String body) {
        return request(port, "/v1/generate")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private static HttpRequest get(int port, String path) {
        return request(port, path).GET().build();
    }

    private static HttpRequest.Builder request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30));
    }
}
