"""Special functions: of errors, of the normal distribution, of the gamma family.

Half precision is computed in single precision: the series below lose too many of its eleven bits.
"""

import math

import jax
import jax.numpy as jnp
import jax.scipy.special as special

from ...differentiable import differentiable
from .._check import expect, expect_floating
from ._elementwise import elementwise, wide

# Errors -------------------------------------------------------------------------------------------------------------------------

#: Where the continued fraction takes over, and its terms: it is exact to the last bits of float64 from there on.
_FAR, _TERMS = 3.0, 25


@jax.custom_jvp
def _erfcx(x):
    near = jnp.minimum(x, _FAR)
    far = jnp.maximum(x, _FAR)
    tail = far
    for k in range(_TERMS, 0, -1):
        tail = far + (k / 2) / tail
    # exp(x**2) overflows where erfc vanishes: beyond, the fraction of Laplace has no such factors.
    return jnp.where(x > _FAR, 1 / (math.sqrt(math.pi) * tail), jnp.exp(near * near) * jax.lax.erfc(near))


@_erfcx.defjvp
def _erfcx_jvp(primals, tangents):
    # By the differential equation: differentiating 25 fractions would be slow.
    (x,), (t,) = primals, tangents
    y = _erfcx(x)
    return y, 2 * (x * y - 1 / math.sqrt(math.pi)) * t


@jax.custom_jvp
def _log_ndtr(x):
    left = jnp.minimum(x, 0)
    below = jnp.log(_erfcx(-left * math.sqrt(0.5)) / 2) - left * left / 2
    return jnp.where(x > 0, jnp.log1p(-jax.lax.erfc(jnp.maximum(x, 0) * math.sqrt(0.5)) / 2), below)


@_log_ndtr.defjvp
def _log_ndtr_jvp(primals, tangents):
    # The two parts of the formula above cancel far to the left; the quotient does not.
    (x,), (t,) = primals, tangents
    return _log_ndtr(x), math.sqrt(2 / math.pi) / _erfcx(-x * math.sqrt(0.5)) * t


@jax.custom_jvp
def _ndtri(x):
    return special.ndtri(x)


@_ndtri.defjvp
def _ndtri_jvp(primals, tangents):
    # By the inverse function: differentiating rational approximations loses digits, and all of them in the tails.
    y = _ndtri(*primals)
    return y, math.sqrt(2 * math.pi) * jnp.exp(y * y / 2) * tangents[0]


def _erfcinv(x):
    # erfinv(1 - x) would lose the small x, which are what it is for (but for the smallest normal number, half of which is none).
    return -_ndtri(x / 2) * math.sqrt(0.5)


def _erfinv_gradient(y, gy):
    return math.sqrt(math.pi) / 2 * jnp.exp(y * y) * gy


erf = elementwise(wide(jax.lax.erf), "erf", "Erf", "math.erf", ("Error function", r"2 / \sqrt\pi \int_0^x e^{-t^2} dt"), (0.0, 0.0))
erfc = elementwise(wide(jax.lax.erfc), "erfc", "Erfc", "math.erfc", ("Complementary error function", r"1 - \mathrm{erf}(x)"), (0.0, 1.0))
erfcx = elementwise(
    wide(_erfcx), "erfcx", "Erfcx", "math.erfcx", ("Scaled complementary error function", r"e^{x^2} \mathrm{erfc}(x)"), (0.0, 1.0)
)
erfinv = elementwise(
    wide(jax.lax.erf_inv),
    "erfinv",
    "ErfInv",
    "math.erfinv",
    ("Inverse of the error function", r"\mathrm{erf}^{-1}(x)"),
    (0.0, 0.0),
    by_output=_erfinv_gradient,
)
erfcinv = elementwise(
    wide(_erfcinv),
    "erfcinv",
    "ErfcInv",
    "math.erfcinv",
    ("Inverse of the complementary error function", r"\mathrm{erfc}^{-1}(x)"),
    (0.5, 0.476936),
    by_output=lambda y, gy: -_erfinv_gradient(y, gy),
)
ndtr = elementwise(
    wide(special.ndtr), "ndtr", "Ndtr", "math.ndtr", ("Distribution function of the normal distribution", r"\Phi(x)"), (0.0, 0.5)
)
log_ndtr = elementwise(
    wide(_log_ndtr), "log_ndtr", "LogNdtr", "math.log_ndtr", ("Logarithm of ``ndtr``", r"\log \Phi(x)"), (0.0, -0.693147)
)
ndtri = elementwise(
    wide(_ndtri),
    "ndtri",
    "Ndtri",
    "math.ndtri",
    ("Inverse of ``ndtr``", r"\Phi^{-1}(x)"),
    (0.5, 0.0),
    by_output=lambda y, gy: math.sqrt(2 * math.pi) * jnp.exp(y * y / 2) * gy,
)

# The gamma family ---------------------------------------------------------------------------------------------------------------

lgamma = elementwise(
    wide(jax.lax.lgamma), "lgamma", "LGamma", "math.lgamma", ("Logarithm of the gamma function", r"\log |\Gamma(x)|"), (3.0, 0.693147)
)


@jax.custom_jvp
def _digamma(x):
    return jnp.where(x == 0, jnp.copysign(jnp.inf, -x), jax.lax.digamma(x))  # XLA has NaN at the pole


@_digamma.defjvp
def _digamma_jvp(primals, tangents):
    return _digamma(*primals), _polygamma(jnp.ones(primals[0].shape, jnp.int32), *primals) * tangents[0]


digamma = elementwise(
    wide(_digamma), "digamma", "DiGamma", "math.digamma", ("Logarithmic slope of the gamma function", r"\psi(x)"), (1.0, -0.577216)
)


@jax.custom_jvp
def _polygamma(n, x):
    order = n.astype(x.dtype) + 1
    sign = jnp.where(n % 2 == 1, 1, -1).astype(x.dtype)
    return jnp.where(n == 0, _digamma(x), sign * jnp.exp(jax.lax.lgamma(order)) * _hurwitz(order, x))


@_polygamma.defjvp
def _polygamma_jvp(primals, tangents):
    n, x = primals
    return _polygamma(n, x), _polygamma(n + 1, x) * tangents[1]


@differentiable(node="PolyGamma", path="math.polygamma", retain=(0, 1), label="polygamma")
def polygamma(n, x):
    r"""Derivatives of the digamma function, elementwise: :math:`y = \psi^{(n)}(x)`.

    Args:
        n: which derivative, array of integers.
        x: float array; the shapes broadcast.

    Returns:
        Variable of the dtype of ``x``. No gradient flows to ``n``.

    Raises:
        InvalidType: ``n`` is not integer, or ``x`` not floating point.

    >>> float(F.polygamma(np.array(1), np.array(1.0)).array).__round__(6)
    1.644934
    """
    expect(n.dtype.kind in "iu", "polygamma", "n to be integer", n=n)
    expect_floating("polygamma", x=x)
    return wide(_polygamma)(*jnp.broadcast_arrays(n, x))


def zeta(x, q):
    r"""Hurwitz's zeta function, elementwise: :math:`y = \sum_{k \ge 0} (k + q)^{-x}`. Only ``q`` has a gradient.

    Args:
        x: a number or an array, above 1.
        q: float array.

    Returns:
        Variable of the dtype of ``q``.

    Raises:
        InvalidType: ``q`` is not floating point.

    >>> float(F.zeta(2, np.array(1.0)).array).__round__(6)
    1.644934
    """
    return _zeta(q, x)


@differentiable(node="Zeta", path="math.zeta", attrs=("x",), retain=(0,), label="zeta")
def _zeta(q, x=0.0):
    expect_floating("zeta", q=q)
    return wide(_hurwitz)(*jnp.broadcast_arrays(jnp.asarray(x), q))


@jax.custom_jvp
def _hurwitz(x, q):
    return jnp.where(q == 0, jnp.inf, special.zeta(x.astype(q.dtype), q))  # JAX has NaN at the pole


@_hurwitz.defjvp
def _hurwitz_jvp(primals, tangents):
    # JAX knows the same rule; written out, it takes exponents of any dtype, to which no gradient flows.
    (x, q), (_, t) = primals, tangents
    return _hurwitz(x, q), -x.astype(q.dtype) * _hurwitz(x + 1, q) * t
