"""Makes the golden files of this folder: python make.py FOLDER_OF_NODE_MODULES

Needs NumPy and llama.cpp as node-llama-cpp packages it (made with 3.22.1). Every file holds the
key-values and the shapes of the tensors of a GGUF file, token ids, and the log-probabilities that
llama.cpp gives after some of them with a cache of single precision. The weights are not kept: both
sides compute them as ../weights.py does.
"""

import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from weights import token_ids, weights

TOKENS = [*"abcdefghijklmnopqrstuvw", "ab"]
HEAD, E, F = 16, 32, 64


def text(x):
    return struct.pack("<Q", len(x.encode())) + x.encode()


def value(x):
    if isinstance(x, bool):
        return struct.pack("<I?", 7, x)
    if isinstance(x, int):
        return struct.pack("<II", 4, x)
    if isinstance(x, float):
        return struct.pack("<If", 6, x)
    if isinstance(x, str):
        return struct.pack("<I", 8) + text(x)
    if isinstance(x[0], int):
        return struct.pack("<IIQ", 9, 5, len(x)) + struct.pack(f"<{len(x)}i", *x)
    return struct.pack("<IIQ", 9, 8, len(x)) + b"".join(map(text, x))


def write_gguf(path, values, shapes):
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(values))
    head += b"".join(text(key) + value(x) for key, x in values.items())
    data = b""
    for name, shape in shapes.items():
        head += text(name) + struct.pack("<I", len(shape))
        head += struct.pack(f"<{len(shape)}QIQ", *reversed(shape), 0, len(data))
        data += weights(name, shape).tobytes()
        data += bytes(-len(data) % 32)
    path.write_bytes(head + bytes(-len(head) % 32) + data)


def model(name, architecture, settings, extra, modules):
    values = {
        "general.architecture": architecture,
        f"{architecture}.context_length": 192,
        f"{architecture}.embedding_length": E,
        f"{architecture}.block_count": 2,
        f"{architecture}.feed_forward_length": F,
        f"{architecture}.attention.head_count": 2,
        f"{architecture}.attention.head_count_kv": 1,
        f"{architecture}.attention.key_length": HEAD,
        f"{architecture}.attention.value_length": HEAD,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{architecture}.rope.dimension_count": HEAD,
        **{f"{architecture}.{key}": x for key, x in settings.items()},
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": TOKENS,
        "tokenizer.ggml.token_type": [1] * len(TOKENS),
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 0,
        "tokenizer.ggml.add_bos_token": False,
    }
    shapes = {"token_embd.weight": (len(TOKENS), E), **extra}
    for layer in range(2):
        block = {
            "attn_norm.weight": (E,),
            "attn_q.weight": (2 * HEAD, E),
            "attn_k.weight": (HEAD, E),
            "attn_v.weight": (HEAD, E),
            "attn_output.weight": (E, 2 * HEAD),
            "ffn_norm.weight": (E,),
            "ffn_gate.weight": (F, E),
            "ffn_up.weight": (F, E),
            "ffn_down.weight": (E, F),
            **modules,
        }
        shapes |= {f"blk.{layer}.{key}": shape for key, shape in block.items()}
    shapes |= {"output_norm.weight": (E,), "output.weight": (len(TOKENS), E)}
    ids = token_ids(150, len(TOKENS))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.gguf"
        write_gguf(file, values, shapes)
        out = subprocess.run(
            ["node", HERE / "run.mjs", file, json.dumps(ids), "70,149"],
            cwd=sys.argv[1], check=True, capture_output=True, text=True,
        ).stdout
    golden = {
        "values": values,
        "tensors": {key: list(shape) for key, shape in shapes.items()},
        "ids": ids,
        "log_probabilities": json.loads(out.splitlines()[-1]),
    }
    lines = ",\n".join(
        f" {json.dumps(key)}: " + ("{\n" + ",\n".join(
            f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in x.items()) + "\n }"
            if isinstance(x, dict) else json.dumps(x))
        for key, x in golden.items()
    )
    (HERE / f"{name}.json").write_text("{\n" + lines + "\n}\n")


def main():
    model("llama-divisors", "llama", {"rope.freq_base": 500.0}, {"rope_freqs.weight": (HEAD // 2,)}, {})
    model("llama-linear", "llama", {"rope.scaling.factor": 3.0}, {}, {})
    biases = {"attn_q.bias": (2 * HEAD,), "attn_k.bias": (HEAD,), "attn_v.bias": (HEAD,)}
    yarn = {
        "rope.freq_base": 800.0,
        "rope.scaling.type": "yarn",
        "rope.scaling.factor": 4.0,
        "rope.scaling.original_context_length": 48,
    }
    model("qwen2-yarn", "qwen2", yarn, {}, biases)
    norms = {"attn_q_norm.weight": (HEAD,), "attn_k_norm.weight": (HEAD,)}
    model("qwen3", "qwen3", {"rope.freq_base": 1000.0}, {}, norms)
    model("qwen3-yarn", "qwen3", yarn | {"rope.scaling.attn_factor": 1.25}, {}, norms)


main()
