package dev.kaya.engine;

import static dev.kaya.engine.WeightRole.ATTENTION_NORM;
import static dev.kaya.engine.WeightRole.ATTENTION_NORM_BIAS;
import static dev.kaya.engine.WeightRole.ATTENTION_OUTPUT;
import static dev.kaya.engine.WeightRole.ATTENTION_OUTPUT_BIAS;
import static dev.kaya.engine.WeightRole.DOWN;
import static dev.kaya.engine.WeightRole.DOWN_BIAS;
import static dev.kaya.engine.WeightRole.FEED_FORWARD_NORM;
import static dev.kaya.engine.WeightRole.FEED_FORWARD_NORM_BIAS;
import static dev.kaya.engine.WeightRole.GATE;
import static dev.kaya.engine.WeightRole.GATE_BIAS;
import static dev.kaya.engine.WeightRole.HEAD;
import static dev.kaya.engine.WeightRole.KEY;
import static dev.kaya.engine.WeightRole.KEY_BIAS;
import static dev.kaya.engine.WeightRole.OUTPUT_NORM;
import static dev.kaya.engine.WeightRole.OUTPUT_NORM_BIAS;
import static dev.kaya.engine.WeightRole.POSITION_EMBEDDING;
import static dev.kaya.engine.WeightRole.QUERY;
import static dev.kaya.engine.WeightRole.QUERY_BIAS;
import static dev.kaya.engine.WeightRole.QUERY_KEY_VALUE;
import static dev.kaya.engine.WeightRole.QUERY_KEY_VALUE_BIAS;
import static dev.kaya.engine.WeightRole.TOKEN_EMBEDDING;
import static dev.kaya.engine.WeightRole.UP;
import static dev.kaya.engine.WeightRole.UP_BIAS;
import static dev.kaya.engine.WeightRole.VALUE;
import static dev.kaya.engine.WeightRole.VALUE_BIAS;

import dev.kaya.engine.Dialect.Defaults;
import dev.kaya.engine.Dialect.Layout;
import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.tensor.Activation;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The table of dialects: those told apart by their tensors, in this order, and GGUF's. */
final class Dialects {

    /** Karpathy's microgpt: norms without parameters, no biases, a head of its own. */
    static final Dialect MICROGPT =
            new Dialect(
                    "microgpt",
                    Map.ofEntries(
                            Map.entry(TOKEN_EMBEDDING, "wte"),
                            Map.entry(POSITION_EMBEDDING, "wpe"),
                            Map.entry(HEAD, "lm_head"),
                            Map.entry(QUERY, "layer{layer}.attn_wq"),
                            Map.entry(KEY, "layer{layer}.attn_wk"),
                            Map.entry(VALUE, "layer{layer}.attn_wv"),
                            Map.entry(ATTENTION_OUTPUT, "layer{layer}.attn_wo"),
                            Map.entry(UP, "layer{layer}.mlp_fc1"),
                            Map.entry(DOWN, "layer{layer}.mlp_fc2")),
                    Layout.LINEAR,
                    new Defaults(
                            PositionKind.LEARNED, NormKind.RMS_NORM, 1e-5f, Activation.RELU, true));

    /** Karpathy's nanoGPT: exact GELU, a tied head, biases optional. */
    static final Dialect NANOGPT =
            new Dialect(
                    "nanoGPT",
                    gpt2Names("transformer."),
                    new Layout(false, true, false),
                    gpt2Defaults(Activation.GELU_ERF));

    /** GPT-2 as Hugging Face saves it: linear weights transposed, GELU by tanh. */
    static final Dialect GPT2 =
            new Dialect(
                    "GPT-2 (Hugging Face)",
                    gpt2Names(""),
                    new Layout(true, false, false),
                    gpt2Defaults(Activation.GELU_TANH));

    /** The same with the prefix that saving the whole language model adds. */
    static final Dialect GPT2_PREFIXED =
            new Dialect(
                    "GPT-2 (Hugging Face)",
                    gpt2Names("transformer."),
                    new Layout(true, false, false),
                    gpt2Defaults(Activation.GELU_TANH));

    /** Llama, Mistral, SmolLM, TinyLlama as Hugging Face saves them; Qwen2 with its biases. */
    static final Dialect LLAMA =
            new Dialect(
                    "LLaMA (Hugging Face)",
                    Map.ofEntries(
                            Map.entry(TOKEN_EMBEDDING, "model.embed_tokens.weight"),
                            Map.entry(OUTPUT_NORM, "model.norm.weight"),
                            Map.entry(HEAD, "lm_head.weight"),
                            layer(ATTENTION_NORM, "input_layernorm.weight"),
                            layer(QUERY, "self_attn.q_proj.weight"),
                            layer(QUERY_BIAS, "self_attn.q_proj.bias"),
                            layer(KEY, "self_attn.k_proj.weight"),
                            layer(KEY_BIAS, "self_attn.k_proj.bias"),
                            layer(VALUE, "self_attn.v_proj.weight"),
                            layer(VALUE_BIAS, "self_attn.v_proj.bias"),
                            layer(ATTENTION_OUTPUT, "self_attn.o_proj.weight"),
                            layer(ATTENTION_OUTPUT_BIAS, "self_attn.o_proj.bias"),
                            layer(FEED_FORWARD_NORM, "post_attention_layernorm.weight"),
                            layer(GATE, "mlp.gate_proj.weight"),
                            layer(UP, "mlp.up_proj.weight"),
                            layer(DOWN, "mlp.down_proj.weight")),
                    Layout.LINEAR,
                    new Defaults(
                            PositionKind.ROTARY_HALVES,
                            NormKind.RMS_NORM,
                            1e-6f,
                            Activation.SILU,
                            false));

    /** GPT-2 in GGUF: linear weights as in PyTorch, GELU by tanh. */
    static final Dialect GGUF_GPT2 =
            new Dialect(
                    "GPT-2 (GGUF)",
                    Map.ofEntries(
                            Map.entry(TOKEN_EMBEDDING, "token_embd.weight"),
                            Map.entry(POSITION_EMBEDDING, "position_embd.weight"),
                            Map.entry(OUTPUT_NORM, "output_norm.weight"),
                            Map.entry(OUTPUT_NORM_BIAS, "output_norm.bias"),
                            Map.entry(HEAD, "output.weight"),
                            block(ATTENTION_NORM, "attn_norm.weight"),
                            block(ATTENTION_NORM_BIAS, "attn_norm.bias"),
                            block(QUERY_KEY_VALUE, "attn_qkv.weight"),
                            block(QUERY_KEY_VALUE_BIAS, "attn_qkv.bias"),
                            block(ATTENTION_OUTPUT, "attn_output.weight"),
                            block(ATTENTION_OUTPUT_BIAS, "attn_output.bias"),
                            block(FEED_FORWARD_NORM, "ffn_norm.weight"),
                            block(FEED_FORWARD_NORM_BIAS, "ffn_norm.bias"),
                            block(UP, "ffn_up.weight"),
                            block(UP_BIAS, "ffn_up.bias"),
                            block(DOWN, "ffn_down.weight"),
                            block(DOWN_BIAS, "ffn_down.bias")),
                    Layout.LINEAR,
                    gpt2Defaults(Activation.GELU_TANH));

    /** Llama, Mistral, SmolLM, TinyLlama in GGUF: what rotates together stands in pairs. */
    static final Dialect GGUF_LLAMA =
            new Dialect(
                    "LLaMA (GGUF)",
                    Map.ofEntries(
                            Map.entry(TOKEN_EMBEDDING, "token_embd.weight"),
                            Map.entry(OUTPUT_NORM, "output_norm.weight"),
                            Map.entry(HEAD, "output.weight"),
                            block(ATTENTION_NORM, "attn_norm.weight"),
                            block(QUERY, "attn_q.weight"),
                            block(QUERY_BIAS, "attn_q.bias"),
                            block(KEY, "attn_k.weight"),
                            block(KEY_BIAS, "attn_k.bias"),
                            block(VALUE, "attn_v.weight"),
                            block(VALUE_BIAS, "attn_v.bias"),
                            block(ATTENTION_OUTPUT, "attn_output.weight"),
                            block(ATTENTION_OUTPUT_BIAS, "attn_output.bias"),
                            block(FEED_FORWARD_NORM, "ffn_norm.weight"),
                            block(GATE, "ffn_gate.weight"),
                            block(GATE_BIAS, "ffn_gate.bias"),
                            block(UP, "ffn_up.weight"),
                            block(UP_BIAS, "ffn_up.bias"),
                            block(DOWN, "ffn_down.weight"),
                            block(DOWN_BIAS, "ffn_down.bias")),
                    new Layout(false, false, true),
                    new Defaults(
                            PositionKind.ROTARY_HALVES,
                            NormKind.RMS_NORM,
                            1e-5f,
                            Activation.SILU,
                            false));

    static final List<Dialect> ALL = List.of(MICROGPT, NANOGPT, GPT2, GPT2_PREFIXED, LLAMA);

    /** GGUF files say what they are: dialects by {@code general.architecture}. */
    static final Map<String, Dialect> BY_ARCHITECTURE =
            Map.of("gpt2", GGUF_GPT2, "llama", GGUF_LLAMA);

    private Dialects() {}

    private static Map.Entry<WeightRole, String> layer(WeightRole role, String name) {
        return Map.entry(role, "model.layers.{layer}." + name);
    }

    private static Map.Entry<WeightRole, String> block(WeightRole role, String name) {
        return Map.entry(role, "blk.{layer}." + name);
    }

    private static Map<WeightRole, String> gpt2Names(String prefix) {
        Map<WeightRole, String> names = new EnumMap<>(WeightRole.class);
        names.put(TOKEN_EMBEDDING, prefix + "wte.weight");
        names.put(POSITION_EMBEDDING, prefix + "wpe.weight");
        names.put(OUTPUT_NORM, prefix + "ln_f.weight");
        names.put(OUTPUT_NORM_BIAS, prefix + "ln_f.bias");
        names.put(HEAD, "lm_head.weight");
        String block = prefix + "h.{layer}.";
        names.put(ATTENTION_NORM, block + "ln_1.weight");
        names.put(ATTENTION_NORM_BIAS, block + "ln_1.bias");
        names.put(QUERY_KEY_VALUE, block + "attn.c_attn.weight");
        names.put(QUERY_KEY_VALUE_BIAS, block + "attn.c_attn.bias");
        names.put(ATTENTION_OUTPUT, block + "attn.c_proj.weight");
        names.put(ATTENTION_OUTPUT_BIAS, block + "attn.c_proj.bias");
        names.put(FEED_FORWARD_NORM, block + "ln_2.weight");
        names.put(FEED_FORWARD_NORM_BIAS, block + "ln_2.bias");
        names.put(UP, block + "mlp.c_fc.weight");
        names.put(UP_BIAS, block + "mlp.c_fc.bias");
        names.put(DOWN, block + "mlp.c_proj.weight");
        names.put(DOWN_BIAS, block + "mlp.c_proj.bias");
        return names;
    }

    private static Defaults gpt2Defaults(Activation activation) {
        return new Defaults(PositionKind.LEARNED, NormKind.LAYER_NORM, 1e-5f, activation, false);
    }
}
