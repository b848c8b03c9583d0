package dev.kaya.engine.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RowOrderTest {

    /** Two heads of six that rotate four elements, and a value head behind them. */
    @Test
    void putsPairsOfEveryHeadHalfALengthApart() {
        var order = new RowOrder(12, 6, 4);
        int[] targets = new int[18];
        Arrays.setAll(targets, order::target);

        assertThat(targets)
                .containsExactly(0, 2, 1, 3, 4, 5, 6, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17);
    }

    @Test
    void findsWhereEveryOutputCameFrom() {
        var order = new RowOrder(12, 6, 4);
        for (int row = 0; row < 18; row++) {
            assertThat(order.source(order.target(row))).isEqualTo(row);
        }
    }

    @Test
    void leavesWhatIsInOrder() {
        assertThat(RowOrder.AS_STORED.target(7)).isEqualTo(7);
    }
}
