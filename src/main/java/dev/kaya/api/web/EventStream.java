package dev.kaya.api.web;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.springframework.http.MediaType;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes server-sent events to a response (WHATWG HTML, section 9.2), each flushed at once. One
 * thread's.
 */
public final class EventStream {

    private static final byte[] KEEP_ALIVE = ": keep-alive\n\n".getBytes(StandardCharsets.UTF_8);

    private final OutputStream out;
    private final JsonMapper json;
    private final long keepAliveNanos;
    private long writtenNanos;

    /**
     * Commits the response: from here on a fault can only be an event.
     *
     * @param keepAlive how long the stream may be silent
     */
    public EventStream(HttpServletResponse response, JsonMapper json, Duration keepAlive)
            throws IOException {
        this.json = json;
        keepAliveNanos = keepAlive.toNanos();
        writtenNanos = System.nanoTime();
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8.name());
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no"); // nginx would keep tokens back
        response.flushBuffer();
        out = response.getOutputStream();
    }

    /** Sends one event; its data is a single line of JSON. */
    public void send(String event, Object data) throws IOException {
        out.write(("event: " + event + "\ndata: ").getBytes(StandardCharsets.UTF_8));
        data(data);
        out.write('\n');
        out.write('\n');
        out.flush();
        writtenNanos = System.nanoTime();
    }

    /** Writes while it makes the text, which may be long. */
    private void data(Object data) throws IOException {
        try (JsonGenerator generator = json.createGenerator(out)) {
            generator.configure(StreamWriteFeature.AUTO_CLOSE_TARGET, false);
            json.writeValue(generator, data);
        }
    }

    /** After a long silence sends a comment, so that nobody on the way takes it for the end. */
    public void keepAliveIfSilent() throws IOException {
        if (System.nanoTime() - writtenNanos >= keepAliveNanos) {
            comment();
        }
    }

    /** Sends a comment, which tells nothing. */
    public void comment() throws IOException {
        out.write(KEEP_ALIVE);
        out.flush();
        writtenNanos = System.nanoTime();
    }
}
