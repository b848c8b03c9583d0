package dev.kaya.api;

import org.junit.jupiter.api.BeforeEach;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A server of the shipped microgpt: 26 letters, 16 positions, texts that end at the context's. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = "kaya.checkpoint=checkpoints/names")
abstract class NamesServer {

    @LocalServerPort private int port;

    @BeforeEach
    void awaitIdle() {
        client().awaitIdle();
    }

    Client client() {
        return Client.of(port);
    }
}
