package dev.kaya.api;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A server of the shipped stories with its defaults, one for all tests that extend this. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
abstract class StoriesServer {

    /** A context of 256 tokens. */
    static final int CONTEXT = 256;

    @LocalServerPort private int port;

    @BeforeEach
    void awaitIdle() {
        client().awaitIdle();
    }

    Client client() {
        return Client.of(port);
    }

    RawConnection connect() throws IOException {
        return new RawConnection(port);
    }
}
