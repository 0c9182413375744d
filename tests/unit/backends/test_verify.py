"""``verify_replay``: what is rounding, and what is a mistake."""

import numpy as np
import pytest

import jax.numpy as jnp

import chainjax
from chainjax import Variable, engine
from chainjax import functions as F
from chainjax import links as L
from chainjax.backends._verify import ReplayMismatch

RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, 3, 5, 5)).astype("f")
A, W = RNG.normal(size=(64, 50)).astype("f"), RNG.normal(size=(30, 50)).astype("f")


def two_ways_to_square():
    y = F.sum(F.linear(A, W) * F.linear(A, W) - F.square(F.linear(A, W)))
    return y, 3 * y


MODEL = chainjax.Sequential(L.Convolution2D(3, 4, 3), L.BatchNormalization(4))
ADAM = chainjax.optimizers.Adam().setup(MODEL)


def bias_before_normalization():
    """Its gradient is 0, but for rounding, of which Adam makes steps of full length."""
    MODEL.cleargrads()
    F.sum(F.tanh(MODEL(X)) ** 3).backward()
    gradient = MODEL[0].b.grad_var
    ADAM.update()
    return gradient, MODEL[0].b, MODEL[0].W


def changed(program, by):
    """The program's float results off by a part of the largest, as a mistake of XLA would make them."""

    class Off:
        needs = left = 0

        @staticmethod
        def call(*arrays):
            results = program.call(*arrays)
            return [r + by * jnp.abs(r).max() if r.dtype.kind == "f" else r for r in results]

    return Off


@pytest.mark.parametrize("case", [two_ways_to_square, bias_before_normalization])
def test_rounding_is_no_mistake(case):
    with chainjax.using_config("verify_replay", True):
        for _ in range(5):
            for y in case():
                assert np.isfinite(y.array).all()


@pytest.mark.parametrize("by", [1e-3, 0.5])
def test_a_mistake_is_still_one(by, monkeypatch):
    def run():
        y = F.exp(F.sum(Variable(A), axis=1))
        return F.mean(F.sqrt(y)).array, y

    whole = engine._replay._whole
    with chainjax.using_config("verify_replay", True), chainjax.no_backprop_mode():
        for _ in range(3):
            run()
        monkeypatch.setattr(engine._replay, "_whole", lambda *args: changed(whole(*args), by))
        with pytest.raises(ReplayMismatch, match="exp"):
            run()
    engine.thread().tape = None
