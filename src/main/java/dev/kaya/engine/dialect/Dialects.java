package dev.kaya.engine.dialect;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.dialect.Dialect.Defaults;
import dev.kaya.engine.dialect.Dialect.Layout;
import dev.kaya.engine.dialect.Dialect.Tells;
import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.tensor.kernel.Activation;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The table of dialects that are told apart by their tensors, in this order. */
public final class Dialects {

    /** Karpathy's microgpt: norms without parameters, no biases; its earliest version was tied. */
    public static final Dialect MICROGPT =
            new Dialect(
                    "microgpt",
                    names(
                            """
                            token_embedding     wte
                            position_embedding  wpe
                            head                lm_head
                            query               layer{layer}.attn_wq
                            key                 layer{layer}.attn_wk
                            value               layer{layer}.attn_wv
                            attention_output    layer{layer}.attn_wo
                            up                  layer{layer}.mlp_fc1
                            down                layer{layer}.mlp_fc2
                            """),
                    Layout.LINEAR,
                    new Defaults(
                            PositionKind.LEARNED, NormKind.RMS_NORM, 1e-5f, Activation.RELU, true),
                    Tells.NONE);

    private static final String GPT2_NAMES =
            """
            token_embedding     ~wte.weight
            position_embedding  ~wpe.weight
            attention_norm      ~h.{layer}.ln_1.weight
            query_key_value     ~h.{layer}.attn.c_attn.weight
            attention_output    ~h.{layer}.attn.c_proj.weight
            feed_forward_norm   ~h.{layer}.ln_2.weight
            up                  ~h.{layer}.mlp.c_fc.weight
            down                ~h.{layer}.mlp.c_proj.weight
            output_norm         ~ln_f.weight
            head                lm_head.weight
            """;

    /** Karpathy's minGPT: nanoGPT's names with a mask in every block; GELU by tanh. */
    static final Dialect MINGPT =
            new Dialect(
                    "minGPT",
                    names(GPT2_NAMES.replace("~", "transformer.")),
                    Layout.LINEAR,
                    gpt2(Activation.GELU_TANH),
                    new Tells(Set.of(), Dialects::isBareWithMasks));

    /** Karpathy's nanoGPT: exact GELU, biases optional. */
    static final Dialect NANOGPT =
            new Dialect(
                    "nanoGPT",
                    names(GPT2_NAMES.replace("~", "transformer.")),
                    Layout.LINEAR,
                    gpt2(Activation.GELU_ERF),
                    Tells.NONE);

    /** GPT-2 as Hugging Face saves it: linear weights transposed, GELU by tanh. */
    public static final Dialect GPT2 =
            new Dialect(
                    "GPT-2 (Hugging Face)",
                    names(GPT2_NAMES.replace("~", "")),
                    Layout.TRANSPOSED,
                    gpt2(Activation.GELU_TANH),
                    Tells.ofTypes("gpt2"));

    /** The same with the prefix that saving the whole language model adds. */
    public static final Dialect GPT2_PREFIXED =
            new Dialect(
                    GPT2.name(),
                    names(GPT2_NAMES.replace("~", "transformer.")),
                    GPT2.layout(),
                    GPT2.defaults(),
                    GPT2.tells());

    /** "Build a Large Language Model (From Scratch)", S. Raschka: queries, keys, values apart. */
    static final Dialect BOOK =
            new Dialect(
                    "LLMs from scratch",
                    names(
                            """
                            token_embedding         tok_emb.weight
                            position_embedding      pos_emb.weight
                            attention_norm          trf_blocks.{layer}.norm1.scale
                            attention_norm_bias     trf_blocks.{layer}.norm1.shift
                            query                   trf_blocks.{layer}.att.W_query.weight
                            key                     trf_blocks.{layer}.att.W_key.weight
                            value                   trf_blocks.{layer}.att.W_value.weight
                            attention_output        trf_blocks.{layer}.att.out_proj.weight
                            feed_forward_norm       trf_blocks.{layer}.norm2.scale
                            feed_forward_norm_bias  trf_blocks.{layer}.norm2.shift
                            up                      trf_blocks.{layer}.ff.layers.0.weight
                            down                    trf_blocks.{layer}.ff.layers.2.weight
                            output_norm             final_norm.scale
                            output_norm_bias        final_norm.shift
                            head                    out_head.weight
                            """),
                    Layout.LINEAR,
                    gpt2(Activation.GELU_TANH),
                    Tells.NONE);

    /** GPT-2 as courses rebuild it, its embeddings in a module of their own. */
    static final Dialect COURSE_GPT2 =
            new Dialect(
                    "GPT-2 (course)",
                    names(
                            """
                            token_embedding     embeddings.token_embedding.weight
                            position_embedding  embeddings.position_embedding
                            attention_norm      blocks.{layer}.ln1.weight
                            query_key_value     blocks.{layer}.attn.qkv_proj.weight
                            attention_output    blocks.{layer}.attn.out_proj.weight
                            feed_forward_norm   blocks.{layer}.ln2.weight
                            up                  blocks.{layer}.ffn.net.0.weight
                            down                blocks.{layer}.ffn.net.2.weight
                            output_norm         ln_f.weight
                            head                lm_head.weight
                            """),
                    Layout.LINEAR,
                    gpt2(Activation.GELU_ERF),
                    Tells.NONE);

    /** Karpathy's lecture "Let's build GPT": a module for every head, stacked when loaded. */
    public static final Dialect LECTURE =
            lecture(
                    """
                    query             blocks.{layer}.sa.heads.{head}.query.weight
                    key               blocks.{layer}.sa.heads.{head}.key.weight
                    value             blocks.{layer}.sa.heads.{head}.value.weight
                    attention_output  blocks.{layer}.sa.proj.weight
                    """);

    /** The lecture before heads got a projection behind them. */
    static final Dialect LECTURE_UNPROJECTED =
            lecture(
                    """
                    query  blocks.{layer}.sa.heads.{head}.query.weight
                    key    blocks.{layer}.sa.heads.{head}.key.weight
                    value  blocks.{layer}.sa.heads.{head}.value.weight
                    """);

    /** The lecture with queries of all heads in one matrix, and keys and values likewise. */
    static final Dialect LECTURE_SEPARATE =
            lecture(
                    """
                    query             blocks.{layer}.sa.query.weight
                    key               blocks.{layer}.sa.key.weight
                    value             blocks.{layer}.sa.value.weight
                    attention_output  blocks.{layer}.sa.proj.weight
                    """);

    /** The lecture with one head a block and nothing behind it. */
    static final Dialect LECTURE_ONE_HEAD =
            lecture(
                    """
                    query  blocks.{layer}.sa.query.weight
                    key    blocks.{layer}.sa.key.weight
                    value  blocks.{layer}.sa.value.weight
                    """);

    /** The lecture with queries, keys and values of all heads in one matrix. */
    static final Dialect LECTURE_FUSED =
            lecture(
                    """
                    query_key_value   blocks.{layer}.sa.qkv.weight
                    attention_output  blocks.{layer}.sa.proj.weight
                    """);

    /** LLaMA as courses rebuild it: fused projections, w1 the gate, w3 the way down. */
    static final Dialect COURSE_LLAMA =
            new Dialect(
                    "LLaMA (course)",
                    names(
                            """
                            token_embedding    token_embedding.weight
                            attention_norm     layers.{layer}.norm1.weight
                            query_key_value    layers.{layer}.attention.qkv_proj.weight
                            attention_output   layers.{layer}.attention.out_proj.weight
                            feed_forward_norm  layers.{layer}.norm2.weight
                            gate               layers.{layer}.ffn.w1.weight
                            up                 layers.{layer}.ffn.w2.weight
                            down               layers.{layer}.ffn.w3.weight
                            output_norm        final_norm.weight
                            head               lm_head.weight
                            """),
                    Layout.LINEAR,
                    llama(1e-6f),
                    Tells.NONE);

    /**
     * Meta's own files and what llama2.c makes of them: w2 the way down, rotation of neighbours.
     */
    static final Dialect META_LLAMA =
            new Dialect(
                    "LLaMA (Meta)",
                    names(
                            """
                            token_embedding    tok_embeddings.weight
                            attention_norm     layers.{layer}.attention_norm.weight
                            query              layers.{layer}.attention.wq.weight
                            key                layers.{layer}.attention.wk.weight
                            value              layers.{layer}.attention.wv.weight
                            attention_output   layers.{layer}.attention.wo.weight
                            feed_forward_norm  layers.{layer}.ffn_norm.weight
                            gate               layers.{layer}.feed_forward.w1.weight
                            up                 layers.{layer}.feed_forward.w3.weight
                            down               layers.{layer}.feed_forward.w2.weight
                            output_norm        norm.weight
                            head               output.weight
                            """),
                    Layout.PAIRED_ROTARY,
                    llama(1e-5f),
                    Tells.NONE);

    private static final String LLAMA_NAMES =
            """
            token_embedding    ~embed_tokens.weight
            attention_norm     ~layers.{layer}.input_layernorm.weight
            query              ~layers.{layer}.self_attn.q_proj.weight
            key                ~layers.{layer}.self_attn.k_proj.weight
            value              ~layers.{layer}.self_attn.v_proj.weight
            attention_output   ~layers.{layer}.self_attn.o_proj.weight
            feed_forward_norm  ~layers.{layer}.post_attention_layernorm.weight
            gate               ~layers.{layer}.mlp.gate_proj.weight
            up                 ~layers.{layer}.mlp.up_proj.weight
            down               ~layers.{layer}.mlp.down_proj.weight
            output_norm        ~norm.weight
            head               lm_head.weight
            """;

    private static final String QWEN3_NAMES =
            LLAMA_NAMES
                    + """
                    query_norm  ~layers.{layer}.self_attn.q_norm.weight
                    key_norm    ~layers.{layer}.self_attn.k_norm.weight
                    """;

    /** Llama, Mistral, SmolLM, TinyLlama as Hugging Face saves them; Qwen2 with its biases. */
    public static final Dialect LLAMA = huggingFace("LLaMA (Hugging Face)", LLAMA_NAMES, "model.");

    /** The same without the head and the prefix that it brings. */
    static final Dialect LLAMA_BODY = huggingFace(LLAMA.name(), LLAMA_NAMES, "");

    /** Qwen3: LLaMA with norms of queries and keys. */
    public static final Dialect QWEN3 = huggingFace("Qwen3 (Hugging Face)", QWEN3_NAMES, "model.");

    /** The same without the head and the prefix that it brings. */
    static final Dialect QWEN3_BODY = huggingFace(QWEN3.name(), QWEN3_NAMES, "");

    /** StarCoder2: LLaMA with LayerNorm and a feed-forward layer without a gate. */
    static final Dialect STARCODER2 =
            new Dialect(
                    "StarCoder2 (Hugging Face)",
                    names(
                            """
                            token_embedding    model.embed_tokens.weight
                            attention_norm     model.layers.{layer}.input_layernorm.weight
                            query              model.layers.{layer}.self_attn.q_proj.weight
                            key                model.layers.{layer}.self_attn.k_proj.weight
                            value              model.layers.{layer}.self_attn.v_proj.weight
                            attention_output   model.layers.{layer}.self_attn.o_proj.weight
                            feed_forward_norm  model.layers.{layer}.post_attention_layernorm.weight
                            up                 model.layers.{layer}.mlp.c_fc.weight
                            down               model.layers.{layer}.mlp.c_proj.weight
                            output_norm        model.norm.weight
                            head               lm_head.weight
                            """),
                    Layout.LINEAR,
                    new Defaults(
                            PositionKind.ROTARY_HALVES,
                            NormKind.LAYER_NORM,
                            1e-5f,
                            Activation.GELU_TANH,
                            false),
                    Tells.ofTypes("starcoder2"));

    public static final List<Dialect> ALL =
            List.of(
                    MICROGPT,
                    MINGPT,
                    NANOGPT,
                    GPT2,
                    GPT2_PREFIXED,
                    BOOK,
                    COURSE_GPT2,
                    LECTURE,
                    LECTURE_UNPROJECTED,
                    LECTURE_SEPARATE,
                    LECTURE_ONE_HEAD,
                    LECTURE_FUSED,
                    COURSE_LLAMA,
                    META_LLAMA,
                    LLAMA,
                    LLAMA_BODY,
                    QWEN3,
                    QWEN3_BODY,
                    STARCODER2);

    private Dialects() {}

    private static Dialect lecture(String attention) {
        return new Dialect(
                "lecture GPT",
                names(
                        attention
                                + """
                                token_embedding     token_embedding_table.weight
                                position_embedding  position_embedding_table.weight
                                attention_norm      blocks.{layer}.ln1.weight
                                feed_forward_norm   blocks.{layer}.ln2.weight
                                up                  blocks.{layer}.ffwd.net.0.weight
                                down                blocks.{layer}.ffwd.net.2.weight
                                output_norm         ln_f.weight
                                head                lm_head.weight
                                """),
                Layout.LINEAR,
                gpt2(Activation.RELU),
                Tells.NONE);
    }

    private static Dialect huggingFace(String name, String names, String prefix) {
        return new Dialect(
                name,
                names(names.replace("~", prefix)),
                Layout.LINEAR,
                llama(1e-6f),
                names.equals(QWEN3_NAMES)
                        ? Tells.ofTypes("qwen3")
                        : Tells.ofTypes("llama", "mistral", "ministral", "qwen2"));
    }

    static Defaults gpt2(Activation activation) {
        return new Defaults(PositionKind.LEARNED, NormKind.LAYER_NORM, 1e-5f, activation, false);
    }

    static Defaults llama(float epsilon) {
        return new Defaults(
                PositionKind.ROTARY_HALVES, NormKind.RMS_NORM, epsilon, Activation.SILU, false);
    }

    /** nanoGPT without flash attention has such masks too, but wraps its state dict. */
    private static boolean isBareWithMasks(Checkpoint checkpoint) {
        return !checkpoint.metadata().containsKey("model_args")
                && checkpoint.tensors().keySet().stream()
                        .anyMatch(key -> key.endsWith(".attn.bias"));
    }

    /** A line for every role: its label and its key. */
    static Map<WeightRole, String> names(String table) {
        Map<WeightRole, String> names = new EnumMap<>(WeightRole.class);
        table.lines()
                .map(line -> line.split(" +"))
                .forEach(words -> names.put(WeightRole.of(words[0]).orElseThrow(), words[1]));
        return names;
    }
}
