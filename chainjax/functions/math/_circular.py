"""Circular functions of single precision for CPUs, by polynomials: XLA:CPU calls the C library for each number."""

import math

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax

# pi / 2 in four parts: a whole number of up to 13 bits times each of the first three is exact (reduction of Cody and Waite).
_QUARTER = 201 / 2**7, 2029 / 2**22, 1297 / 2**34, 2.5633441515945e-12
_REACH = 8192.0  # where more bits would be needed


def _polynomial(f, end, degree):
    """The function that nearly is ``f`` between 0 and ``end``, interpolated where Chebyshev says."""
    fit = np.polynomial.Chebyshev.interpolate(f, degree, (0, end)).convert(kind=np.polynomial.Polynomial)
    coefficients = fit.coef[::-1].tolist()

    def call(z):
        y = coefficients[0]
        for c in coefficients[1:]:
            y = y * z + c
        return y

    return call


# Of the square z: what follows the first term (or two, for the cosine) of the series.
_SINE = _polynomial(lambda z: (np.sin(np.sqrt(z)) / np.sqrt(z) - 1) / z, 0.62, 3)
_COSINE = _polynomial(lambda z: (np.cos(np.sqrt(z)) - 1 + z / 2) / z**2, 0.62, 3)
_ARCTANGENT = _polynomial(lambda z: (np.arctan(np.sqrt(z)) / np.sqrt(z) - 1) / z, 1, 9)


def _quarter_turns(x):
    """How many quarter turns ``x`` is, and the sine and cosine of the rest."""
    turns = jnp.round(x * (2 / math.pi))
    for part in _QUARTER:
        x = x - turns * part
    z = x * x
    return turns.astype(jnp.int32), _SINE(z) * z * x + x, _COSINE(z) * z * z - z * 0.5 + 1


def _turned(quarters):
    def fast(x):
        turns, sine, cosine = _quarter_turns(x)
        turns = turns + quarters
        y = jnp.where(turns & 1, cosine, sine)
        return jnp.where(turns & 2, -y, y)

    return fast


def _fast_tan(x):
    turns, sine, cosine = _quarter_turns(x)
    return jnp.where(turns & 1, -cosine, sine) / jnp.where(turns & 1, sine, cosine)


def _fast_arctan2(y, x):
    small, large = jnp.minimum(jnp.abs(x), jnp.abs(y)), jnp.maximum(jnp.abs(x), jnp.abs(y))
    ratio = jnp.where(small == large, jnp.sign(small), small / large)  # 0 / 0 and inf / inf too
    z = ratio * ratio
    angle = _ARCTANGENT(z) * z * ratio + ratio
    angle = jnp.where(jnp.abs(y) > jnp.abs(x), jnp.pi / 2 - angle, angle)
    return jnp.copysign(jnp.where(jnp.signbit(x), jnp.pi - angle, angle), y)


def _near(fast, exact):
    """``fast`` if all numbers are within its reach."""
    return lambda x: lax.cond(jnp.all(jnp.abs(x) <= _REACH), fast, exact, x)


def _on_cpu(exact, fast, slope=None):
    """``exact``, on a CPU ``fast``. ``slope(x)``: the derivative, if JAX's own is slow too."""

    @jax.custom_jvp
    def call(*xs):
        if any(x.dtype != jnp.float32 for x in xs):
            return exact(*xs)
        return lax.platform_dependent(*xs, cpu=fast, default=exact)

    @call.defjvp
    def jvp(primals, tangents):
        return call(*primals), slope(*primals) * tangents[0] if slope else jax.jvp(exact, primals, tangents)[1]

    return call


def _other_leg(x):
    return jnp.sqrt((1 - x) * (1 + x))


sin = _on_cpu(jnp.sin, _near(_turned(0), jnp.sin), lambda x: cos(x))
cos = _on_cpu(jnp.cos, _near(_turned(1), jnp.cos), lambda x: -sin(x))
tan = _on_cpu(jnp.tan, _near(_fast_tan, jnp.tan), lambda x: jnp.square(tan(x)) + 1)
arctan2 = _on_cpu(jnp.arctan2, _fast_arctan2)
arctan = _on_cpu(jnp.arctan, lambda x: _fast_arctan2(x, jnp.ones_like(x)))
arcsin = _on_cpu(jnp.arcsin, lambda x: _fast_arctan2(x, _other_leg(x)))
arccos = _on_cpu(jnp.arccos, lambda x: _fast_arctan2(_other_leg(x), x))
