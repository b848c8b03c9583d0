package dev.kaya.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ArchiveCommandTest {

    @Test
    @Timeout(60)
    void showsTheLogOfAServerThatEndsWhileItIsAsked(@TempDir Path folder) throws Exception {
        Path log = Files.writeString(folder.resolve("log"), "no such checkpoint");
        Process server = new ProcessBuilder("sleep", "60").start();
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HttpClient client = HttpClient.newHttpClient()) {
            Thread.ofVirtual().start(() -> endWhenAsked(server, listener));

            assertThatThrownBy(
                            () ->
                                    ArchiveCommand.awaitReady(
                                            client, server, listener.getLocalPort(), log))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the server did not start:\nno such checkpoint");
        } finally {
            server.destroyForcibly();
        }
    }

    // Closes every connection without an answer, once the server has ended.
    private static void endWhenAsked(Process server, ServerSocket listener) {
        while (!listener.isClosed()) {
            try (var _ = listener.accept()) {
                server.destroyForcibly().onExit().join();
            } catch (SocketException e) {
                return; // the test is over
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
