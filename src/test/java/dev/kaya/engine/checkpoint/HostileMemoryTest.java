package dev.kaya.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Small files made to take as much memory as they can. Everything that is no weight fits into a
 * fixed amount, whatever it claims, shares or repeats; counted is all that the thread allocates.
 */
class HostileMemoryTest {

    private static final long LIMIT = 512L << 20;
    private static final int MILLION = 1_000_000;

    @TempDir Path folder;

    @Test
    void keysMadeOfASharedTupleTakeNoMoreThanTheLimit() throws IOException {
        refuseWithin(pickle(keysOfASharedTuple()));
    }

    @Test
    void viewsOfManyDimensionsTakeNoMoreThanTheLimit() throws IOException {
        refuseWithin(pickle(views()));
    }

    @Test
    void objectsInJsonTakeNoMoreThanTheLimit() throws IOException {
        String objects = "{},".repeat(5 * MILLION);
        refuseWithin(("{\"x\": [" + objects + "{}]}").getBytes(StandardCharsets.UTF_8));
    }

    private void refuseWithin(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("file"), content);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(() -> CheckpointReader.open(file))
                .isInstanceOf(MalformedCheckpointException.class);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(allocated).isLessThan(LIMIT);
    }

    private static byte[] pickle(PickleBytes body) {
        return TorchFiles.zip(body.stop(), TorchFiles.floatBytes(1));
    }

    private static PickleBytes keysOfASharedTuple() {
        PickleBytes pickle = new PickleBytes().op('}', '(');
        for (int i = 0; i < 8; i++) {
            pickle.text("k".repeat(127));
        }
        pickle.op('t', 'q', 0, '0').text("x").op('(');
        return pickle.op(repeated(900_000, '}', 'h', 0, 'N', 's')).op('l', 's');
    }

    private static PickleBytes views() {
        long[] ones = new long[16];
        Arrays.fill(ones, 1);
        PickleBytes pickle = new PickleBytes().op('}');
        pickle.global("torch._utils", "_rebuild_tensor").op('q', 0, '0');
        pickle.storage("FloatStorage", "0", 1).op('q', 1, '0').numbers(ones).op('q', 2, '0');
        pickle.text("x").op('(');
        int[] view = {'h', 0, '(', 'h', 1, 'K', 0, 'h', 2, 'h', 2, 't', 'R'};
        return pickle.op(repeated(300_000, view)).op('l', 's');
    }

    private static int[] repeated(int times, int... bytes) {
        int[] all = new int[times * bytes.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = bytes[i % bytes.length];
        }
        return all;
    }
}
