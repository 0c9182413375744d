"""Functions of rows at ever new numbers of rows: what they are at a few more rows says all about them."""

import sys

import numpy as np
import pytest

import jax

import chainjax
import chainjax.functions as F
from chainjax.backends import _by_numpy
from chainjax.backends._by_row import run
from chainjax.engine import Aval, _signature, signature_of
from chainjax.utils.type_check import InvalidType

NUMBERS = 33, 37, 35, 41, 39  # the first ones are traced as they are, the last ones as 40, 44 and 40


@pytest.fixture
def traced(monkeypatch):
    """The numbers of rows that something is traced at."""
    seen, ours = [], _signature.Signature._infer
    monkeypatch.setattr(_signature.Signature, "_infer", lambda sig: seen.append((sig.name, sig.avals[0].shape[:1])) or ours(sig))
    return seen


def _weights():
    return chainjax.Parameter(np.linspace(-1, 1, 15, dtype="f").reshape(5, 3)), chainjax.Parameter(np.linspace(0, 1, 5, dtype="f"))


def test_results_and_gradients_are_those_of_the_rows_that_are_there(traced):
    rng, (W, b) = np.random.default_rng(0), _weights()
    for n in NUMBERS:
        x = chainjax.Variable(np.float32(rng.normal(size=(n, 3))))
        y = F.linear(x, W, b)
        np.testing.assert_allclose(y.array, x.array @ W.array.T + b.array, rtol=1e-5, atol=1e-6)
        gy = y.grad = np.float32(rng.normal(size=(n, 5)))
        W.cleargrad()
        b.cleargrad()
        y.backward()
        np.testing.assert_allclose(x.grad, gy @ W.array, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(W.grad, gy.T @ x.array, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(b.grad, gy.sum(0), rtol=1e-5, atol=1e-5)
    numbers = {rows for name, rows in traced if name == "linear"}
    assert numbers == {(33,), (37,), (35,), (44,), (40,)}


def test_what_has_no_rows_is_not_cut(traced):
    rng = np.random.default_rng(0)
    for n in NUMBERS:
        x = chainjax.Variable(np.float32(rng.normal(size=(n, 2))))
        t = np.int32(rng.integers(-1, 2, n))
        loss = F.sum(F.softmax_cross_entropy(x, t, reduce="no") * 2)
        p = np.exp(x.array) / np.exp(x.array).sum(1, keepdims=True)
        np.testing.assert_allclose(loss.array, -2 * np.log(p[t >= 0, t[t >= 0]]).sum(), rtol=1e-5)
        loss.backward()
        np.testing.assert_allclose(x.grad, 2 * (p - np.eye(2)[t]) * (t >= 0)[:, None], rtol=1e-4, atol=1e-5)
    assert {rows for name, rows in traced if name == "sum"} == {(33,), (37,), (35,), (44,), (40,)}


def test_gradients_of_gradients():
    W, b = _weights()
    for n in NUMBERS:
        x = chainjax.Variable(np.full((n, 3), 2, "f"))
        y = F.linear(x, W, b)
        (gx,) = chainjax.grad([F.sum(y * y)], [x], enable_double_backprop=True)
        np.testing.assert_allclose(gx.array, 2 * (x.array @ W.array.T + b.array) @ W.array, rtol=1e-5)
        (ggx,) = chainjax.grad([F.sum(gx)], [x])
        np.testing.assert_allclose(ggx.array, np.tile(2 * W.array.T @ W.array.sum(1), (n, 1)), rtol=1e-4, atol=1e-5)


def test_an_error_tells_of_the_rows_that_there_are():
    W, b = _weights()
    for n in NUMBERS:
        with pytest.raises(InvalidType, match=rf"x \({n}, 2\)"):
            F.linear(np.zeros((n, 2), "f"), W, b)
        with pytest.raises(InvalidType, match=rf"t \({n + 1},\)"):
            F.softmax_cross_entropy(np.zeros((n, 2), "f"), np.zeros(n + 1, "i"), reduce="no")


def _doubled(x):
    return x * 2


def test_what_an_array_of_numpy_shows_is_held_no_longer_than_the_call(monkeypatch):
    monkeypatch.setattr(_by_numpy, "COMPUTES", False)
    x = jax.device_put(np.arange(6, dtype="f").reshape(2, 3))
    sig, before = signature_of(_doubled, (), (Aval((2, 3), np.dtype("f")),)), sys.getrefcount(x)
    run(sig, [np.asarray(x)])
    assert sys.getrefcount(x) == before
    for shown in (np.asarray(x), np.asarray(x)[::-1], np.asarray(x)[:1].repeat(2, 0)):
        np.testing.assert_array_equal(run(sig, [shown])[0], 2 * shown)
