"""What whole programs take beside their arguments and results."""

import numpy as np
import pytest

import jax

import chainjax
from chainjax import functions as F
from chainjax import links as L
from chainjax.engine import _replay, _signature
from chainjax.functions.normalization import _batch


def temporary(link_of):
    """The bytes of temporary arrays of a training step through three blocks, and the last loss."""
    np.random.seed(0)
    blocks = chainjax.ChainList(*[link_of() for _ in range(3)])
    optimizer = chainjax.optimizers.MomentumSGD().setup(blocks)
    _replay.executables.clear()
    _signature.signatures.clear()
    for _ in range(4):
        h = np.ones((8, 8, 16, 16), np.float32)
        for block in blocks:
            h = F.relu(block(h))
        loss = F.sum(h)
        blocks.cleargrads()
        loss.backward()
        optimizer.update()
    whole = [
        p for found in (_replay.executables.young, _replay.executables._old) for (key, *_), p in found.items() if isinstance(key, tuple)
    ]
    (program,) = whole
    return program.call.memory_analysis().temp_size_in_bytes, float(loss.array)


def convolution():
    return L.Convolution2D(8, 8, 3, pad=1)


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="the order of programs is chosen for XLA:CPU")
def test_large_programs_are_ordered_for_memory(monkeypatch):
    usual, loss = temporary(convolution)
    monkeypatch.setattr(_replay, "_FOR_MEMORY", 0)
    less, same = temporary(convolution)
    assert less < 0.8 * usual
    assert np.isclose(loss, same, rtol=1e-4)


def test_gradients_of_large_batch_normalizations_keep_only_x(monkeypatch):
    def normalised():
        return chainjax.Sequential(convolution(), L.BatchNormalization(8))

    monkeypatch.setattr(_replay, "_FOR_MEMORY", 0)
    usual, loss = temporary(normalised)
    monkeypatch.setattr(_batch, "_LARGE", 0)
    less, same = temporary(normalised)
    assert less < usual
    assert np.isclose(loss, same, rtol=1e-4)
