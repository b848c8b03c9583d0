package dev.kaya.engine.tensor.matrix;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A weight matrix (outputs, inputs) laid out for products: panels of up to {@value #PANEL} outputs
 * with the inputs running inside.
 *
 * <p>Panel p holds outputs {@code 64p …}. A matrix of at most 64 outputs is one panel, as wide as
 * its outputs rounded up to {@value #LANES}; in a larger one every panel is 64 wide. The padding is
 * zero. One row of activations or many read the same panels, and every output is one chain of fused
 * multiply-adds over the inputs in their order, so a product has the same bits whatever the number
 * of rows, threads or lanes.
 *
 * <p>Elements keep their stored precision; see {@link FloatPanels}, {@link HalfPanels} and {@link
 * QuantPanels}. Where matrices of different types are stacked, a panel that has rows of two is
 * widened to {@link DataType#F32}, which loses nothing, and all others keep their type. Immutable
 * once packed.
 */
public final class PackedMatrix {

    /** Outputs in a full panel: four 512-bit registers of single precision. */
    public static final int PANEL = 64;

    /** Widths and strides of the engine are multiples of this: one 512-bit register. */
    public static final int LANES = 16;

    private static final int MOST_ELEMENTS = Integer.MAX_VALUE - QuantPanels.SLACK;

    private final int outputs;
    private final int inputs;
    private final int width;
    private final Panels[] panels; // neighbours are mostly the same object

    /**
     * Rows of one matrix in a stack.
     *
     * @param outputs how many
     * @param type F32, BF16, F16 or a quantised one
     */
    public record Slab(int outputs, DataType type) {}

    /**
     * An empty matrix of one type, to be filled row by row.
     *
     * @param outputs rows of the weight matrix as PyTorch prints it
     * @param inputs columns; whole blocks of a quantised type
     * @param type F32, BF16, F16 or a quantised one
     * @throws IllegalArgumentException when the type is another one or the matrix too large
     */
    public PackedMatrix(int outputs, int inputs, DataType type) {
        this(List.of(new Slab(outputs, type)), inputs);
    }

    /** An empty matrix of others on top of each other; see the other form. */
    public PackedMatrix(List<Slab> slabs, int inputs) {
        int rows = 0;
        for (Slab slab : slabs) {
            rows = Math.addExact(rows, slab.outputs());
        }
        if (rows < 1 || inputs < 1 || (long) PANEL * inputs > MOST_ELEMENTS) {
            throw new IllegalArgumentException("no matrix of " + rows + " × " + inputs);
        }
        this.outputs = rows;
        this.inputs = inputs;
        width = Math.min(PANEL, padded(rows));
        panels = new Panels[(rows + PANEL - 1) / PANEL];
        allocate(types(slabs));
    }

    /** The type of each panel: of its rows, or F32 where they differ. */
    private DataType[] types(List<Slab> slabs) {
        DataType[] types = new DataType[panels.length];
        int first = 0;
        for (Slab slab : slabs) {
            int end = first + slab.outputs();
            for (int panel = first / PANEL; panel * PANEL < end; panel++) {
                boolean begun = panel * PANEL < first && types[panel] != slab.type();
                types[panel] = begun ? DataType.F32 : slab.type();
            }
            first = end;
        }
        return types;
    }

    /** Neighbouring panels of one type share arrays, as far as these can be indexed. */
    private void allocate(DataType[] types) {
        int most = MOST_ELEMENTS / (PANEL * inputs);
        for (int first = 0, end; first < types.length; first = end) {
            end = first + 1;
            while (end < types.length && end - first < most && types[end] == types[first]) {
                end++;
            }
            Panels run = Panels.allocate(first, end - first, types[first], inputs, width);
            for (int panel = first; panel < end; panel++) {
                panels[panel] = run;
            }
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

    /** How elements are stored: one type, or several in a stack. */
    public Set<DataType> types() {
        Set<DataType> types = EnumSet.noneOf(DataType.class);
        for (Panels run : panels) {
            types.add(run.type());
        }
        return types;
    }

    /** How the elements of a row are stored. */
    public DataType type(int output) {
        return panels[output / PANEL].type();
    }

    /** Number of panels. */
    public int panels() {
        return panels.length;
    }

    /** Outputs of each panel, padding included. */
    public int panelWidth() {
        return width;
    }

    /** Bytes of the packed elements and scales. */
    public long bytes() {
        long bytes = 0;
        for (int panel = 0; panel < panels.length; panel++) {
            bytes += panels[panel].before(panel) == 0 ? panels[panel].bytes() : 0;
        }
        return bytes;
    }

    /**
     * The bytes that a matrix of one type will take.
     *
     * @throws ArithmeticException when they do not fit a long
     */
    public static long bytes(long outputs, long inputs, DataType type) {
        long unit = outputs <= PANEL && !type.isQuantised() ? LANES : PANEL;
        long padded = Math.multiplyExact(Math.ceilDiv(outputs, unit), unit);
        long elements = Math.multiplyExact(padded, inputs);
        if (!type.isQuantised()) {
            return type.bytes(elements);
        }
        QuantFormat format = QuantFormat.of(type);
        return Math.multiplyExact(elements / format.block(), (long) format.packedBytes());
    }

    /** Where a panel is stored. */
    public Panels panel(int panel) {
        return panels[panel];
    }

    /**
     * Fills a piece of one row with elements as files store them. Different rows may be set by
     * different threads.
     *
     * @param output which row, whose {@link #type(int)} the elements have
     * @param input where in the row; the beginning of a block
     * @param source the stored bytes
     * @param offset where they begin
     * @param count how many elements; whole blocks
     */
    public void set(int output, int input, byte[] source, int offset, int count) {
        panels[output / PANEL].set(output, input, source, offset, count, new BlockScratch());
    }

    /** Fills one row; see the other form. */
    public void setRow(int output, byte[] source, int offset) {
        set(output, 0, source, offset, inputs);
    }

    /**
     * Fills a piece of one row, rounding to its type, which may be F32, BF16, F16 or Q8_0.
     * Different rows may be set by different threads.
     *
     * @param output which row
     * @param input where in the row; the beginning of a block
     * @param source elements in single precision
     * @param offset where they begin
     * @param count how many; whole blocks
     */
    public void encode(int output, int input, float[] source, int offset, int count) {
        panels[output / PANEL].encode(output, input, source, offset, count, new BlockScratch());
    }

    /** Fills one row; see the other form. */
    public void encodeRow(int output, float[] source, int offset) {
        encode(output, 0, source, offset, inputs);
    }

    /**
     * Widens one row, as an embedding look-up.
     *
     * @param output which row
     * @param target receives {@link #inputs()} elements
     * @param offset where they go
     */
    public void row(int output, float[] target, int offset) {
        panels[output / PANEL].row(output, target, offset);
    }
}
