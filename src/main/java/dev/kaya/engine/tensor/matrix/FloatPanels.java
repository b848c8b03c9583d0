package dev.kaya.engine.tensor.matrix;

/** Panels in single precision. */
public final class FloatPanels extends Panels {

    private final float[] elements;

    FloatPanels(int first, int count, int inputs, int width) {
        super(first, DataType.F32, inputs, width);
        elements = new float[count * inputs * width];
    }

    /** See {@link #offset}; not to be written. */
    public float[] elements() {
        return elements;
    }

    @Override
    long bytes() {
        return (long) elements.length * Float.BYTES;
    }

    @Override
    void set(int output, int input, byte[] source, int offset, int count, BlockScratch scratch) {
        int at = index(output) + input * width();
        int end = offset + count * Float.BYTES;
        for (int i = offset; i < end; i += Float.BYTES, at += width()) {
            elements[at] = StoredElements.f32(source, i);
        }
    }

    @Override
    void encode(
            int output, int input, float[] source, int offset, int count, BlockScratch scratch) {
        int at = index(output) + input * width();
        for (int i = offset; i < offset + count; i++, at += width()) {
            elements[at] = source[i];
        }
    }

    @Override
    void row(int output, float[] target, int offset) {
        int at = index(output);
        for (int i = offset; i < offset + inputs(); i++, at += width()) {
            target[i] = elements[at];
        }
    }
}
