"""Makes the golden files of this folder: python make.py

Needs PyTorch and Hugging Face's transformers (made with 2.13.0 and 5.18.0). Every file holds a
configuration, the shapes of the tensors, token ids, and the logits that follow some of them. The
weights are not kept: both sides compute them as ../weights.py does.

Where transformers has the model it is the reference, in double precision with eager attention.
For the others the reference is forward() below, in double precision without a cache.
"""

import json
import math
import sys
from pathlib import Path

import torch
import transformers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import weights as random


def weights(name, shape):
    return torch.from_numpy(random.weights(name, shape)).double()


def write(name, config, shapes, ids, logits, positions):
    golden = {
        "config": config,
        "tensors": {key: list(shape) for key, shape in shapes.items()},
        "ids": ids,
        "logits": {str(p): [round(float(x), 6) for x in logits[p]] for p in positions},
    }
    text = json.dumps(golden, indent=1)
    # One line for each list of numbers.
    lines, open_list = [], None
    for line in text.splitlines():
        if open_list is None and line.endswith("["):
            open_list = line
        elif open_list is not None:
            open_list += (" " if not open_list.endswith("[") else "") + line.strip()
            if line.strip().startswith("]"):
                lines.append(open_list.replace(" ]", "]"))
                open_list = None
        else:
            lines.append(line)
    (HERE / f"{name}.json").write_text("\n".join(lines) + "\n")


# ---- models of transformers ------------------------------------------------------------------

SIZES = dict(
    vocab_size=24,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=1,
    max_position_embeddings=160,
    tie_word_embeddings=False,
)


def hugging_face(name, model_type, count=150, positions=(0, 70, -1), **settings):
    config = {"model_type": model_type, **SIZES, **settings}
    parsed = transformers.AutoConfig.for_model(**json.loads(json.dumps(config)))
    parsed._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(parsed).double().eval()
    state = model.state_dict()
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    if config["tie_word_embeddings"]:
        del shapes["lm_head.weight"]
    model.load_state_dict({key: weights(key, shape) for key, shape in shapes.items()}, strict=False)
    ids = random.token_ids(count, config["vocab_size"])
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
    write(name, config, shapes, ids, logits, [p % count for p in positions])


# ---- the others ------------------------------------------------------------------------------


def rotate(x, theta, length, paired):
    """x (T, H, D): its first elements turned, pairs side by side or half a length apart."""
    turned = x.clone()
    for i in range(length // 2):
        a, b = (2 * i, 2 * i + 1) if paired else (i, i + length // 2)
        angle = torch.arange(len(x)).double() * theta ** (-2 * i / length)
        cos, sin = angle.cos()[:, None], angle.sin()[:, None]
        turned[..., a] = x[..., a] * cos - x[..., b] * sin
        turned[..., b] = x[..., b] * cos + x[..., a] * sin
    return turned


def attend(q, k, v, scale=None):
    """q (T, H, D), k and v (T, G, D) → (T, H·D)."""
    group = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    scores = torch.einsum("qhd,khd->hqk", q, k) * (scale or q.shape[2] ** -0.5)
    seen = torch.ones(len(q), len(q)).tril().bool()
    mixed = torch.einsum("hqk,khd->qhd", scores.masked_fill(~seen, -torch.inf).softmax(-1), v)
    return mixed.flatten(1)


def layer_norm(x, gain, bias):
    return torch.nn.functional.layer_norm(x, x.shape[-1:], gain, bias, 1e-5)


def rms_norm(x, gain=1.0, epsilon=1e-5):
    return x * (x.square().mean(-1, keepdim=True) + epsilon).rsqrt() * gain


def lecture(name, config, heads, length, projections, projected=True):
    """projections: how queries, keys, values of a block are named, with their shapes."""
    v, c, e, f, layers = 24, 40, 32, 64, 2
    shapes = {
        "token_embedding_table.weight": (v, e),
        "position_embedding_table.weight": (c, e),
    }
    for i in range(layers):
        b = f"blocks.{i}."
        shapes |= {b + key: shape for key, shape in projections.items()}
        if projected:
            shapes |= {b + "sa.proj.weight": (e, e), b + "sa.proj.bias": (e,)}
        shapes |= {
            b + "ffwd.net.0.weight": (f, e), b + "ffwd.net.0.bias": (f,),
            b + "ffwd.net.2.weight": (e, f), b + "ffwd.net.2.bias": (e,),
            b + "ln1.weight": (e,), b + "ln1.bias": (e,),
            b + "ln2.weight": (e,), b + "ln2.bias": (e,),
        }
    shapes |= {"ln_f.weight": (e,), "ln_f.bias": (e,), "lm_head.weight": (v, e), "lm_head.bias": (v,)}
    w = {key: weights(key, shape) for key, shape in shapes.items()}
    ids = random.token_ids(c, v)
    x = w["token_embedding_table.weight"][ids] + w["position_embedding_table.weight"][: len(ids)]
    for i in range(layers):
        b = f"blocks.{i}."
        y = layer_norm(x, w[b + "ln1.weight"], w[b + "ln1.bias"])
        parts = torch.cat([w[b + key] for key in projections])  # (3·H·D, E)
        q, k, u = (y @ parts.T).chunk(3, -1)
        q, k, u = (t.unflatten(-1, (heads, length)) for t in (q, k, u))
        y = attend(q, k, u, config.get("attention_scale"))
        if projected:
            y = y @ w[b + "sa.proj.weight"].T + w[b + "sa.proj.bias"]
        x = x + y
        y = layer_norm(x, w[b + "ln2.weight"], w[b + "ln2.bias"])
        y = (y @ w[b + "ffwd.net.0.weight"].T + w[b + "ffwd.net.0.bias"]).relu()
        x = x + y @ w[b + "ffwd.net.2.weight"].T + w[b + "ffwd.net.2.bias"]
    x = layer_norm(x, w["ln_f.weight"], w["ln_f.bias"])
    logits = x @ w["lm_head.weight"].T + w["lm_head.bias"]
    write(name, config, shapes, ids, logits, [0, len(ids) - 1])


def llama(name, config, names, paired, rotary, fused=False):
    """LLaMA with names of one's own: E 32, two heads of 16, one key head (two where fused)."""
    v, e, f, d, layers = 24, 32, 48, 16, 2
    h, g = 2, 2 if fused else 1
    shapes = {names["embedding"]: (v, e)}
    for i in range(layers):
        n = {key: value.replace("{layer}", str(i)) for key, value in names.items()}
        if fused:
            shapes[n["qkv"]] = ((h + 2 * g) * d, e)
        else:
            shapes |= {n["q"]: (h * d, e), n["k"]: (g * d, e), n["v"]: (g * d, e)}
        shapes |= {
            n["norm1"]: (e,), n["o"]: (e, h * d), n["norm2"]: (e,),
            n["gate"]: (f, e), n["up"]: (f, e), n["down"]: (e, f),
        }
    shapes |= {names["norm"]: (e,), names["head"]: (v, e)}
    w = {key: weights(key, shape) for key, shape in shapes.items()}
    ids = random.token_ids(90, v)
    x = w[names["embedding"]][ids]
    for i in range(layers):
        n = {key: value.replace("{layer}", str(i)) for key, value in names.items()}
        y = rms_norm(x, w[n["norm1"]])
        qkv = w[n["qkv"]] if fused else torch.cat([w[n["q"]], w[n["k"]], w[n["v"]]])
        q, k, u = (t.unflatten(-1, (-1, d)) for t in (y @ qkv.T).split((h * d, g * d, g * d), -1))
        y = attend(rotate(q, 10000, rotary, paired), rotate(k, 10000, rotary, paired), u)
        x = x + y @ w[n["o"]].T
        y = rms_norm(x, w[n["norm2"]])
        gate = torch.nn.functional.silu(y @ w[n["gate"]].T)
        x = x + (gate * (y @ w[n["up"]].T)) @ w[n["down"]].T
    logits = rms_norm(x, w[names["norm"]]) @ w[names["head"]].T
    write(name, config, shapes, ids, logits, [0, 40, 89])


def microgpt():
    """The earliest version: 3,648 parameters, tied, squared ReLU, no norm of the embedding sum."""
    v, c, e = 28, 8, 16
    shapes = {
        "wte": (v, e), "wpe": (c, e),
        "layer0.attn_wq": (e, e), "layer0.attn_wk": (e, e),
        "layer0.attn_wv": (e, e), "layer0.attn_wo": (e, e),
        "layer0.mlp_fc1": (4 * e, e), "layer0.mlp_fc2": (e, 4 * e),
    }
    assert sum(math.prod(shape) for shape in shapes.values()) == 3648
    w = {key: weights(key, shape) for key, shape in shapes.items()}
    ids = [0, *random.token_ids(c - 1, v)]
    x = w["wte"][ids] + w["wpe"][: len(ids)]
    y = rms_norm(x)
    q, k, u = ((y @ w["layer0.attn_w" + t].T).unflatten(-1, (4, 4)) for t in "qkv")
    x = x + attend(q, k, u) @ w["layer0.attn_wo"].T
    y = rms_norm(x)
    x = x + (y @ w["layer0.mlp_fc1"].T).relu().square() @ w["layer0.mlp_fc2"].T
    config = {
        "n_head": 4,
        "activation": "relu_squared",
        "embedding_norm": False,
        "BOS": 0,
        "EOS": 1,
    }
    write("microgpt-3648", config, shapes, ids, x @ w["wte"].T, [0, 3, 7])


def main():
    hugging_face(
        "llama3-rope", "llama", rope_theta=5000.0,
        rope_scaling={"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                      "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
    )
    hugging_face("linear-rope", "llama", rope_scaling={"type": "linear", "factor": 4.0})
    hugging_face("dynamic-rope", "llama", rope_scaling={"type": "dynamic", "factor": 4.0})
    hugging_face(
        "yarn-rope", "qwen2", rope_theta=1000.0,
        rope_scaling={"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 40},
    )
    hugging_face(
        "yarn-rope-tuned", "llama",
        rope_parameters={"rope_type": "yarn", "rope_theta": 700.0, "factor": 2.5, "mscale": 0.7,
                         "mscale_all_dim": 1.3, "beta_fast": 8.0, "beta_slow": 2.0,
                         "truncate": False, "original_max_position_embeddings": 64},
    )
    hugging_face(
        "yarn-rope-attention", "llama",
        rope_scaling={"rope_type": "yarn", "factor": 2.0, "attention_factor": 1.5,
                      "original_max_position_embeddings": 80},
    )
    hugging_face("mistral-window", "mistral", sliding_window=20)
    hugging_face(
        "qwen2-window", "qwen2", use_sliding_window=True, sliding_window=75, max_window_layers=1
    )
    hugging_face(
        "qwen3-window", "qwen3", use_sliding_window=True, sliding_window=33, head_dim=24,
        layer_types=["sliding_attention", "full_attention"], tie_word_embeddings=True,
    )
    hugging_face("starcoder2", "starcoder2", sliding_window=50, tie_word_embeddings=True)
    fused = {"sa.qkv.weight": (96, 32)}
    lecture("lecture-fused", {"n_head": 4}, 4, 8, fused)
    one = {f"sa.{t}.weight": (32, 32) for t in ("query", "key", "value")}
    lecture("lecture-one-head", {}, 1, 32, one, projected=False)
    lecture("lecture-separate", {"n_head": 4}, 4, 8, one)
    lecture("lecture-scaled", {"n_head": 4, "attention_scale": 32**-0.5}, 4, 8, fused)
    modules = {
        f"sa.heads.{i}.{t}.weight": (16, 32) for t in ("query", "key", "value") for i in range(2)
    }
    lecture("lecture-unprojected", {}, 2, 16, modules, projected=False)
    meta = {
        "embedding": "tok_embeddings.weight",
        "norm1": "layers.{layer}.attention_norm.weight",
        "q": "layers.{layer}.attention.wq.weight",
        "k": "layers.{layer}.attention.wk.weight",
        "v": "layers.{layer}.attention.wv.weight",
        "o": "layers.{layer}.attention.wo.weight",
        "norm2": "layers.{layer}.ffn_norm.weight",
        "gate": "layers.{layer}.feed_forward.w1.weight",
        "up": "layers.{layer}.feed_forward.w3.weight",
        "down": "layers.{layer}.feed_forward.w2.weight",
        "norm": "norm.weight",
        "head": "output.weight",
    }
    sizes = {"dim": 32, "n_layers": 2, "n_heads": 2, "n_kv_heads": 1, "vocab_size": -1,
             "multiple_of": 16, "norm_eps": 1e-5, "rope_theta": 10000.0, "max_seq_len": 96}
    llama("meta-llama", sizes, meta, paired=True, rotary=16)
    mapped = {
        "embedding": "emb.table",
        "norm1": "decoder.{layer}.first.scale",
        "qkv": "decoder.{layer}.mix.in.weight",
        "o": "decoder.{layer}.mix.out.weight",
        "norm2": "decoder.{layer}.second.scale",
        "gate": "decoder.{layer}.wide.gate.weight",
        "up": "decoder.{layer}.wide.up.weight",
        "down": "decoder.{layer}.wide.down.weight",
        "norm": "last.scale",
        "head": "to_logits.weight",
    }
    roles = {
        "embedding": "token_embedding", "norm1": "attention_norm", "qkv": "query_key_value",
        "o": "attention_output", "norm2": "feed_forward_norm", "gate": "gate", "up": "up",
        "down": "down", "norm": "output_norm", "head": "head",
    }
    for name, paired in (("mapped-halves", False), ("mapped-interleaved", True)):
        config = {
            "n_head": 2, "block_size": 96, "norm_eps": 1e-5, "partial_rotary_factor": 0.5,
            "kaya": {
                "tensors": {roles[key]: value for key, value in mapped.items()},
                "positions": "rotary_interleaved" if paired else "rotary",
                "norm": "rms_norm", "activation": "silu",
            },
        }
        llama(name, config, mapped, paired, rotary=8, fused=True)
    microgpt()


main()
