package dev.kaya.engine.tensor.roofline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kaya.engine.tensor.WorkerPool;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the work is done, never how fast. */
class RooflineTest {

    static Stream<RooflineKernels> editions() {
        return Stream.of(new ScalarRooflineKernels(), new VectorRooflineKernels());
    }

    @ParameterizedTest
    @MethodSource("editions")
    void readsEveryElement(RooflineKernels kernels) {
        int[] memory = new int[1024];
        float[] scratch = new float[2 * RooflineKernels.SCRATCH];
        for (int i = 256; i < 768; i++) {
            memory[i] = 1;
            kernels.read(memory, 256, 512, scratch, RooflineKernels.SCRATCH);
            memory[i] = 0;
            assertThat(scratch[RooflineKernels.SCRATCH]).isEqualTo(1f);
        }
        memory[255] = 1;
        memory[768] = 1;
        kernels.read(memory, 256, 512, scratch, RooflineKernels.SCRATCH);
        assertThat(scratch).containsOnly(0f);
    }

    @ParameterizedTest
    @MethodSource("editions")
    void computesAsManyProductsAsItSays(RooflineKernels kernels) {
        float[] scratch = new float[2 * RooflineKernels.SCRATCH];
        kernels.multiplyAdd(10, scratch, RooflineKernels.SCRATCH);
        double sum = 0;
        for (float chain : scratch) {
            sum += chain;
        }
        double product = RooflineKernels.FACTOR * RooflineKernels.FACTOR;
        assertThat(sum).isCloseTo(10 * kernels.flopsPerRound() / 2.0 * product, within(1e-4));
        assertThat(scratch[RooflineKernels.SCRATCH - 1]).isZero();
    }

    @Test
    void boundsTheTimeByTheSlowerOfTwo() {
        var roofline = new Roofline(10, 100, 1, 1024);
        assertThat(roofline.seconds(20, 100)).isEqualTo(2);
        assertThat(roofline.seconds(20, 300)).isEqualTo(3);
    }

    @Test
    void measuresBothLimits() {
        try (var workers = new WorkerPool(2)) {
            Roofline roofline = Roofline.measure(workers);
            assertThat(roofline.bytesPerSecond()).isFinite().isPositive();
            assertThat(roofline.flopsPerSecond()).isFinite().isPositive();
            assertThat(roofline.threads()).isEqualTo(2);
            assertThat(roofline.arrayBytes()).isBetween(16L << 20, 256L << 20);
        }
    }
}
