package dev.kaya.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A connection by hand, for requests that no client library would send. */
final class RawConnection implements AutoCloseable {

    private static final int PATIENCE_MILLIS = (int) Duration.ofSeconds(30).toMillis();

    private final Socket socket;

    RawConnection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    /** A request to generate, up to the end of its headers. */
    static String generateHeaders(String... headers) {
        var request = new StringBuilder("POST /v1/generate HTTP/1.1\r\nHost: localhost\r\n");
        request.append("Content-Type: application/json\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return request.append("\r\n").toString();
    }

    /** Writes to the last byte, whatever comes back meanwhile. */
    void write(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /** Says that nothing more will be sent, and can still read. */
    void endSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Breaks the connection off, without the end that closing it would send. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Reads to the end of the connection. */
    String readToEnd() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Reads until {@code text} was seen; fails when the stream ends before. */
    String readUntil(String text) throws IOException {
        var read = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        while (!read.toString(StandardCharsets.UTF_8).contains(text)) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the stream ended after " + read);
            }
            read.write(next);
        }
        return read.toString(StandardCharsets.UTF_8);
    }

    /** Reads the final answer to the end of its declared length, passing over interim ones. */
    Answer readAnswer() throws IOException {
        List<String> head = readUntil("\r\n\r\n").strip().lines().toList();
        int status = Integer.parseInt(head.getFirst().substring(9, 12));
        if (status == 100) {
            return readAnswer();
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line : head.subList(1, head.size())) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
        byte[] body = socket.getInputStream().readNBytes(length);
        return new Answer(status, headers, new String(body, StandardCharsets.UTF_8));
    }

    /** Reads on without end on a thread of its own: who is not read gives up its place. */
    void discardRest() {
        Thread.ofVirtual()
                .start(
                        () -> {
                            byte[] rest = new byte[8_192];
                            try {
                                while (socket.getInputStream().read(rest) >= 0) {
                                    Thread.onSpinWait();
                                }
                            } catch (IOException e) {
                                // It was closed, which is how it ends.
                            }
                        });
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
