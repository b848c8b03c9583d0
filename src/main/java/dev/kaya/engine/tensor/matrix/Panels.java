package dev.kaya.engine.tensor.matrix;

import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

/**
 * Neighbouring panels of a {@link PackedMatrix} whose elements are stored alike. Panels and outputs
 * are counted in the whole matrix.
 */
public abstract sealed class Panels permits FloatPanels, HalfPanels, QuantPanels {

    private final int first;
    private final DataType type;
    private final int inputs;
    private final int width;

    /**
     * @param first number of the first panel
     * @param type of the elements
     * @param inputs of the matrix
     * @param width outputs of each panel, padding included
     */
    Panels(int first, DataType type, int inputs, int width) {
        this.first = first;
        this.type = type;
        this.inputs = inputs;
        this.width = width;
    }

    /**
     * Empty panels.
     *
     * @throws IllegalArgumentException when there is no packed form of the type
     */
    static Panels allocate(int first, int count, DataType type, int inputs, int width) {
        return switch (type) {
            case F32 -> new FloatPanels(first, count, inputs, width);
            case F16, BF16 -> new HalfPanels(first, count, type, inputs, width);
            case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K ->
                    new QuantPanels(first, count, type, inputs, width);
            case F64, I64, I32, I16, I8, U8, BOOL ->
                    throw new IllegalArgumentException("no packed form of " + type);
        };
    }

    public final DataType type() {
        return type;
    }

    public final int inputs() {
        return inputs;
    }

    public final int width() {
        return width;
    }

    /** How many of these panels stand before one. */
    final int before(int panel) {
        return panel - first;
    }

    /** Where plain elements of a panel begin; those of an input stand side by side. */
    public final int offset(int panel) {
        return before(panel) * width * inputs;
    }

    /** Where plain elements of an output begin; one input further they are {@link #width} on. */
    final int index(int output) {
        return offset(output / PANEL) + output % PANEL;
    }

    /** Bytes of what is stored. */
    abstract long bytes();

    /** See {@link PackedMatrix#set}. */
    abstract void set(
            int output, int input, byte[] source, int offset, int count, BlockScratch scratch);

    /** See {@link PackedMatrix#encode}. */
    abstract void encode(
            int output, int input, float[] source, int offset, int count, BlockScratch scratch);

    /** See {@link PackedMatrix#row}. */
    abstract void row(int output, float[] target, int offset);
}
