"""Gradients of a matrix that is used many times: one product in a program that is compiled whole."""

import itertools

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax.backends import _sums
from chainjax.differentiable import differentiable
from chainjax.engine import _replay

STEPS, ROWS, UNITS, WORDS = 5, 2, 8, 30


class Unrolled(chainjax.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.embed = L.EmbedID(WORDS, UNITS)
            self.step = L.Linear(2 * UNITS, UNITS)
            self.out = L.Linear(UNITS, WORDS)

    def forward(self, xs):
        h, loss = np.zeros((ROWS, UNITS), "f"), 0
        for now, then in itertools.pairwise(xs):
            h = F.tanh(self.step(F.concat([self.embed(now), h])))
            loss += F.softmax_cross_entropy(self.out(h), then)
        return loss


@pytest.fixture
def merged(monkeypatch):
    """How many sums of each program were taken at once."""
    counts = []

    def together(entries, live):
        found = _sums.together(entries, live)
        counts.append(len(found))
        return found

    monkeypatch.setattr(_replay, "better", [together])
    return counts


def gradients(model, xs):
    model.cleargrads()
    model(xs).backward()
    return {name: p.grad.copy() for name, p in model.namedparams()}


def test_gradients_over_steps_are_one_product(merged):
    model = Unrolled()
    xs = np.random.default_rng(0).integers(0, WORDS, (STEPS + 1, ROWS)).astype("i")
    with chainjax.using_config("deterministic", True):
        expected = gradients(model, xs)
    assert not merged
    for _ in range(4):
        actual = gradients(model, xs)
    assert merged == [len(expected)]
    for name, e in expected.items():
        np.testing.assert_allclose(actual[name], e, 1e-5, 1e-6, err_msg=name)


def test_what_is_wanted_by_itself_or_small_stays(merged):
    """Rows that are larger than the gradient are added as before, and so is what somebody else sees."""
    layer = L.Linear(3, 2)
    xs = np.random.default_rng(0).standard_normal((3, 9, 3)).astype("f")
    for _ in range(4):
        layer.cleargrads()
        F.sum(layer(xs[0]) + layer(xs[1]) + layer(xs[2])).backward()
        actual = layer.W.grad
    assert merged == [0]
    np.testing.assert_allclose(actual, np.broadcast_to(xs.sum((0, 1)), (2, 3)), 1e-5, 1e-5)


def test_different_calls_of_one_matrix(merged):
    """Only calls of one form are put together; the others are added to their sum."""
    layer = L.Linear(20, 30)
    xs = np.random.default_rng(0).standard_normal((4, 2, 20)).astype("f")

    def grad():
        layer.cleargrads()
        F.sum(layer(xs[0]) + layer(xs[1]) + F.tanh(layer(xs[2]))).backward()
        F.sum(layer(xs[3][:1])).backward()
        return layer.W.grad.copy()

    with chainjax.using_config("deterministic", True):
        expected = grad()
    for _ in range(4):
        actual = grad()
    assert max(merged) >= 1
    np.testing.assert_allclose(actual, expected, 1e-5, 1e-5)


@differentiable(by_row=(0, 1))
def _scaled_product(x, scale, W):
    return (x * scale) @ W.T


def test_gradients_of_what_has_rows_are_added(merged):
    rng = np.random.default_rng(0)
    xs, scale = rng.standard_normal((3, 2, 9)).astype("f"), chainjax.Variable(rng.standard_normal((2, 9)).astype("f"))
    W = chainjax.Parameter(rng.standard_normal((8, 9)).astype("f"))
    for _ in range(4):
        W.cleargrad()
        scale.cleargrad()
        F.sum(_scaled_product(xs[0], scale, W) + _scaled_product(xs[1], scale, W) + _scaled_product(xs[2], scale, W)).backward()
        actual = W.grad, scale.grad
    assert merged == [1]  # that of W, and not that of the scale
    np.testing.assert_allclose(actual[0], np.broadcast_to((xs * scale.array).sum((0, 1)), (8, 9)), 1e-4, 1e-5)
    np.testing.assert_allclose(actual[1], xs.sum(0) * W.array.sum(0), 1e-4, 1e-5)
