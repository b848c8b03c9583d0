package dev.kaya.api.web;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/** Serves one connection at a time; leaves its socket where {@link ClientConnection} finds it. */
final class ConnectionProcessor extends Http11Processor {

    /** Of the notes that Tomcat leaves to others, which a request keeps when it is used again. */
    private static final int SOCKET_NOTE = 17;

    private final ConnectionProtocol protocol;
    private @Nullable SocketWrapperBase<?> begun;
    private long begunNanos;

    ConnectionProcessor(ConnectionProtocol protocol, Adapter adapter) {
        super(protocol, adapter);
        this.protocol = protocol;
    }

    /** The socket of a request, or null when it came by another protocol. */
    @SuppressWarnings("unchecked") // by ConnectionProtocol's endpoint
    static @Nullable SocketWrapperBase<NioChannel> socketOf(Request request) {
        return (SocketWrapperBase<NioChannel>) request.getNote(SOCKET_NOTE);
    }

    @Override
    public SocketState service(SocketWrapperBase<?> socket) throws IOException {
        request.setNote(SOCKET_NOTE, socket);
        socket.setWriteTimeout(protocol.writeTimeoutMillis());
        SocketState state = super.service(socket);
        return state == SocketState.LONG && !isAsync() ? awaitHead(socket) : end(state);
    }

    /** Lets a head that has begun wait for its rest, but no longer than it may take in all. */
    private SocketState awaitHead(SocketWrapperBase<?> socket) {
        long now = System.nanoTime();
        if (!socket.equals(begun)) {
            begun = socket;
            begunNanos = now;
        }
        int timeout = protocol.getConnectionTimeout();
        if (timeout <= 0) {
            return SocketState.LONG;
        }
        long left = timeout - TimeUnit.NANOSECONDS.toMillis(now - begunNanos);
        if (left <= 0) {
            return end(SocketState.CLOSED);
        }
        socket.setReadTimeout(left);
        return SocketState.LONG;
    }

    private SocketState end(SocketState state) {
        begun = null;
        return state;
    }
}
