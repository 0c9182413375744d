"""Sequences of any length: what moves their rows is known without tracing."""

import numpy as np
import pytest

import chainjax
from chainjax import functions as F
from chainjax.engine import _signature


@pytest.fixture
def untraced(monkeypatch):
    """An error wherever JAX would trace."""

    def refuse(*args, **kwargs):
        raise AssertionError("traced")

    monkeypatch.setattr(_signature.jax, "eval_shape", refuse)
    monkeypatch.setattr(_signature.jax, "make_jaxpr", refuse)


def sequences(*lengths):
    rng = np.random.RandomState(sum(lengths))
    return [chainjax.Variable(rng.rand(n, 2).astype(np.float32)) for n in lengths]


def gradients(ys, xs):
    """The gradients of ``xs`` from other numbers for each row of ``ys``, and the rows that these numbers stand for."""
    gys = [
        chainjax.Variable(np.full(y.shape, 1, np.float32) * (100 * i + np.arange(len(y), dtype=np.float32)[:, None]))
        for i, y in enumerate(ys)
    ]
    return gys, chainjax.grad(ys, xs, gys)


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("lengths", [(13, 11, 11, 2), (17, 1), (19,)])
def test_what_moves_rows_is_not_traced(lengths):
    xs = sequences(*lengths)
    times = F.transpose_sequence(xs)
    assert [y.shape[0] for y in times] == [sum(t < n for n in lengths) for t in range(lengths[0])]
    gys, gxs = gradients(times, xs)
    for i, (x, gx) in enumerate(zip(xs, gxs, strict=True)):
        np.testing.assert_array_equal(x.array, [times[t].array[i] for t in range(len(x))])
        np.testing.assert_array_equal(gx.array, [gys[t].array[i] for t in range(len(x))])
    joined = F.concat(xs, axis=0)
    np.testing.assert_array_equal(joined.array, np.concatenate([x.array for x in xs]))
    (gy,), gxs = gradients([joined], xs)
    np.testing.assert_array_equal(np.concatenate([gx.array for gx in gxs]), gy.array)
    parts = F.split_axis(joined, np.cumsum(lengths)[:-1], axis=0)
    gys, (gx,) = gradients(parts, [joined])
    np.testing.assert_array_equal(gx.array, np.concatenate([gy.array for gy in gys]))


def test_gradients_of_some_parts_are_those_of_all():
    (x,) = sequences(9)
    parts = F.split_axis(x, [2, 5], axis=0)
    _, (gx,) = gradients(parts[1:2], [x])
    np.testing.assert_array_equal(gx.array[:, 0], [0, 0, 0, 1, 2, 0, 0, 0, 0])
