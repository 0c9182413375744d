"""Random numbers on accelerators: a key that is an input of the program, so that a new draw is no new program."""

import os
import threading

import numpy as np

import jax

from ._signature import signature_of, static_key
from ._tape import record
from ._values import Aval, Value, own

_lock = threading.Lock()
_seed, _drawn = int.from_bytes(os.urandom(4), "little"), 0


def seed(number):
    """Start the sequence of draws of all devices anew."""
    global _seed, _drawn
    with _lock:
        _seed, _drawn = int(number) & 0xFFFFFFFF, 0


def uniform(shape, device):
    """A Value of float32 numbers in [0, 1) on a device."""
    return draw("uniform", shape, device)


def draw(kind, shape, device):
    """A Value of float32 numbers on a device: ``"uniform"`` from 0 to 1, ``"normal"`` or ``"gumbel"``."""
    global _drawn
    with _lock:
        _drawn += 1
        key = np.array([_seed, _drawn], np.uint32)
    with jax.enable_x64(True):
        placed = own(key) if device is None else Value(Aval((2,), key.dtype, device), jax.device_put(key, device))
    return record(signature_of(_draw, (("kind", kind), ("shape", static_key(shape))), (placed.aval,), kind), [placed])[0]


def _draw(key, kind, shape):
    return getattr(jax.random, kind)(jax.random.wrap_key_data(key), shape, np.float32)
