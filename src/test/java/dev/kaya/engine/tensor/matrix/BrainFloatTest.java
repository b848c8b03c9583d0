package dev.kaya.engine.tensor.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BrainFloatTest {

    @Test
    void roundsToTheNearestOfItsTwoNeighboursAndTiesToEven() {
        var random = new Random(3);
        for (int i = 0; i < 100_000; i++) {
            float x = Float.intBitsToFloat(random.nextInt());
            if (!Float.isFinite(x)) {
                continue;
            }
            if (i % 4 == 0) { // a tie
                x = Float.intBitsToFloat((Float.floatToRawIntBits(x) & 0xFFFF0000) | 0x8000);
            }
            int low = Float.floatToRawIntBits(x) >>> 16;
            BigDecimal exact = new BigDecimal(x);
            float above = Float.intBitsToFloat((low + 1) << 16);
            if (Float.isInfinite(above)) {
                continue;
            }
            BigDecimal down = exact.subtract(new BigDecimal(Float.intBitsToFloat(low << 16))).abs();
            BigDecimal up = exact.subtract(new BigDecimal(above)).abs();
            int order = down.compareTo(up);
            int expected = order < 0 || (order == 0 && low % 2 == 0) ? low : low + 1;
            assertThat(BrainFloat.of(x) & 0xFFFF).isEqualTo(expected);
        }
    }

    @Test
    void keepsWhatIsNoNumber() {
        assertThat(BrainFloat.toFloat(BrainFloat.of(Float.NaN))).isNaN();
        assertThat(BrainFloat.toFloat(BrainFloat.of(Float.intBitsToFloat(0x7F800001)))).isNaN();
        assertThat(BrainFloat.toFloat(BrainFloat.of(Float.POSITIVE_INFINITY)))
                .isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(BrainFloat.toFloat(BrainFloat.of(-Float.MAX_VALUE)))
                .isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(BrainFloat.of(-0f)).isEqualTo((short) 0x8000);
    }
}
