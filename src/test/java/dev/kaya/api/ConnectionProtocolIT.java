package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.api.web.ConnectionProtocol;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a connection may wait for, on a bare Tomcat whose one page is larger than any buffer. */
class ConnectionProtocolIT {

    private static final int LONG_MILLIS = 60_000;
    private static final int PIECE = 1 << 16;
    private static final int PIECES = 512;
    private static final String ASK =
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    @TempDir private Path folder;
    private final Tomcat tomcat = new Tomcat();
    private final CompletableFuture<Boolean> written = new CompletableFuture<>();

    /** Tells whether it could write all. */
    private final class LargePage extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            try {
                byte[] piece = new byte[PIECE];
                for (int i = 0; i < PIECES; i++) {
                    response.getOutputStream().write(piece);
                }
                written.complete(true);
            } catch (IOException e) {
                written.complete(false);
            }
        }
    }

    private RawConnection connect(int connectionMillis, int writeMillis)
            throws LifecycleException, IOException {
        var protocol = new ConnectionProtocol();
        protocol.setConnectionTimeout(connectionMillis);
        if (writeMillis > 0) {
            protocol.setWriteTimeout(Duration.ofMillis(writeMillis));
        }
        var connector = new Connector(protocol);
        connector.setPort(0);
        tomcat.setBaseDir(folder.toString());
        tomcat.setConnector(connector);
        var context = tomcat.addContext("", new File(folder.toString()).getAbsolutePath());
        Tomcat.addServlet(context, "page", new LargePage());
        context.addServletMappingDecoded("/", "page");
        tomcat.start();
        return new RawConnection(connector.getLocalPort());
    }

    @AfterEach
    void stop() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
    }

    private boolean couldWriteAll()
            throws InterruptedException, ExecutionException, TimeoutException {
        return written.get(30, TimeUnit.SECONDS);
    }

    /** Sends one byte after another until the connection is closed; how many were sent. */
    private static int trickle(RawConnection connection, String text) {
        int count = 0;
        try {
            for (; count < text.length(); count++) {
                connection.write(text.substring(count, count + 1));
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        } catch (SocketException e) {
            return count;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return count;
    }

    @Test
    void writesLongerThanReadsMayWait() throws Exception {
        try (RawConnection slow = connect(300, LONG_MILLIS)) {
            slow.write(ASK);
            slow.readUntil("\r\n\r\n");
            LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());
            assertThat(slow.readToEnd().length()).isGreaterThanOrEqualTo(PIECE * PIECES);
            assertThat(couldWriteAll()).isTrue();
        }
    }

    @Test
    void givesUpWhoDoesNotReadForSoLong() throws Exception {
        try (RawConnection slow = connect(LONG_MILLIS, 300)) {
            slow.write(ASK);
            assertThat(couldWriteAll()).isFalse();
        }
    }

    @Test
    void waitsForReadersAsLongAsForSendersUnlessTold() throws Exception {
        try (RawConnection slow = connect(300, -1)) {
            slow.write(ASK);
            assertThat(couldWriteAll()).isFalse();
        }
    }

    @Test
    void closesAConnectionWhoseHeadIsNotCompleteInTime() throws Exception {
        try (RawConnection trickling = connect(1000, LONG_MILLIS)) {
            String head = "GET / HTTP/1.1\r\nX-Long: " + "x".repeat(2000);
            assertThat(trickle(trickling, head)).isLessThan(head.length());
        }
    }

    @Test
    void closesAConnectionWhoseHeadStops() throws Exception {
        try (RawConnection halfOpen = connect(500, LONG_MILLIS)) {
            halfOpen.write("GET / HTTP/1.1\r\nX-Long: x");
            assertThat(halfOpen.readToEnd()).isEmpty();
        }
    }

    @Test
    void closesAConnectionOnWhichNothingComes() throws Exception {
        try (RawConnection silent = connect(500, LONG_MILLIS)) {
            assertThat(silent.readToEnd()).isEmpty();
        }
    }

    @Test
    void takesAHeadInPiecesInTime() throws Exception {
        try (RawConnection slow = connect(LONG_MILLIS, LONG_MILLIS)) {
            assertThat(trickle(slow, ASK)).isEqualTo(ASK.length());
            assertThat(slow.readToEnd().length()).isGreaterThanOrEqualTo(PIECE * PIECES);
        }
    }
}
