"""A recurrent layer is known by hand twice, for XLA and for NumPy: both are what JAX makes of the pass forth."""

import numpy as np
import pytest

import jax

import chainjax
import chainjax.functions as F
from chainjax.engine import _replay
from chainjax.functions.rnn import _over_time as layers

RAGGED = np.int32([4, 3, 3, 1, 0])


@pytest.fixture(autouse=True)
def _wide():
    with jax.enable_x64(True):
        yield


def _layer(mode, sizes):
    rng, unit = np.random.default_rng(0), layers.UNITS[mode]
    x, states = rng.normal(size=(5, 4, 3)), [rng.normal(size=(4, 2)) for _ in range(2 if mode == "lstm" else 1)]
    weights = [rng.normal(size=(2 * unit.gates, *s)) for s in [(3,), (2,), (), ()]]
    return unit, x, states, weights, [rng.normal(size=(5, 4, 2)), *[rng.normal(size=(4, 2)) for _ in states]]


@pytest.mark.parametrize(
    ("mode", "reverse", "sizes"),
    [
        ("lstm", False, RAGGED),
        ("lstm", True, RAGGED),
        ("gru", True, None),
        ("gru", False, RAGGED),
        ("tanh", True, RAGGED),
        ("relu", False, None),
    ],
)
def test_both_ways_are_what_jax_makes_of_it(mode, reverse, sizes):
    unit, x, states, weights, grads = _layer(mode, sizes)
    forth = layers.forth(unit, reverse, x, states, weights, sizes)
    by_numpy = layers.forth_by_numpy(unit, reverse, x, states, weights, sizes)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-12), list(forth), by_numpy)
    _, pull = jax.vjp(lambda x, s, w: layers.forth(unit, reverse, x, s, w, sizes)[:-1], x, states, weights)
    expected = jax.tree.leaves(pull(tuple(grads)))
    kept = forth[0], np.asarray(forth[-1])
    for found in (
        layers.back(unit, reverse, x, states, weights[:2], sizes, *kept, grads[0], grads[1:]),
        layers.back_by_numpy(unit, reverse, x, states, weights[:2], sizes, *kept, grads[0], grads[1:], range(len(expected))),
    ):
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-12)


def _loss(ws, bs, x):
    states = [np.zeros((1, 2, 2), "f")] * 2
    hy, _, ys = F.n_step_lstm(1, 0, *states, [ws], [bs], [x, x[:1]])
    return F.sum(hy) + F.sum(ys[0] * ys[0])


def test_gradients_are_the_same_with_a_graph_of_their_own():
    """Without one the gradient reads what was kept, with one it is JAX's."""
    rng = np.random.default_rng(0)
    ws = [chainjax.Parameter(np.float32(rng.normal(size=(2, n)))) for n in (3,) * 4 + (2,) * 4]
    bs = [chainjax.Parameter(np.float32(rng.normal(size=2))) for _ in range(8)]
    x = np.float32(rng.normal(size=(2, 3)))
    plain = chainjax.grad([_loss(ws, bs, x)], ws)
    graph = chainjax.grad([_loss(ws, bs, x)], ws, enable_double_backprop=True)
    for a, b in zip(plain, graph, strict=True):
        np.testing.assert_allclose(a.array, b.array, rtol=1e-5)
    (second,) = chainjax.grad([F.sum(graph[0] * graph[0])], [ws[4]])
    assert np.abs(second.array).max() > 1e-4


def test_ragged_ones_are_never_compiled(monkeypatch):
    compiled, ours = [], _replay._compile
    monkeypatch.setattr(
        _replay, "_compile", lambda count, fn, *more, **options: compiled.append(fn.__name__) or ours(count, fn, *more, **options)
    )
    ws = [chainjax.Parameter(np.ones((2, n), "f")) for n in (3,) * 4 + (2,) * 4]
    bs = [chainjax.Parameter(np.ones(2, "f")) for _ in range(8)]
    for n in (3, 4, 5, 3):
        states = [np.zeros((1, 2, 2), "f")] * 2
        loss = F.sum(F.n_step_lstm(1, 0, *states, [ws], [bs], [np.ones((2, 3), "f")] * n + [np.ones((1, 3), "f")])[0])
        loss.backward()
        assert ws[0].grad.any()
    assert not [name for name in compiled if "over_time" in name]
