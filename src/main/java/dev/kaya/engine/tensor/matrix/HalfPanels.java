package dev.kaya.engine.tensor.matrix;

/** Panels in bfloat16 or half precision. */
public final class HalfPanels extends Panels {

    private final short[] elements;

    HalfPanels(int first, int count, DataType type, int inputs, int width) {
        super(first, type, inputs, width);
        elements = new short[count * inputs * width];
    }

    /** See {@link #offset}; not to be written. */
    public short[] elements() {
        return elements;
    }

    @Override
    long bytes() {
        return (long) elements.length * Short.BYTES;
    }

    @Override
    void set(int output, int input, byte[] source, int offset, int count, BlockScratch scratch) {
        int at = index(output) + input * width();
        int end = offset + count * Short.BYTES;
        for (int i = offset; i < end; i += Short.BYTES, at += width()) {
            elements[at] = StoredElements.half(source, i);
        }
    }

    @Override
    void encode(
            int output, int input, float[] source, int offset, int count, BlockScratch scratch) {
        boolean brain = type() == DataType.BF16;
        int at = index(output) + input * width();
        for (int i = offset; i < offset + count; i++, at += width()) {
            elements[at] = brain ? BrainFloat.of(source[i]) : Float.floatToFloat16(source[i]);
        }
    }

    @Override
    void row(int output, float[] target, int offset) {
        boolean brain = type() == DataType.BF16;
        int at = index(output);
        for (int i = offset; i < offset + inputs(); i++, at += width()) {
            short stored = elements[at];
            target[i] = brain ? BrainFloat.toFloat(stored) : Float.float16ToFloat(stored);
        }
    }
}
