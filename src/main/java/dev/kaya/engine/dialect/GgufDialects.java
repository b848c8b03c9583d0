package dev.kaya.engine.dialect;

import dev.kaya.engine.dialect.Dialect.Layout;
import dev.kaya.engine.dialect.Dialect.Tells;
import dev.kaya.engine.tensor.kernel.Activation;
import java.util.Map;

/** The dialects of GGUF, whose files say what they are. */
public final class GgufDialects {

    /** GPT-2 in GGUF: linear weights as in PyTorch, GELU by tanh. */
    public static final Dialect GPT2 =
            new Dialect(
                    "GPT-2 (GGUF)",
                    Dialects.names(
                            """
                            token_embedding     token_embd.weight
                            position_embedding  position_embd.weight
                            attention_norm      blk.{layer}.attn_norm.weight
                            query_key_value     blk.{layer}.attn_qkv.weight
                            attention_output    blk.{layer}.attn_output.weight
                            feed_forward_norm   blk.{layer}.ffn_norm.weight
                            up                  blk.{layer}.ffn_up.weight
                            down                blk.{layer}.ffn_down.weight
                            output_norm         output_norm.weight
                            head                output.weight
                            """),
                    Layout.LINEAR,
                    Dialects.gpt2(Activation.GELU_TANH),
                    Tells.NONE);

    private static final String LLAMA_NAMES =
            """
            token_embedding    token_embd.weight
            rotary_divisors    rope_freqs.weight
            attention_norm     blk.{layer}.attn_norm.weight
            query              blk.{layer}.attn_q.weight
            key                blk.{layer}.attn_k.weight
            value              blk.{layer}.attn_v.weight
            attention_output   blk.{layer}.attn_output.weight
            feed_forward_norm  blk.{layer}.ffn_norm.weight
            gate               blk.{layer}.ffn_gate.weight
            up                 blk.{layer}.ffn_up.weight
            down               blk.{layer}.ffn_down.weight
            output_norm        output_norm.weight
            head               output.weight
            """;

    private static final String QWEN3_NAMES =
            LLAMA_NAMES
                    + """
                    query_norm  blk.{layer}.attn_q_norm.weight
                    key_norm    blk.{layer}.attn_k_norm.weight
                    """;

    /** Llama, Mistral, SmolLM, TinyLlama in GGUF: what rotates together stands in pairs. */
    public static final Dialect LLAMA =
            gguf("LLaMA (GGUF)", LLAMA_NAMES, Layout.PAIRED_ROTARY, 1e-5f);

    /** Qwen2 in GGUF: biases, and rotation of halves. */
    public static final Dialect QWEN2 = gguf("Qwen2 (GGUF)", LLAMA_NAMES, Layout.LINEAR, 1e-6f);

    /** Qwen3 in GGUF: norms of queries and keys, and rotation of halves. */
    public static final Dialect QWEN3 = gguf("Qwen3 (GGUF)", QWEN3_NAMES, Layout.LINEAR, 1e-6f);

    /** Dialects by {@code general.architecture}. */
    static final Map<String, Dialect> BY_ARCHITECTURE =
            Map.of(
                    "gpt2", GPT2,
                    "llama", LLAMA,
                    "mistral", LLAMA,
                    "qwen2", QWEN2,
                    "qwen3", QWEN3);

    private GgufDialects() {}

    private static Dialect gguf(String name, String names, Layout layout, float epsilon) {
        return new Dialect(
                name, Dialects.names(names), layout, Dialects.llama(epsilon), Tells.NONE);
    }
}
