package dev.kaya.engine.convert;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.convert.CheckpointConverter.Container;
import dev.kaya.engine.convert.CheckpointConverter.ConvertedModel;
import dev.kaya.engine.dialect.Dialect;
import dev.kaya.engine.dialect.Dialects;
import dev.kaya.engine.dialect.GgufDialects;
import dev.kaya.engine.dialect.WeightRole;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.tensor.kernel.Activation;

/** The architectures that other programs read, by Hugging Face's and GGUF's name. */
enum Family {
    GPT2("gpt2", "GPT2LMHeadModel"),
    LLAMA("llama", "LlamaForCausalLM"),
    QWEN2("qwen2", "Qwen2ForCausalLM"),
    QWEN3("qwen3", "Qwen3ForCausalLM");

    private final String type;
    private final String className;

    Family(String type, String className) {
        this.type = type;
        this.className = className;
    }

    /** {@code model_type} in Hugging Face's files, {@code general.architecture} in GGUF. */
    String type() {
        return type;
    }

    /** The class of Hugging Face's library. */
    String className() {
        return className;
    }

    Dialect dialect(Container container) {
        boolean gguf = container == Container.GGUF;
        return switch (this) {
            case GPT2 -> gguf ? GgufDialects.GPT2 : Dialects.GPT2_PREFIXED;
            case LLAMA -> gguf ? GgufDialects.LLAMA : Dialects.LLAMA;
            case QWEN2 -> gguf ? GgufDialects.QWEN2 : Dialects.LLAMA;
            case QWEN3 -> gguf ? GgufDialects.QWEN3 : Dialects.QWEN3;
        };
    }

    /**
     * The family that a model belongs to.
     *
     * @throws MalformedCheckpointException naming what no family has a place for
     */
    static Family of(ConvertedModel model, Container container)
            throws MalformedCheckpointException {
        TransformerConfig config = model.config();
        refuseOddities(model, container);
        if (config.positions().kind() == PositionKind.LEARNED) {
            return gpt2(model, container);
        }
        return llama(model, container);
    }

    private static void refuseOddities(ConvertedModel model, Container container)
            throws MalformedCheckpointException {
        TransformerConfig config = model.config();
        if (model.weights().find(WeightRole.HEAD_BIAS, 0) != null) {
            throw model.without("the bias of its head", container);
        }
        if (config.normalization().afterEmbedding() || !config.normalization().beforeHead()) {
            throw model.without("norms where it has them", container);
        }
        TransformerConfig.AttentionShape attention = config.attention();
        if (attention.scale()
                != TransformerConfig.AttentionShape.usualScale(attention.headLength())) {
            throw model.without("its scale of attention scores", container);
        }
        if (!model.weights().dialect().has(WeightRole.ATTENTION_OUTPUT)) {
            throw model.without("attention without an output projection", container);
        }
    }

    private static Family gpt2(ConvertedModel model, Container container)
            throws MalformedCheckpointException {
        TransformerConfig config = model.config();
        if (config.normalization().kind() != NormKind.LAYER_NORM || config.feedForward().gated()) {
            throw model.without("learned positions beside its norms or gates", container);
        }
        if (container == Container.GGUF
                && config.feedForward().activation() != Activation.GELU_TANH) {
            throw model.without("its activation, " + config.feedForward().activation(), container);
        }
        return GPT2;
    }

    private static Family llama(ConvertedModel model, Container container)
            throws MalformedCheckpointException {
        TransformerConfig config = model.config();
        if (config.normalization().kind() != NormKind.RMS_NORM
                || !config.feedForward().gated()
                || config.feedForward().activation() != Activation.SILU) {
            throw model.without("rotary positions beside its norms or activation", container);
        }
        if (config.positions().rotaryLength() != config.attention().headLength()) {
            throw model.without("rotation of a part of each head", container);
        }
        boolean biases = !model.weights().parts(WeightRole.QUERY_BIAS, 0).isEmpty();
        Family family = config.normalization().ofHeads() ? QWEN3 : biases ? QWEN2 : LLAMA;
        new ConvertedPositions(model, family).check(container);
        return family;
    }
}
