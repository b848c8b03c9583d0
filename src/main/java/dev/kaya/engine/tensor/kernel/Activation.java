package dev.kaya.engine.tensor.kernel;

/** The non-linear function of a feed-forward layer. */
public enum Activation {
    /** {@code max(x, 0)}. */
    RELU,
    /** {@code max(x, 0)²}. */
    RELU_SQUARED,
    /** {@code x·Φ(x)} with the error function; PyTorch's default GELU. */
    GELU_ERF,
    /** {@code ½x(1 + tanh(√(2/π)(x + 0.044715x³)))}; OpenAI's GELU. */
    GELU_TANH,
    /** {@code x·sigmoid(x)}, also called swish. */
    SILU
}
