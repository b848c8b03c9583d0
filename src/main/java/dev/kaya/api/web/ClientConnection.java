package dev.kaya.api.web;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * The socket behind a request, asked on the request's own thread whether the client has left while
 * its answer is being made.
 *
 * <p>A client that closes its connection and one that merely has nothing more to send (a
 * half-closed connection, RFC 9293, section 3.6) look alike: both send an end. They differ in what
 * they do with bytes that come after it: the first answers with a reset, the second reads them. So
 * after an end something harmless must be written to find out; what that is depends on the answer.
 */
public final class ClientConnection {

    /** What can be seen of a client without writing to it. */
    enum Sight {
        /** It could send more. */
        OPEN,
        /** It sends no more; whether it reads only writing can tell. */
        ENDED,
        /** It has broken the connection off. */
        GONE
    }

    /** Request attribute under which {@link ClientConnectionValve} leaves the connection. */
    public static final String ATTRIBUTE = "dev.kaya.client";

    /** The status of clients that left, of which they never hear; nginx's. */
    static final int LEFT = 499;

    // Who has not asked for it can pass it over (RFC 9110, section 15.2.1).
    private static final byte[] CONTINUE =
            "HTTP/1.1 100 \r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Request request;
    private final @Nullable SocketWrapperBase<NioChannel> socket;
    private @Nullable ByteBuffer seen;

    ClientConnection(Request request) {
        this.request = request;
        socket = ConnectionProcessor.socketOf(request);
    }

    /**
     * Looks whether an end has come. Bytes before it, such as a line's end behind the body or the
     * next request, are left to be read. Beyond a full buffer of them nothing is seen, and neither
     * is anything of a client that came by another protocol than HTTP/1.
     */
    Sight look() {
        if (socket == null) {
            return Sight.OPEN;
        }
        try {
            return look(socket);
        } catch (IOException e) {
            return Sight.GONE;
        }
    }

    private Sight look(SocketWrapperBase<NioChannel> from) throws IOException {
        if (seen == null) {
            seen = ByteBuffer.allocate(from.getSocketBufferHandler().getReadBuffer().capacity());
        }
        seen.clear();
        if (!from.getSocketBufferHandler().isReadBufferEmpty()) {
            from.read(false, seen);
        }
        boolean ended = seen.hasRemaining() && from.getSocket().read(seen) < 0;
        from.unRead(seen.flip());
        return ended ? Sight.ENDED : Sight.OPEN;
    }

    /**
     * Writes what asks for nothing ahead of an answer that has not begun: an interim response. To a
     * client of HTTP/1.0, which does not know them, nothing.
     *
     * @throws IOException when the client has left
     */
    void probe() throws IOException {
        boolean knowsInterim = request.protocol().equals("HTTP/1.1");
        if (socket != null && knowsInterim && !request.getResponse().isCommitted()) {
            socket.write(true, CONTINUE, 0, CONTINUE.length);
            socket.flush(true);
        }
    }

    /** Gives the client up: the connection is closed, and an answer that has not begun never is. */
    public void abandon() {
        request.getResponse().setStatus(LEFT);
        request.action(ActionCode.CLOSE_NOW, null);
    }

    /** Does not wait for the rest of a body, so that the connection ends with the answer. */
    public void giveUpBody() {
        request.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
    }
}
