"""Weights and token ids that the scripts of these folders and the tests compute alike."""

import math
import zlib

import numpy as np


def step(state):
    """Numerical Recipes' linear congruential generator."""
    return (state * 1664525 + 1013904223) & 0xFFFFFFFF


def weights(name, shape):
    """The generator begun at the name's CRC-32: its upper 24 bits become −0.5 … 0.5.

    The gain of a norm, known by its one dimension and by a name that is no bias, is around 1.
    """
    state = zlib.crc32(name.encode())
    values = np.empty(math.prod(shape), np.float32)
    for i in range(len(values)):
        state = step(state)
        values[i] = (state >> 8) / (1 << 24) - 0.5
    if len(shape) == 1 and "bias" not in name:
        values = 1 + values / 2
    return values.reshape(shape)


def token_ids(count, vocabulary):
    """Upper bits of the generator begun at 11."""
    state, ids = 11, []
    for _ in range(count):
        state = step(state)
        ids.append((state >> 8) % vocabulary)
    return ids
