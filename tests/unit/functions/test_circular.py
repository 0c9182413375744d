"""The polynomials that stand for circular functions on CPUs."""

import numpy as np
import pytest

import jax
import jax.numpy as jnp

from chainjax.functions.math import _circular

RNG = np.random.RandomState(0)
SPREAD = np.float32(np.exp(RNG.uniform(-60, 60, 20000)) * RNG.choice([-1, 1], 20000))
ANGLES = np.float32(np.concatenate([RNG.uniform(-8192, 8192, 20000), np.arange(-5000, 5000) * np.pi / 2, RNG.randn(5000) / 1000]))
SINES = np.float32(np.concatenate([RNG.uniform(-1, 1, 20000), 1 - np.exp(RNG.uniform(-16, 0, 2000)), [1, -1]]))


@pytest.mark.parametrize(
    ("name", "args"),
    [
        *[(name, [ANGLES]) for name in ("sin", "cos", "tan")],
        *[(name, [10 * SPREAD]) for name in ("sin", "cos", "tan")],  # some beyond the reach of the polynomials
        ("arctan", [SPREAD]),
        ("arctan2", [SPREAD, SPREAD[::-1]]),
        ("arcsin", [SINES]),
        ("arccos", [SINES]),
    ],
)
def test_within_a_few_units_of_the_last_place(name, args):
    exact = getattr(np, name)(*[x.astype(np.float64) for x in args])
    y = np.asarray(jax.jit(getattr(_circular, name))(*args))
    assert y.dtype == np.float32
    normal = np.abs(exact) > np.finfo(np.float32).tiny
    np.testing.assert_array_max_ulp(y[normal], exact[normal].astype(np.float32), maxulp=4)  # NumPy's own are 1 to 3 off


@pytest.mark.parametrize("name", ["sin", "cos", "tan", "arctan", "arcsin", "arccos", "arctan2"])
def test_zeros_infinities_and_nans_as_in_numpy(name):
    x = np.float32([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 3e38, -3e38])
    args = [a.ravel() for a in np.meshgrid(x, x)] if name == "arctan2" else [x]
    with np.errstate(invalid="ignore"):
        expected = getattr(np, name)(*args)
    y = np.asarray(jax.jit(getattr(_circular, name))(*args))
    np.testing.assert_allclose(y, expected, rtol=1e-6, atol=np.finfo(np.float32).tiny)  # XLA may give 0 for less
    numbers = ~np.isnan(expected) & (np.abs(expected) >= np.finfo(np.float32).tiny)
    np.testing.assert_array_equal(np.signbit(y)[numbers], np.signbit(expected)[numbers])


@pytest.mark.parametrize("name", ["sin", "cos", "tan", "arctan", "arcsin", "arccos", "arctan2"])
def test_derivatives_are_those_of_jax(name):
    args = [jnp.float32([-0.7, 0.1, 0.6])] * (2 if name == "arctan2" else 1)
    for ours, theirs in zip(*[jax.vjp(getattr(m, name), *args)[1](jnp.ones(3)) for m in (_circular, jnp)], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
