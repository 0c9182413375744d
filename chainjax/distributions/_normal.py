"""The normal distribution and what is made of it."""

import math

import numpy as np

import jax

from .. import functions as F
from ..differentiable import differentiable
from ..distribution import kl_divergence, register_kl
from ..functions._check import expect, expect_floating, expect_same_dtype
from ..functions.math._elementwise import wide
from ..utils.argument import parse_kwargs
from ..utils.cache import cached_property
from ..variable import as_variable
from ._family import Parametric, expect_one, given
from ._location_scale import LocationScale

#: Minus the logarithm of the density of the standard normal distribution at 0.
_LOG_NORM = 0.5 * math.log(2 * math.pi)


class Normal(LocationScale):
    r"""Normal distributions.

    .. math:: p(x) = \frac{1}{\sqrt{2 \pi \sigma^2}} \exp \left( -\frac{(x - \mu)^2}{2 \sigma^2} \right)

    Args:
        loc: float array, the means :math:`\mu`.
        scale: float array, the standard deviations :math:`\sigma`.
        log_scale: their logarithms instead.

    >>> D.Normal(np.zeros(1), np.ones(1)).cdf(np.array([0.0])).array
    array([0.5])
    """

    _kind = "normal"

    def __init__(self, loc, scale=None, **kwargs):
        (log_scale,) = parse_kwargs(kwargs, ("log_scale", None))
        expect_one("Normal", scale=scale, log_scale=log_scale)
        Parametric.__init__(self, loc=loc, scale=scale, log_scale=log_scale)

    @given
    def scale(self):
        return F.exp(self.log_scale)

    @given
    def log_scale(self):
        return F.log(self.scale)

    def cdf(self, x):
        return F.ndtr(self._standard(x))

    def icdf(self, x):
        return self._moved(F.ndtri(self._point(x)))

    def log_cdf(self, x):
        return F.log_ndtr(self._standard(x))

    def survival_function(self, x):
        return F.ndtr(-self._standard(x))

    def log_survival_function(self, x):
        return F.log_ndtr(-self._standard(x))

    def prob(self, x):
        return F.exp(-0.5 * self._standard(x) ** 2) * math.exp(-_LOG_NORM) / self.scale

    def log_prob(self, x):
        return -0.5 * self._standard(x) ** 2 - self.log_scale - _LOG_NORM

    @cached_property
    def entropy(self):
        return self.log_scale + (_LOG_NORM + 0.5)

    @cached_property
    def mean(self):
        return self.loc

    @cached_property
    def stddev(self):
        return self.scale

    @cached_property
    def variance(self):
        return self.scale**2


@register_kl(Normal, Normal)
def _kl_normal_normal(dist1, dist2):
    spread = (dist1.scale**2 + (dist1.loc - dist2.loc) ** 2) / dist2.scale**2
    return dist2.log_scale - dist1.log_scale + 0.5 * spread - 0.5


class LogNormal(Parametric):
    r"""Log-normal distributions, of what has a normal logarithm.

    .. math:: p(x) = \frac{1}{\sqrt{2 \pi \sigma^2} x} \exp \left( -\frac{(\log x - \mu)^2}{2 \sigma^2} \right)

    Args:
        mu: float array, the means :math:`\mu` of the logarithms.
        sigma: float array, the standard deviations :math:`\sigma` of the logarithms.

    >>> D.LogNormal(np.zeros(1), np.ones(1)).mean.array.round(4)
    array([1.6487])
    """

    mu, sigma = given(), given()
    _names = ("mu", "sigma")
    support = "positive"

    def __init__(self, mu, sigma):
        super().__init__(mu=mu, sigma=sigma)

    @cached_property
    def _log(self):
        return Normal(self.mu, self.sigma)

    def log_prob(self, x):
        log_x = F.log(self._point(x))
        return self._log.log_prob(log_x) - log_x

    def sample_n(self, n):
        return F.exp(self._log.sample_n(n))

    @cached_property
    def entropy(self):
        return self._log.entropy + self.mu

    @cached_property
    def mean(self):
        return F.exp(self.mu + 0.5 * self.sigma**2)

    @cached_property
    def variance(self):
        return self.mean**2 * F.expm1(self.sigma**2)


@register_kl(LogNormal, LogNormal)
def _kl_log_normal_log_normal(dist1, dist2):
    return kl_divergence(dist1._log, dist2._log)


@differentiable(node="TriangularSolve", static=("lower",))
def _triangular_solve(b, a, lower=True):
    """The solution ``x`` of ``a x = b``, of whose ``a (..., n, n)`` one triangle is looked at."""
    expect_floating("triangular_solve", a=a, b=b)
    expect_same_dtype("triangular_solve", a=a, b=b)
    expect(a.ndim >= 2 and a.shape[-1] == a.shape[-2], "triangular_solve", "square matrices", a=a)
    expect(b.shape[:-1] == a.shape[:-1], "triangular_solve", "as many rows as the matrices have", a=a, b=b)
    return wide(lambda b, a: jax.lax.linalg.triangular_solve(a, b.astype(a.dtype), left_side=True, lower=lower))(b, a) if b.size else b


def _triangular_inv(x, lower=True):
    x = as_variable(x)
    return _triangular_solve(x.device.send(np.eye(x.shape[-1], dtype=x.dtype)), x, lower)


class MultivariateNormal(Parametric):
    r"""Multivariate normal distributions.

    .. math::
        p(x) = \frac{1}{\sqrt{\det(2 \pi V)}} \exp \left( -\frac{1}{2} (x - \mu)^\top V^{-1} (x - \mu) \right), \quad V = L L^\top

    Args:
        loc: float array ``(*batch, d)``, the means :math:`\mu`.
        scale_tril: float array ``(*batch, d, d)``, lower triangular matrices :math:`L`; required.

    >>> D.MultivariateNormal(np.zeros((1, 2), "f"), scale_tril=2 * np.eye(2, dtype="f")[None]).covariance.array
    array([[[4., 0.],
            [0., 4.]]], dtype=float32)
    """

    loc, scale_tril = given(), given()
    _names = ("loc", "scale_tril")
    _event_ndim = 1
    support = "real"

    def __init__(self, loc, **kwargs):
        (scale_tril,) = parse_kwargs(kwargs, ("scale_tril", None))
        if scale_tril is None:
            raise ValueError("MultivariateNormal: expected scale_tril, got none; for a covariance matrix that is its F.cholesky")
        super().__init__(loc=loc, scale_tril=scale_tril)

    @property
    def d(self):
        """The number of dimensions of a draw."""
        return self.scale_tril.shape[-1]

    @cached_property
    def _logdet_scale(self):
        return F.sum(F.log(abs(F.diagonal(self.scale_tril, axis1=-2, axis2=-1))), axis=-1)

    def _distance(self, difference):
        """Half the squared Mahalanobis distances of differences ``(*sample, *batch, d)``."""
        n_batch = len(self.batch_shape) + 1
        rows = F.reshape(difference, (-1, *difference.shape[difference.ndim - n_batch :]))
        white = _triangular_solve(F.moveaxis(rows, 0, -1), self.scale_tril)
        return 0.5 * F.reshape(F.moveaxis(F.sum(white**2, axis=-2), -1, 0), difference.shape[:-1])

    def log_prob(self, x):
        return -self._distance(self._point(x) - self.loc) - self._logdet_scale - _LOG_NORM * self.d

    def sample_n(self, n):
        noise = F.expand_dims(self._noise("normal", n), -1)
        return self.loc + F.squeeze(F.matmul(self.scale_tril, noise), axis=-1)

    @cached_property
    def entropy(self):
        return self._logdet_scale + (_LOG_NORM + 0.5) * self.d

    @cached_property
    def mean(self):
        return self.loc

    @property
    def covariance(self):
        return F.matmul(self.scale_tril, self.scale_tril, transb=True)


@register_kl(MultivariateNormal, MultivariateNormal)
def _kl_multivariate_normal_multivariate_normal(dist1, dist2):
    trace = F.sum(_triangular_solve(dist1.scale_tril, dist2.scale_tril) ** 2, axis=(-2, -1))
    return dist2._logdet_scale - dist1._logdet_scale + 0.5 * (trace - dist1.d) + dist2._distance(dist1.loc - dist2.loc)
