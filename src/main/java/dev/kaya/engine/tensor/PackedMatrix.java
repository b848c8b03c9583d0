package dev.kaya.engine.tensor;

/**
 * A weight matrix (outputs, inputs) laid out for products: panels of up to {@value #PANEL} outputs
 * with the inputs running inside.
 *
 * <p>Panel p holds outputs {@code 64p …}; its width is the number of its outputs rounded up to
 * {@value #LANES}, the padding being zero. Element (output o, input i) stands at {@code p·64·inputs
 * + i·width(p) + (o − 64p)}. One row of activations or many read the same panels, and every output
 * is one chain of fused multiply-adds over the inputs in their order, so a product has the same
 * bits whatever the number of rows, threads or lanes.
 *
 * <p>Elements keep their stored precision: {@code float[]} for {@link DataType#F32}, {@code
 * short[]} for {@link DataType#BF16} and {@link DataType#F16}. Immutable once packed.
 */
public final class PackedMatrix {

    /** Outputs in a full panel: four 512-bit registers of single precision. */
    public static final int PANEL = 64;

    /** Widths and strides of the engine are multiples of this: one 512-bit register. */
    public static final int LANES = 16;

    private static final float[] NO_FLOATS = {};
    private static final short[] NO_SHORTS = {};

    private final int outputs;
    private final int inputs;
    private final DataType type;
    private final float[] floats;
    private final short[] halves;

    /**
     * An empty matrix, to be filled by {@link #setRow}.
     *
     * @param outputs rows of the weight matrix as PyTorch prints it
     * @param inputs columns
     * @param type F32, BF16 or F16
     * @throws IllegalArgumentException when the type is another one or the matrix too large
     */
    public PackedMatrix(int outputs, int inputs, DataType type) {
        if (outputs < 1 || inputs < 1) {
            throw new IllegalArgumentException("empty matrix " + outputs + " × " + inputs);
        }
        long elements = (long) padded(outputs) * inputs;
        if (elements > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException(
                    "a matrix of " + outputs + " × " + inputs + " is more than 2^31 elements");
        }
        this.outputs = outputs;
        this.inputs = inputs;
        this.type = type;
        switch (type) {
            case F32 -> {
                floats = new float[(int) elements];
                halves = NO_SHORTS;
            }
            case BF16, F16 -> {
                floats = NO_FLOATS;
                halves = new short[(int) elements];
            }
            case F64, Q8_0, I64, I32, I16, I8, U8, BOOL ->
                    throw new IllegalArgumentException("no packed form of " + type);
            default -> throw new AssertionError(type);
        }
    }

    /** The smallest multiple of {@value #LANES} that is not below {@code length}. */
    public static int padded(int length) {
        return (length + LANES - 1) & -LANES;
    }

    /** Rows of the weight matrix. */
    public int outputs() {
        return outputs;
    }

    /** Columns of the weight matrix. */
    public int inputs() {
        return inputs;
    }

    /** How elements are stored. */
    public DataType type() {
        return type;
    }

    /** Number of panels. */
    public int panels() {
        return (outputs + PANEL - 1) / PANEL;
    }

    /** Outputs of a panel, padding included: {@value #PANEL} but for the last. */
    public int panelWidth(int panel) {
        return Math.min(PANEL, padded(outputs) - panel * PANEL);
    }

    /** Bytes of the packed elements. */
    public long bytes() {
        return (long) floats.length * Float.BYTES + (long) halves.length * Short.BYTES;
    }

    /** The packed elements of an F32 matrix, empty otherwise; not to be written. */
    float[] floats() {
        return floats;
    }

    /** The packed elements of a BF16 or F16 matrix, empty otherwise; not to be written. */
    short[] halves() {
        return halves;
    }

    /**
     * Fills one row of an F32 matrix. Different rows may be set by different threads.
     *
     * @param output which row
     * @param source its elements
     * @param offset where they begin
     */
    public void setRow(int output, float[] source, int offset) {
        int at = firstIndex(output);
        int width = panelWidth(output / PANEL);
        for (int i = 0; i < inputs; i++, at += width) {
            floats[at] = source[offset + i];
        }
    }

    /** Fills one row of a BF16 or F16 matrix with its stored bits; see the other form. */
    public void setRow(int output, short[] source, int offset) {
        int at = firstIndex(output);
        int width = panelWidth(output / PANEL);
        for (int i = 0; i < inputs; i++, at += width) {
            halves[at] = source[offset + i];
        }
    }

    /**
     * Fills a piece of one column of an F32 matrix: what a row of a transposed weight is. Not for
     * several threads at a time.
     *
     * @param input which column
     * @param firstOutput the first row to set
     * @param source elements for consecutive rows
     * @param offset where they begin
     * @param count how many
     */
    public void setColumn(int input, int firstOutput, float[] source, int offset, int count) {
        for (int done = 0; done < count; ) {
            int output = firstOutput + done;
            int run = Math.min(count - done, PANEL - output % PANEL);
            int at = firstIndex(output) + input * panelWidth(output / PANEL);
            System.arraycopy(source, offset + done, floats, at, run);
            done += run;
        }
    }

    /** Fills a piece of one column of a BF16 or F16 matrix; see the other form. */
    public void setColumn(int input, int firstOutput, short[] source, int offset, int count) {
        for (int done = 0; done < count; ) {
            int output = firstOutput + done;
            int run = Math.min(count - done, PANEL - output % PANEL);
            int at = firstIndex(output) + input * panelWidth(output / PANEL);
            System.arraycopy(source, offset + done, halves, at, run);
            done += run;
        }
    }

    /**
     * Widens one row, as an embedding look-up.
     *
     * @param output which row
     * @param target receives {@link #inputs()} elements
     * @param offset where they go
     */
    public void row(int output, float[] target, int offset) {
        int at = firstIndex(output);
        int width = panelWidth(output / PANEL);
        for (int i = 0; i < inputs; i++, at += width) {
            target[offset + i] = element(at);
        }
    }

    private float element(int index) {
        return switch (type) {
            case F32 -> floats[index];
            case BF16 -> Float.intBitsToFloat(halves[index] << 16);
            case F16 -> Float.float16ToFloat(halves[index]);
            case F64, Q8_0, I64, I32, I16, I8, U8, BOOL -> throw new AssertionError(type);
        };
    }

    private int firstIndex(int output) {
        int panel = output / PANEL;
        return panel * PANEL * inputs + output % PANEL;
    }
}
