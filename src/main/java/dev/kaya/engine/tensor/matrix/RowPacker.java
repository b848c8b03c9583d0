package dev.kaya.engine.tensor.matrix;

import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

/**
 * Packs elements as files store them, tile by tile: what is written in turn stays in the nearest
 * cache, though neighbours in a row of the file lie a panel's width apart when packed.
 *
 * <p>Makes no garbage. Not thread-safe; different threads may pack different outputs, or different
 * blocks of inputs, of one matrix.
 */
public final class RowPacker {

    /** With a panel's outputs 16 kB of single precision; whole blocks of what is rounded to. */
    private static final int TILE = 64;

    /** Whole blocks of any type; with a panel's outputs 16 kB of 8 bits. */
    private static final int BLOCK_TILE = QuantFormat.LONGEST_BLOCK;

    private final float[] run = new float[BLOCK_TILE];
    private final float[] turned = new float[BLOCK_TILE * TILE];
    private final BlockScratch scratch = new BlockScratch();

    /**
     * Packs whole rows, one for each output.
     *
     * @param type of the stored elements
     * @param rows stored one after the other
     * @param outputs where they go in the matrix, in their order
     * @param matrix which keeps the elements as they are where its type is theirs, and rounds them
     *     to its type otherwise
     */
    public void packRows(DataType type, byte[] rows, int[] outputs, PackedMatrix matrix) {
        int inputs = matrix.inputs();
        int rowBytes = Math.toIntExact(type.bytes(inputs));
        int tile = type.isQuantised() ? BLOCK_TILE : TILE;
        for (int first = 0; first < outputs.length; first += PANEL) {
            int end = Math.min(outputs.length, first + PANEL);
            for (int input = 0; input < inputs; input += tile) {
                int count = Math.min(tile, inputs - input);
                int within = Math.toIntExact(type.bytes(input));
                for (int row = first; row < end; row++) {
                    int at = row * rowBytes + within;
                    pack(type, rows, at, matrix, outputs[row], input, count);
                }
            }
        }
    }

    private void pack(
            DataType type,
            byte[] source,
            int at,
            PackedMatrix matrix,
            int output,
            int input,
            int count) {
        Panels panels = matrix.panel(output / PANEL);
        if (panels.type() == type) {
            panels.set(output, input, source, at, count, scratch);
        } else {
            StoredElements.widen(type, source, at, run, 0, count, scratch);
            panels.encode(output, input, run, 0, count, scratch);
        }
    }

    /**
     * Packs some columns of the matrix, which are rows of a file that has it turned.
     *
     * @param type of the stored elements
     * @param rows stored one after the other, one for each input, with an element for each output
     * @param columns length of a row
     * @param firstOutput where its first element goes
     * @param firstInput where the first row goes; the beginning of a block of the matrix
     * @param count how many rows; whole blocks of the matrix
     * @param matrix rounds the elements to its type
     */
    public void packColumns(
            DataType type,
            byte[] rows,
            int columns,
            int firstOutput,
            int firstInput,
            int count,
            PackedMatrix matrix) {
        int rowBytes = Math.toIntExact(type.bytes(columns));
        for (int input = 0; input < count; input += TILE) {
            int inputs = Math.min(TILE, count - input);
            for (int column = 0; column < columns; column += BLOCK_TILE) {
                int outputs = Math.min(BLOCK_TILE, columns - column);
                for (int i = 0; i < inputs; i++) {
                    int at = (input + i) * rowBytes + Math.toIntExact(type.bytes(column));
                    StoredElements.widen(type, rows, at, run, 0, outputs, scratch);
                    for (int output = 0; output < outputs; output++) {
                        turned[output * inputs + i] = run[output];
                    }
                }
                for (int i = 0; i < outputs; i++) {
                    int output = firstOutput + column + i;
                    Panels panels = matrix.panel(output / PANEL);
                    panels.encode(output, firstInput + input, turned, i * inputs, inputs, scratch);
                }
            }
        }
    }
}
