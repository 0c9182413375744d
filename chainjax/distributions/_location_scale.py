"""Distributions that are one standard distribution, moved and stretched."""

import math
import warnings

import numpy as np

import jax.numpy as jnp

from .. import functions as F
from ..differentiable import differentiable
from ..distribution import register_kl
from ..functions._check import expect_floating
from ..utils.cache import cached_property
from ..variable import as_variable
from ._family import Parametric, given

#: Euler's constant: the mean of the standard Gumbel distribution.
EULER = 0.5772156649015329


class LocationScale(Parametric):
    """What is ``loc`` plus ``scale`` times a standard distribution."""

    loc, scale = given(), given()
    _names = ("loc", "scale")
    _kind = None  # of the noise
    _noise_dtype = None
    support = "real"

    def __init__(self, loc, scale):
        super().__init__(loc=loc, scale=scale)

    @cached_property
    def _log_scale(self):
        return F.log(self.scale)

    def _standard(self, x):
        return (self._point(x) - self.loc) / self.scale

    def _moved(self, z):
        return self.loc + self.scale * z

    def sample_n(self, n):
        return self._moved(self._noise(self._kind, n, self._noise_dtype))


class Cauchy(LocationScale):
    r"""Cauchy distributions.

    .. math:: p(x) = \frac{1}{\pi \gamma (1 + z^2)}, \quad z = \frac{x - x_0}{\gamma}

    Args:
        loc: float array, the medians :math:`x_0`.
        scale: float array, half the widths at half height, :math:`\gamma`.

    They have no mean and no variance: asked for them, they warn and give NaN.

    >>> float(D.Cauchy(np.zeros(()), np.ones(())).cdf(1.0).array).__round__(4)
    0.75
    """

    _kind = "cauchy"

    def cdf(self, x):
        return F.arctan(self._standard(x)) / math.pi + 0.5

    def icdf(self, x):
        return self._moved(F.tan((self._point(x) - 0.5) * math.pi))

    def log_prob(self, x):
        return -F.log1p(self._standard(x) ** 2) - self._log_scale - math.log(math.pi)

    @cached_property
    def entropy(self):
        return self._log_scale + math.log(4 * math.pi)

    @cached_property
    def mean(self):
        return self._undefined("mean")

    @cached_property
    def variance(self):
        return self._undefined("variance")

    def _undefined(self, what):
        warnings.warn(f"Cauchy: the {what} is undefined", RuntimeWarning, stacklevel=4)
        return as_variable(self._here(np.full(self.loc.shape, np.nan, self.loc.dtype)))


class Gumbel(LocationScale):
    r"""Gumbel distributions, of the largest of many draws.

    .. math:: p(x) = \frac{1}{\eta} \exp(-z - e^{-z}), \quad z = \frac{x - \mu}{\eta}

    Args:
        loc: float array, the modes :math:`\mu`.
        scale: float array, the scales :math:`\eta`.

    >>> D.Gumbel(np.zeros(1), np.ones(1)).mean.array.round(4)
    array([0.5772])
    """

    _kind = "gumbel"

    def log_prob(self, x):
        z = self._standard(x)
        return -self._log_scale - z - F.exp(-z)

    @cached_property
    def entropy(self):
        return self._log_scale + (EULER + 1)

    @cached_property
    def mean(self):
        return self.loc + EULER * self.scale

    @cached_property
    def variance(self):
        return (math.pi**2 / 6) * self.scale**2


@register_kl(Gumbel, Gumbel)
def _kl_gumbel_gumbel(dist1, dist2):
    ratio, shift = dist1.scale / dist2.scale, (dist1.loc - dist2.loc) / dist2.scale
    return dist2._log_scale - dist1._log_scale + EULER * (ratio - 1) + F.exp(F.lgamma(ratio + 1) - shift) - 1 + shift


@differentiable(node="LaplaceCDF")
def _laplace_cdf(x):
    expect_floating("cdf", x=x)
    # The side not taken must stay finite: exp overflows, and inf * 0 is a NaN gradient.
    left = jnp.exp(jnp.where(x < 0, x, 0)) / 2
    return jnp.where(x < 0, left, 1 - jnp.exp(-jnp.where(x < 0, 0, x)) / 2)


@differentiable(node="LaplaceICDF")
def _laplace_icdf(x):
    expect_floating("icdf", x=x)
    left = jnp.log(2 * jnp.where(x < 0.5, x, 0.5))
    return jnp.where(x < 0.5, left, -jnp.log(2 * (1 - jnp.where(x < 0.5, 0.5, x))))


class Laplace(LocationScale):
    r"""Laplace distributions.

    .. math:: p(x) = \frac{1}{2 b} \exp \left( -\frac{|x - \mu|}{b} \right)

    Args:
        loc: float array, the means :math:`\mu`.
        scale: float array, the mean distances from the mean, :math:`b`.

    >>> D.Laplace(np.zeros(1), np.ones(1)).prob(np.zeros(1)).array
    array([0.5])
    """

    _kind = "laplace"
    _noise_dtype = np.float32  # whatever the dtype of the parameters: as in Chainer

    def cdf(self, x):
        return _laplace_cdf(self._standard(x))

    def icdf(self, x):
        return self._moved(_laplace_icdf(self._point(x)))

    def prob(self, x):
        return F.exp(-abs(self._standard(x))) * 0.5 / self.scale

    def log_prob(self, x):
        return -abs(self._standard(x)) - self._log_scale - math.log(2)

    @cached_property
    def entropy(self):
        return self._log_scale + (1 + math.log(2))

    @cached_property
    def mean(self):
        return self.loc

    @cached_property
    def mode(self):
        return self.loc

    @cached_property
    def stddev(self):
        return math.sqrt(2) * self.scale

    @cached_property
    def variance(self):
        return 2 * self.scale**2


@register_kl(Laplace, Laplace)
def _kl_laplace_laplace(dist1, dist2):
    distance = abs(dist1.loc - dist2.loc)
    near = dist1.scale * F.exp(-distance / dist1.scale)
    return dist2._log_scale - dist1._log_scale + (distance + near) / dist2.scale - 1
