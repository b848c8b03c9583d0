package dev.kaya.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.dialect.RowOrder;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TensorReaderTest {

    /** Elements that tell their place; what is asked for at once is noted. */
    private record Counting(int rows, int columns, AtomicLong most) implements TensorSource {

        Counting(int rows, int columns) {
            this(rows, columns, new AtomicLong());
        }

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public DataType type() {
            return DataType.F32;
        }

        @Override
        public List<Long> shape() {
            return List.of((long) rows, (long) columns);
        }

        @Override
        public void read(long first, long count, MemorySegment target) {
            most.accumulateAndGet(count * Float.BYTES, Math::max);
            for (long i = 0; i < count; i++) {
                target.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) (first + i));
            }
        }
    }

    private static PackedMatrix read(TensorSource tensor, boolean transposed) throws IOException {
        try (var reader = new TensorReader(WeightFormat.AUTO)) {
            PackedMatrix matrix =
                    reader.matrix(List.of(new WeightPart(tensor, RowOrder.AS_STORED)), transposed);
            reader.finish();
            return matrix;
        }
    }

    /** Rows of 9,000 bytes: 64 of them are read together, and 37 are left at the end. */
    @Test
    void rowsAreReadThroughABoundedWindow() throws IOException {
        var tensor = new Counting(5 * 64 + 37, 2_250);
        PackedMatrix matrix = read(tensor, false);
        float[] row = new float[tensor.columns()];
        for (int output = 0; output < tensor.rows(); output++) {
            matrix.row(output, row, 0);
            for (int i = 0; i < row.length; i++) {
                assertThat(row[i]).isEqualTo((float) (output * row.length + i));
            }
        }
        assertThat(tensor.most().get()).isLessThanOrEqualTo(TensorReader.WINDOW_BYTES);
    }

    @Test
    void aRowThatIsLongerThanTheWindowIsReadAlone() throws IOException {
        int columns = TensorReader.WINDOW_BYTES / Float.BYTES + 3;
        var tensor = new Counting(2, columns);
        PackedMatrix matrix = read(tensor, false);
        float[] row = new float[columns];
        matrix.row(1, row, 0);
        assertThat(row[0]).isEqualTo((float) columns);
        assertThat(row[columns - 1]).isEqualTo((float) (2 * columns - 1));
        assertThat(tensor.most().get()).isEqualTo(4L * columns);
    }

    /** Rows of 12,000 bytes: 64 of them, whole blocks of any target, are read together. */
    @Test
    void turnedMatricesAreReadThroughABoundedWindow() throws IOException {
        var tensor = new Counting(2 * 64 + 5, 3_000);
        PackedMatrix matrix = read(tensor, true);
        assertThat(matrix.outputs()).isEqualTo(3_000);
        float[] row = new float[tensor.rows()];
        for (int output : new int[] {0, 1, 63, 64, 255, 256, 2_999}) {
            matrix.row(output, row, 0);
            for (int i = 0; i < row.length; i++) {
                assertThat(row[i]).isEqualTo((float) (i * 3_000 + output));
            }
        }
        assertThat(tensor.most().get()).isLessThanOrEqualTo(TensorReader.WINDOW_BYTES);
    }

    @Test
    void theFingerprintDependsOnNothingButTheBytesAndTheirOrder() throws IOException {
        var one = new Counting(700, 600);
        var other = new Counting(600, 700);
        String first = fingerprint(one, other);
        for (int i = 0; i < 5; i++) {
            assertThat(fingerprint(one, other)).isEqualTo(first);
        }
        assertThat(fingerprint(other, one)).isNotEqualTo(first);
    }

    private static String fingerprint(TensorSource... tensors) throws IOException {
        try (var reader = new TensorReader(WeightFormat.AUTO)) {
            for (TensorSource tensor : tensors) {
                reader.matrix(List.of(new WeightPart(tensor, RowOrder.AS_STORED)), false);
            }
            reader.finish();
            return reader.fingerprint();
        }
    }

    /** A source that fails at one place of its elements. */
    private record Failing(TensorSource whole, RuntimeException unchecked) implements TensorSource {

        @Override
        public String name() {
            return "failing";
        }

        @Override
        public DataType type() {
            return whole.type();
        }

        @Override
        public List<Long> shape() {
            return whole.shape();
        }

        @Override
        public void read(long first, long count, MemorySegment target) throws IOException {
            if (first > 0) {
                if (unchecked.getMessage() != null) {
                    throw unchecked;
                }
                throw new IOException("gone");
            }
            whole.read(first, count, target);
        }
    }

    @Test
    void whatFailsInAnyThreadIsThrownByFinish() {
        var whole = new Counting(1_000, 1_000);
        assertThatThrownBy(() -> read(new Failing(whole, new IllegalStateException()), false))
                .isInstanceOf(IOException.class)
                .hasMessage("gone");
        assertThatThrownBy(() -> read(new Failing(whole, new IllegalStateException("bad")), false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("bad");
    }

    @Test
    void nothingIsReadAfterClose() {
        var tensor = new Counting(10_000, 1_000);
        var reader = new TensorReader(WeightFormat.AUTO);
        reader.matrix(List.of(new WeightPart(tensor, RowOrder.AS_STORED)), false);
        reader.close();
        tensor.most().set(-1);
        reader.close();
        assertThat(tensor.most().get()).isEqualTo(-1);
    }
}
