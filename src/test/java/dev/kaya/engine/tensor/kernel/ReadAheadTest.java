package dev.kaya.engine.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** What {@link ReadAhead} reads is told from the combined bits of it; every element is a bit. */
class ReadAheadTest {

    private static final int FROM = 5;

    private final ReadAhead ahead = new ReadAhead();

    @Test
    void startsWithOneByteOfEveryPageFromTheFirstOn() {
        byte[] w = bytes(4096);
        readsOneOfEach(4096, count -> ahead.start(w, FROM, count));
    }

    @Test
    void startsWithOneFloatOfEveryPageFromTheFirstOn() {
        float[] w = new float[3 * 1024];
        for (int i = 0; i < 3; i++) {
            w[FROM + i * 1024] = Float.intBitsToFloat(1 << i);
        }
        readsOneOfEach(1024, count -> ahead.start(w, FROM, count));
    }

    @Test
    void readsOneByteOfEveryCacheLineFromTheFirstOn() {
        byte[] w = bytes(64);
        readsOneOfEach(64, count -> ahead.readAll(w, FROM, count));
    }

    @Test
    void nothingOfNothing() {
        ahead.read = 1;
        ahead.start(new byte[0], 0, 0);
        assertEquals(0, ahead.read);
        ahead.read = 1;
        ahead.start(new float[0], 0, 0);
        assertEquals(0, ahead.read);
        ahead.read = 1;
        ahead.readAll(new byte[0], 0, 0);
        assertEquals(0, ahead.read);
    }

    /** Three pages or lines whose first elements, counted from {@link #FROM}, are bits. */
    private static byte[] bytes(int length) {
        byte[] w = new byte[3 * length];
        for (int i = 0; i < 3; i++) {
            w[FROM + i * length] = (byte) (1 << i);
        }
        return w;
    }

    private void readsOneOfEach(int length, IntConsumer read) {
        read.accept(length);
        assertEquals(1, ahead.read);
        read.accept(length + 1);
        assertEquals(3, ahead.read);
        read.accept(3 * length - FROM);
        assertEquals(7, ahead.read);
    }
}
