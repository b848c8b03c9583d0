package dev.kaya.engine.tensor.matrix;

import static dev.kaya.engine.tensor.matrix.PackedMatrix.LANES;
import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

/**
 * Panels of a quantised type, always {@value PackedMatrix#PANEL} outputs wide.
 *
 * <p>Quants stand in rows of 64 bytes, one for each output. Of 8 bits a row holds one input, of 4
 * bits two, the earlier in the lower half. Of 6 bits three rows hold four inputs: each of the first
 * three has the lower six bits of a row, and the fourth has the upper two of all three, its lowest
 * bits first. Output o of a panel has byte {@code 4·(o mod 16) + o/16} of every row, so that
 * masking 32-bit lanes gives the quants of neighbouring outputs, whatever the width of a vector.
 *
 * <p>For each block of inputs there is a row of 64 scales in half precision, and one of minima, in
 * the order of the outputs; for each group one of whole-number scales, and one of minima, in the
 * order of the quants.
 */
public final class QuantPanels extends Panels {

    /** So that kernels may load a row ahead. */
    public static final int SLACK = 2 * PANEL;

    private final QuantFormat format;
    private final byte[] quants;
    private final short[] scales;
    private final short[] minimums;
    private final byte[] groupScales;
    private final byte[] groupMinimums;

    QuantPanels(int first, int count, DataType type, int inputs, int width) {
        super(first, type, inputs, width);
        format = QuantFormat.of(type);
        if (inputs % format.block() != 0) {
            throw new IllegalArgumentException(
                    type + " needs whole blocks of " + format.block() + "; given " + inputs);
        }
        int elements = count * inputs * PANEL;
        int blocks = elements / format.block();
        int groups = format.hasGroupScales() ? elements / format.group() : 0;
        quants = new byte[elements / 8 * format.bits() + SLACK];
        scales = new short[blocks];
        minimums = new short[format.hasMinimum() ? blocks : 0];
        groupScales = new byte[groups];
        groupMinimums = new byte[format.hasMinimum() ? groups : 0];
    }

    public QuantFormat format() {
        return format;
    }

    /** See {@link #quantsAt}; not to be written. */
    public byte[] quants() {
        return quants;
    }

    /** See {@link #blockAt}: what scales are made of; not to be written. */
    public short[] scales() {
        return scales;
    }

    /**
     * See {@link #blockAt}: what offsets are made of, where there are minima; not to be written.
     */
    public short[] minimums() {
        return minimums;
    }

    /** See {@link #groupAt}; empty where groups have no scales of their own; not to be written. */
    public byte[] groupScales() {
        return groupScales;
    }

    /** See {@link #groupAt}; empty where groups have no minima of their own; not to be written. */
    public byte[] groupMinimums() {
        return groupMinimums;
    }

    /** Where the rows begin that have an input and its neighbours, from a multiple of four. */
    public int quantsAt(int panel, int input) {
        return elementsBefore(panel, input & -4) / 8 * format.bits();
    }

    /** Where what belongs to the block of an input begins. */
    public int blockAt(int panel, int input) {
        return elementsBefore(panel, input) / format.block() & -PANEL;
    }

    /** Where what belongs to the group of an input begins. */
    public int groupAt(int panel, int input) {
        return elementsBefore(panel, input) / format.group() & -PANEL;
    }

    @Override
    void set(int output, int input, byte[] source, int offset, int count, BlockScratch scratch) {
        QuantBlock block = scratch.of(type());
        int at = offset;
        for (int i = input; i < input + count; i += format.block()) {
            block.read(source, at);
            set(output, i, block);
            at += type().blockBytes();
        }
    }

    @Override
    void encode(
            int output, int input, float[] source, int offset, int count, BlockScratch scratch) {
        QuantBlock block = scratch.of(type());
        for (int i = 0; i < count; i += format.block()) {
            block.encode(source, offset + i);
            set(output, input + i, block);
        }
    }

    private void set(int output, int input, QuantBlock block) {
        int panel = output / PANEL;
        int lane = output % PANEL;
        int blockAt = blockAt(panel, input) + lane;
        scales[blockAt] = block.scale;
        if (format.hasMinimum()) {
            minimums[blockAt] = block.minimum;
        }
        setGroups(groupAt(panel, input) + place(lane), block);
        int at = quantsAt(panel, input) + place(lane);
        for (int i = 0; i < format.block(); i += 4, at += format.rowsOfFour() * PANEL) {
            format.pack(block.quants, i, quants, at);
        }
    }

    private void setGroups(int groupAt, QuantBlock block) {
        int groups = format.hasGroupScales() ? format.block() / format.group() : 0;
        for (int group = 0; group < groups; group++) {
            groupScales[groupAt + group * PANEL] = block.groupScales[group];
            if (format.hasMinimum()) {
                groupMinimums[groupAt + group * PANEL] = block.groupMinimums[group];
            }
        }
    }

    @Override
    long bytes() {
        return (long) quants.length
                - SLACK
                + groupScales.length
                + groupMinimums.length
                + (long) (scales.length + minimums.length) * Short.BYTES;
    }

    @Override
    void row(int output, float[] target, int offset) {
        int panel = output / PANEL;
        int lane = output % PANEL;
        float scale = 0;
        float addend = 0;
        for (int input = 0; input < inputs(); input++) {
            if (input % format.group() == 0) {
                scale = scale(panel, input, lane);
                addend = addend(panel, input, lane, scale);
            }
            int quant = format.quant(quants, quantsAt(panel, input) + place(lane), input % 4);
            target[offset + input] = Math.fma(quant, scale, addend);
        }
    }

    private float scale(int panel, int input, int lane) {
        float scale = Float.float16ToFloat(scales[blockAt(panel, input) + lane]);
        return format.hasGroupScales()
                ? scale * groupScales[groupAt(panel, input) + place(lane)]
                : scale;
    }

    private float addend(int panel, int input, int lane, float scale) {
        if (!format.hasMinimum()) {
            return -format.zero() * scale;
        }
        float minimum = Float.float16ToFloat(minimums[blockAt(panel, input) + lane]);
        return format.hasGroupScales()
                ? minimum * groupMinimums[groupAt(panel, input) + place(lane)]
                : minimum;
    }

    /** Where the byte of an output stands in a row. */
    public static int place(int lane) {
        return lane % LANES * 4 + lane / LANES;
    }

    private int elementsBefore(int panel, int input) {
        return (before(panel) * inputs() + input) * PANEL;
    }
}
