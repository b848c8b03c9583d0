package dev.kaya.engine.tensor;

/**
 * A weight matrix (outputs, inputs) laid out for products: panels of up to {@value #PANEL} outputs
 * with the inputs running inside.
 *
 * <p>Panel p holds outputs {@code 64p …}. A matrix of at most 64 outputs is one panel, as wide as
 * its outputs rounded up to {@value #LANES}; in a larger one every panel is 64 wide. The padding is
 * zero. Element (output o, input i) stands at {@code p·64·inputs + i·width + (o − 64p)}. One row of
 * activations or many read the same panels, and every output is one chain of fused multiply-adds
 * over the inputs in their order, so a product has the same bits whatever the number of rows,
 * threads or lanes.
 *
 * <p>Elements keep their stored precision: {@code float[]} for {@link DataType#F32}, {@code
 * short[]} for {@link DataType#BF16} and {@link DataType#F16}. For {@link DataType#Q8_0} quants are
 * a {@code byte[]} in the same order, and the half-precision scale of inputs {@code 32g … 32g+31}
 * of output o stands at {@code p·64·inputs/32 + g·width + (o − 64p)} of a {@code short[]}; a weight
 * is quant times scale, rounded once. Immutable once packed.
 */
public final class PackedMatrix {

    /** Outputs in a full panel: four 512-bit registers of single precision. */
    public static final int PANEL = 64;

    /** Widths and strides of the engine are multiples of this: one 512-bit register. */
    public static final int LANES = 16;

    /** Inputs that share a scale in a {@link DataType#Q8_0} matrix. */
    public static final int GROUP = 32;

    private static final float[] NO_FLOATS = {};
    private static final short[] NO_SHORTS = {};
    private static final byte[] NO_BYTES = {};

    private final int outputs;
    private final int inputs;
    private final int width;
    private final DataType type;
    private float[] floats = NO_FLOATS;
    private short[] halves = NO_SHORTS;
    private byte[] quants = NO_BYTES;
    private short[] scales = NO_SHORTS;

    /**
     * An empty matrix, to be filled by {@link #setRow}.
     *
     * @param outputs rows of the weight matrix as PyTorch prints it
     * @param inputs columns; whole groups of {@value #GROUP} for Q8_0
     * @param type F32, BF16, F16 or Q8_0
     * @throws IllegalArgumentException when the type is another one or the matrix too large
     */
    public PackedMatrix(int outputs, int inputs, DataType type) {
        if (outputs < 1 || inputs < 1) {
            throw new IllegalArgumentException("empty matrix " + outputs + " × " + inputs);
        }
        long elements = (long) padded(outputs) * inputs;
        if (elements > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException(
                    "a matrix of " + outputs + " × " + inputs + " is more than 2^31 elements");
        }
        this.outputs = outputs;
        this.inputs = inputs;
        this.type = type;
        width = Math.min(PANEL, padded(outputs));
        switch (type) {
            case F32 -> floats = new float[(int) elements];
            case BF16, F16 -> halves = new short[(int) elements];
            case Q8_0 -> {
                if (inputs % GROUP != 0) {
                    throw new IllegalArgumentException(
                            "Q8_0 needs whole groups of " + GROUP + " inputs; given " + inputs);
                }
                quants = new byte[(int) elements];
                scales = new short[(int) elements / GROUP];
            }
            case F64, I64, I32, I16, I8, U8, BOOL ->
                    throw new IllegalArgumentException("no packed form of " + type);
        }
    }

    /**
     * The outputs of a matrix with its padding: whole registers of {@value #LANES} up to {@value
     * #PANEL}, whole panels above.
     */
    public static int padded(int outputs) {
        int unit = outputs <= PANEL ? LANES : PANEL;
        return (outputs + unit - 1) & -unit;
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

    /** Outputs of each panel, padding included. */
    public int panelWidth() {
        return width;
    }

    /** Bytes of the packed elements and scales. */
    public long bytes() {
        return (long) floats.length * Float.BYTES
                + (long) halves.length * Short.BYTES
                + quants.length
                + (long) scales.length * Short.BYTES;
    }

    /** The packed elements of an F32 matrix, empty otherwise; not to be written. */
    float[] floats() {
        return floats;
    }

    /** The packed elements of a BF16 or F16 matrix, empty otherwise; not to be written. */
    short[] halves() {
        return halves;
    }

    /** The quants of a Q8_0 matrix, empty otherwise; not to be written. */
    byte[] quants() {
        return quants;
    }

    /** The half-precision scales of a Q8_0 matrix, empty otherwise; not to be written. */
    short[] scales() {
        return scales;
    }

    /** Where the elements of a panel begin. */
    int panelOffset(int panel) {
        return panel * PANEL * inputs;
    }

    /**
     * Fills one row of an F32 matrix. Different rows, or columns, may be set by different threads.
     *
     * @param output which row
     * @param source its elements
     * @param offset where they begin
     */
    public void setRow(int output, float[] source, int offset) {
        int at = firstIndex(output);
        for (int i = 0; i < inputs; i++, at += width) {
            floats[at] = source[offset + i];
        }
    }

    /** Fills one row of a BF16 or F16 matrix with its stored bits; see the other form. */
    public void setRow(int output, short[] source, int offset) {
        int at = firstIndex(output);
        for (int i = 0; i < inputs; i++, at += width) {
            halves[at] = source[offset + i];
        }
    }

    /**
     * Fills one row of a Q8_0 matrix with its stored blocks: of each, two bytes of scale and
     * {@value #GROUP} quants.
     *
     * @param source the blocks
     * @param offset where they begin
     */
    public void setRow(int output, byte[] source, int offset) {
        int at = firstIndex(output);
        int scaleAt = firstScale(output);
        int from = offset;
        for (int group = 0; group < inputs / GROUP; group++, scaleAt += width) {
            scales[scaleAt] = (short) ((source[from] & 0xFF) | (source[from + 1] << 8));
            from += Short.BYTES;
            for (int i = 0; i < GROUP; i++, at += width) {
                quants[at] = source[from++];
            }
        }
    }

    /**
     * Fills a piece of one column of an F32 matrix: what a row of a transposed weight is.
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
            int at = firstIndex(output) + input * width;
            System.arraycopy(source, offset + done, floats, at, run);
            done += run;
        }
    }

    /** Fills a piece of one column of a BF16 or F16 matrix; see the other form. */
    public void setColumn(int input, int firstOutput, short[] source, int offset, int count) {
        for (int done = 0; done < count; ) {
            int output = firstOutput + done;
            int run = Math.min(count - done, PANEL - output % PANEL);
            int at = firstIndex(output) + input * width;
            System.arraycopy(source, offset + done, halves, at, run);
            done += run;
        }
    }

    /**
     * Fills one row of a matrix of any type, rounding to it.
     *
     * @param output which row
     * @param source its elements in single precision
     * @param offset where they begin
     */
    public void encodeRow(int output, float[] source, int offset) {
        int at = firstIndex(output);
        switch (type) {
            case F32 -> setRow(output, source, offset);
            case BF16 -> {
                for (int i = 0; i < inputs; i++, at += width) {
                    halves[at] = BrainFloat.of(source[offset + i]);
                }
            }
            case F16 -> {
                for (int i = 0; i < inputs; i++, at += width) {
                    halves[at] = Float.floatToFloat16(source[offset + i]);
                }
            }
            case Q8_0 -> {
                int scaleAt = firstScale(output);
                for (int from = offset; from < offset + inputs; from += GROUP, scaleAt += width) {
                    float scale = Quantizer.scale(source, from);
                    float inverse = scale == 0 ? 0f : 1f / scale;
                    scales[scaleAt] = Float.floatToFloat16(scale);
                    for (int i = from; i < from + GROUP; i++, at += width) {
                        quants[at] = Quantizer.quant(source[i], inverse);
                    }
                }
            }
            case F64, I64, I32, I16, I8, U8, BOOL -> throw new AssertionError(type);
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
        int scaleAt = firstScale(output);
        for (int i = 0; i < inputs; i++, at += width) {
            target[offset + i] =
                    switch (type) {
                        case F32 -> floats[at];
                        case BF16 -> BrainFloat.toFloat(halves[at]);
                        case F16 -> Float.float16ToFloat(halves[at]);
                        case Q8_0 ->
                                quants[at]
                                        * Float.float16ToFloat(scales[scaleAt + i / GROUP * width]);
                        case F64, I64, I32, I16, I8, U8, BOOL -> throw new AssertionError(type);
                    };
        }
    }

    private int firstIndex(int output) {
        return panelOffset(output / PANEL) + output % PANEL;
    }

    private int firstScale(int output) {
        return panelOffset(output / PANEL) / GROUP + output % PANEL;
    }
}
