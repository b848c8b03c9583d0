"""Writes the files beside it and expected.json, with PyTorch 2.13 (python3 write.py).

Every value in expected.json is what PyTorch itself gives for the tensor, as a float; NaN is null.
"""

import argparse
import dataclasses
import datetime
import enum
import functools
import json
import math
import pathlib
import types

import torch
import torch.nn as nn

expected = {}
source_of = torch.serialization.get_source_lines_and_file


def own_source_of(cls):
    """The legacy format keeps the source of every module's class: not that of PyTorch's here."""
    if cls.__module__.startswith("torch."):
        raise OSError
    return source_of(cls)


torch.serialization.get_source_lines_and_file = own_source_of


def save(name, obj, tensors, legacy=True):
    expected[name + ".pt"] = {
        key: {
            "type": str(t.dtype).replace("torch.", ""),
            "shape": list(t.shape),
            "values": [
                None if math.isnan(v) else str(v) if math.isinf(v) else v
                for v in t.detach().double().flatten().tolist()
            ],
        }
        for key, t in tensors.items()
    }
    torch.save(obj, name + ".pt")
    if legacy:
        torch.save(obj, name + "-legacy.pt", _use_new_zipfile_serialization=False)


base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
views = {
    "base": base,
    "transposed": base.t(),
    "piece": base[1:3, 2:5],
    "every_other": base[::2, ::3],
    "diagonal": base.diagonal(),
    "permuted": torch.arange(24, dtype=torch.float64).reshape(2, 3, 4).permute(2, 0, 1),
    "expanded": torch.tensor([[1.5], [-2.0]]).expand(2, 3),
    "scalar": base[2, 3],
    "empty": base[:0],
    "half": torch.tensor([1.0, -0.5, 65504.0]).half(),
    "brain": torch.tensor([1.0, -0.5, 3e38]).bfloat16(),
    "double": torch.tensor([0.1, 1e300], dtype=torch.float64),
    "long": torch.tensor([-1, 2**40]),
    "short": torch.tensor([-1, 7], dtype=torch.int16),
    "truth": torch.tensor([True, False]),
    "parameter": nn.Parameter(torch.tensor([4.0, 5.0])),
}
save("views", views, views)

every_byte = torch.arange(256, dtype=torch.uint8)
eight = {
    "e4m3": every_byte.view(torch.float8_e4m3fn),
    "e5m2": every_byte.view(torch.float8_e5m2),
    "turned": torch.arange(6.0).reshape(2, 3).to(torch.float8_e4m3fn).t(),
}
save("float8", eight, eight)


@dataclasses.dataclass
class GPTConfig:
    n_head: int = 2
    block_size: int = 4


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.n_head = config.n_head
        self.c_attn = nn.Linear(4, 6, bias=False)
        self.register_buffer("tril", torch.tril(torch.ones(2, 2)))
        self.register_buffer("cache", torch.ones(1), persistent=False)


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(3, 4)
        self.h = nn.ModuleList([Attention(config), Attention(config)])
        self.act = nn.GELU(approximate="tanh")
        self.final = functools.partial(torch.softmax, dim=-1)
        self.lm_head = nn.Linear(4, 3, bias=False)
        self.lm_head.weight = self.wte.weight


class Lit(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
        self.trainer = types.SimpleNamespace(module=self, steps=7)
        self.trainer.trainer = self.trainer


torch.manual_seed(5)
gpt = GPT(GPTConfig())
save("module", gpt, gpt.state_dict())
lit = Lit(gpt)
save("nested-module", {"epoch": 3, "net": lit}, lit.state_dict(), legacy=False)

state = {"model." + key: value for key, value in gpt.state_dict().items()}
optimizer = torch.optim.AdamW(gpt.parameters())
gpt.wte.weight.sum().backward()
optimizer.step()
save(
    "lightning",
    {
        "epoch": 1,
        "pytorch-lightning_version": "2.0.0",
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}}},
        "callbacks": {},
        "optimizer_states": [optimizer.state_dict()],
        "lr_schedulers": [],
        "hparams_name": "config",
        "hyper_parameters": {"n_head": 2, "config": GPTConfig()},
    },
    state,
)


class Activation(enum.Enum):
    GELU = "gelu"


@dataclasses.dataclass(slots=True)
class SlotsConfig:
    n_layer: int = 2
    activation: Activation = Activation.GELU
    kind: torch.dtype = torch.float32


save(
    "configs",
    {
        "checkpoint": {
            "model": {"w": torch.tensor([1.0, 2.0])},
            "config": SlotsConfig(),
            "epoch": 8,
        },
        "args": argparse.Namespace(out=pathlib.PurePosixPath("out/run"), device=torch.device("cpu")),
        "extra": types.SimpleNamespace(n_embd=48, sizes=torch.Size([2, 3])),
        "when": datetime.datetime(2024, 2, 29),
        "optimizer": optimizer.state_dict(),
        "epoch": 9,
    },
    {"w": torch.tensor([1.0, 2.0])},
)

save("pair", (gpt.state_dict(), {"n_head": 2}), gpt.state_dict(), legacy=False)

with open("expected.json", "w") as file:
    json.dump(expected, file, separators=(",", ":"))
