package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.deploy.EndedJvm;
import dev.kaya.deploy.ServerStart;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs commands of documents: {@code curl} against a server that is started once with the flags
 * that are shipped, and {@code java} as a process of its own. Closing it ends the server.
 */
final class CommandRunner implements AutoCloseable {

    /** The folder of the checkpoint that a document makes step by step. */
    static final String MINE = "mine";

    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final String JAR = "target/kaya.jar";
    private static final String SHIPPED_ADDRESS = "localhost:8080";

    private final Path folder;
    private final Process server;
    private final int port;
    private final HttpClient client = HttpClient.newHttpClient();

    private CommandRunner(Path folder, Process server, int port) {
        this.folder = folder;
        this.server = server;
        this.port = port;
    }

    /**
     * Starts the server.
     *
     * @param folder for logs and for the checkpoint {@value #MINE}
     */
    static CommandRunner start(Path folder) throws IOException {
        int port = ServerStart.freePort();
        Path log = folder.resolve("server.log");
        List<String> command =
                List.of(
                        JAVA.toString(),
                        "@deploy/jvm.args",
                        "-Xmx400m",
                        "-jar",
                        System.getProperty("kaya.jar"),
                        "--server.address=127.0.0.1",
                        "--server.port=" + port);
        Process server =
                ServerStart.endingWithThisJvm(
                        new ProcessBuilder(command)
                                .redirectErrorStream(true)
                                .redirectOutput(log.toFile())
                                .start());
        ServerStart.awaitReady(server, port, () -> text(log));
        return new CommandRunner(folder, server, port);
    }

    /** What a command prints, its errors last. */
    List<String> run(Transcript transcript) throws IOException, InterruptedException {
        return switch (transcript.words().getFirst()) {
            case "curl" -> curl(transcript);
            case "java" -> java(transcript);
            default -> throw new AssertionError("no rule for " + transcript.place());
        };
    }

    private List<String> curl(Transcript transcript) throws IOException, InterruptedException {
        List<String> words = transcript.words();
        HttpRequest.Builder request = HttpRequest.newBuilder().timeout(Duration.ofMinutes(1)).GET();
        String address = "";
        for (int i = 1; i < words.size(); i++) {
            switch (words.get(i)) {
                case "-s", "-sN" -> {} // what is shown of the progress, and when
                case "-H" -> {
                    String[] header = words.get(++i).split(": ", 2);
                    request.header(header[0], header[1]);
                }
                case "-d" -> request.POST(HttpRequest.BodyPublishers.ofString(words.get(++i)));
                default -> {
                    assertThat(address).as(transcript.place()).isEmpty();
                    address = words.get(i);
                    assertThat(address).as(transcript.place()).startsWith(SHIPPED_ADDRESS + "/");
                }
            }
        }
        assertThat(address).as(transcript.place()).isNotEmpty();
        String here = "http://127.0.0.1:" + port;
        request.uri(URI.create(here + address.substring(SHIPPED_ADDRESS.length())));
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .toList();
    }

    private List<String> java(Transcript transcript) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>();
        for (String word : transcript.words().subList(1, transcript.words().size())) {
            arguments.add(
                    switch (word) {
                        case JAR -> System.getProperty("kaya.jar");
                        case MINE -> folder.resolve(MINE).toString();
                        default -> word;
                    });
        }
        EndedJvm ended = EndedJvm.of(arguments);
        return (ended.out() + ended.err()).replace(folder + "/", "").lines().toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    @Override
    public void close() {
        server.destroyForcibly().onExit().join();
        client.close();
    }
}
