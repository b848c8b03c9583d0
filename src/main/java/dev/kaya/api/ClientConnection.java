package dev.kaya.api;

import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;

/**
 * The socket behind a request, asked on the request's own thread whether the client has left while
 * its answer is being made. Nothing is written for that, so the status stays open.
 *
 * <p>Tomcat is asked how many bytes could be read now. It answers 1 for a socket at its end, so
 * that somebody reads and meets the end; a pipelined next request is longer than one byte.
 */
final class ClientConnection {

    /** Request attribute under which {@link ClientConnectionValve} leaves the connection. */
    static final String ATTRIBUTE = "dev.kaya.client";

    private static final int AT_ITS_END = 1;

    private final Request request;

    ClientConnection(Request request) {
        this.request = request;
    }

    /** Whether the client has closed its side; the request's body must have been read. */
    boolean isGone() {
        request.action(ActionCode.AVAILABLE, true);
        return request.getAvailable() == AT_ITS_END;
    }
}
