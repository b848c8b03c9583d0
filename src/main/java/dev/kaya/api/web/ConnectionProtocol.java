package dev.kaya.api.web;

import java.time.Duration;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;

/**
 * HTTP/1.1 as Tomcat speaks it, with what Kaya needs to know of a connection and to bound of it.
 * Tomcat makes it by its class name.
 *
 * <p>Tomcat has one timeout for whatever a connection waits for, which begins anew with every byte.
 * Here a head must be complete within that timeout, whatever trickles in, and whoever does not read
 * has a timeout of its own.
 */
public final class ConnectionProtocol extends Http11NioProtocol {

    private int writeTimeoutMillis = -1;

    /**
     * Sets how long a write may wait for a client that reads nothing; by default as long as a read
     * may wait.
     */
    public void setWriteTimeout(Duration timeout) {
        writeTimeoutMillis = Math.toIntExact(timeout.toMillis());
    }

    public int writeTimeoutMillis() {
        return writeTimeoutMillis < 0 ? getConnectionTimeout() : writeTimeoutMillis;
    }

    @Override
    protected Processor createProcessor() {
        return new ConnectionProcessor(this, getAdapter());
    }
}
