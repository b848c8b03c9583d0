package dev.kaya.engine.weights;

import dev.kaya.engine.tensor.matrix.DataType;

/** How the matrices of a model are kept in memory. */
public enum WeightFormat {
    /** As the file has them. */
    AUTO,
    /** In single precision. */
    F32,
    /** In bfloat16, rounded to the nearest. */
    BF16,
    /** In 8 bits with a scale for every 32 inputs, quantised as ggml does for Q8_0. */
    Q8;

    /**
     * The type of a packed matrix.
     *
     * @param stored of all its tensors
     * @param inputs of the matrix; a number that does not make whole blocks keeps it from {@link
     *     #Q8}, as ggml keeps such matrices too
     */
    DataType packed(DataType stored, long inputs) {
        return switch (this) {
            case AUTO -> stored == DataType.F64 ? DataType.F32 : stored;
            case F32 -> DataType.F32;
            case BF16 -> DataType.BF16;
            case Q8 ->
                    inputs % DataType.Q8_0.blockElements() == 0
                            ? DataType.Q8_0
                            : AUTO.packed(stored, inputs);
        };
    }
}
