package dev.kaya.engine.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What {@link ReadAhead} reads is told from the combined bits of it; every element is a bit. */
class ReadAheadTest {

    private final ReadAhead ahead = new ReadAhead();

    @Test
    void oneByteOfEveryPageFromTheFirstOn() {
        byte[] w = new byte[3 * 4096];
        w[5] = 1;
        w[5 + 4096] = 2;
        w[5 + 2 * 4096] = 4;
        ahead.start(w, 5, 4096);
        assertEquals(1, ahead.read);
        ahead.start(w, 5, 4097);
        assertEquals(3, ahead.read);
        ahead.start(w, 5, 3 * 4096 - 5);
        assertEquals(7, ahead.read);
    }

    @Test
    void oneFloatOfEveryPageFromTheFirstOn() {
        float[] w = new float[3 * 1024];
        w[5] = Float.intBitsToFloat(1);
        w[5 + 1024] = Float.intBitsToFloat(2);
        w[5 + 2 * 1024] = Float.intBitsToFloat(4);
        ahead.start(w, 5, 1024);
        assertEquals(1, ahead.read);
        ahead.start(w, 5, 1025);
        assertEquals(3, ahead.read);
        ahead.start(w, 5, 3 * 1024 - 5);
        assertEquals(7, ahead.read);
    }

    @Test
    void nothingOfNothing() {
        ahead.read = 1;
        ahead.start(new byte[0], 0, 0);
        assertEquals(0, ahead.read);
        ahead.read = 1;
        ahead.start(new float[0], 0, 0);
        assertEquals(0, ahead.read);
    }
}
