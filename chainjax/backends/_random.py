"""Random numbers on accelerators: a key that is an input of the program, so that a new draw is no new program."""

import os
import threading

import numpy as np

import jax

from ..engine import Aval, Value, own, record, signature_of, static_key
from ..engine._tape import local

_lock = threading.Lock()
_seed, _drawn = int.from_bytes(os.urandom(4), "little"), 0


def seed(number):
    """Start the sequence of draws of all devices anew."""
    global _seed, _drawn
    with _lock:
        _seed, _drawn = int(number) & 0xFFFFFFFF, 0


def state():
    """Where the sequence of draws stands, two numbers."""
    with _lock:
        return _seed, _drawn


def set_state(seed, drawn):
    """Go on from where a sequence stood."""
    global _seed, _drawn
    with _lock:
        _seed, _drawn = seed, drawn


def uniform(shape, device):
    """A Value of float32 numbers in [0, 1) on a device."""
    return draw("uniform", shape, device)


def draw(kind, shape, device, *parameters):
    """A Value of numbers on a device, float32 or whole: by the function of ``jax.random`` called ``kind``, of Values of parameters."""
    global _drawn
    mesh = None if device is None else local.thread.mesh
    with _lock:
        keys = [np.array([_seed, _drawn + 1 + i], np.uint32) for i in range(1 if mesh is None else mesh.size)]
        _drawn += len(keys)
    placed = own(keys[0]) if device is None else Value(Aval((2,), keys[0].dtype, device), jax.device_put(keys[0], device))
    if mesh is not None:
        placed.wide = mesh.wide(keys)
    inputs = [placed, *parameters]
    return record(signature_of(_draw, (("kind", kind), ("shape", static_key(shape))), tuple([v.aval for v in inputs]), kind), inputs)[0]


def _draw(key, *parameters, kind, shape):
    dtype = _DTYPES.get(kind, {"dtype": np.float32})
    parameters = map(jax.lax.stop_gradient, parameters)  # draws are constants, also to jax.grad
    with jax.numpy_rank_promotion("allow"):  # some of these functions rely on it
        return getattr(jax.random, kind)(jax.random.wrap_key_data(key), *parameters, shape=shape, **dtype)


_DTYPES = {"bernoulli": {}, "categorical": {}, "geometric": {"dtype": np.int32}, "poisson": {"dtype": np.int32}}
