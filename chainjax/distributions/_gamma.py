"""The gamma distribution, its special cases, and proportions of gamma distributed amounts."""

import math

import numpy as np

from .. import functions as F
from ..distribution import kl_divergence, register_kl
from ..utils.cache import cached_property
from ._family import Parametric, given, log_density, xlogy


class GammaLike(Parametric):
    """What has a gamma distribution of shape ``_k``, stretched by ``_scale``, both Variables or numbers."""

    support = "positive"
    _log_scale = None

    def log_prob(self, x):
        def formula(x):
            return xlogy(self._k - 1, x) - x / self._scale - self._k * self._log_scale - F.lgamma(self._k)

        x = self._point(x)
        return log_density(formula, x, x)

    @cached_property
    def entropy(self):
        return self._k + self._log_scale + F.lgamma(self._k) + (1 - self._k) * F.digamma(self._k)


class Gamma(GammaLike):
    r"""Gamma distributions.

    .. math:: p(x) = \frac{x^{k - 1} e^{-x / \theta}}{\Gamma(k) \theta^k}

    Args:
        k: float array, the shapes :math:`k`.
        theta: float array, the scales :math:`\theta`. Gradients flow through draws to them, and not to ``k``.

    >>> D.Gamma(np.full(1, 3.0), np.full(1, 2.0)).variance.array
    array([12.])
    """

    k, theta = given(), given()
    _names = ("k", "theta")

    def __init__(self, k, theta):
        super().__init__(k=k, theta=theta)

    @property
    def _k(self):
        return self.k

    @property
    def _scale(self):
        return self.theta

    @cached_property
    def _log_scale(self):
        return F.log(self.theta)

    def sample_n(self, n):
        k = self.k
        return self.theta * self._constant_draws("gamma", n, lambda shape: np.random.gamma(k._peek(), size=shape), (k,), k.dtype)

    @cached_property
    def mean(self):
        return self.k * self.theta

    @cached_property
    def variance(self):
        return self.mean * self.theta


@register_kl(Gamma, Gamma)
def _kl_gamma_gamma(dist1, dist2):
    return (
        (dist1.k - dist2.k) * F.digamma(dist1.k)
        - F.lgamma(dist1.k)
        + F.lgamma(dist2.k)
        + dist2.k * (dist2._log_scale - dist1._log_scale)
        + dist1.k * (dist1.theta / dist2.theta - 1)
    )


class Chisquare(GammaLike):
    r"""Chi-squared distributions: of the sum of :math:`k` squared standard normal numbers.

    .. math:: p(x) = \frac{x^{k / 2 - 1} e^{-x / 2}}{2^{k / 2} \Gamma(k / 2)}

    Args:
        k: float array, the degrees of freedom :math:`k`. No gradient flows to them through draws.

    >>> D.Chisquare(np.full(1, 3.0)).variance.array
    array([6.])
    """

    k = given()
    _names = ("k",)
    _scale, _log_scale = 2.0, math.log(2)

    def __init__(self, k):
        super().__init__(k=k)

    @cached_property
    def _k(self):
        return 0.5 * self.k

    def sample_n(self, n):
        k = self.k
        return self._constant_draws("chisquare", n, lambda shape: np.random.chisquare(k._peek(), shape), (k,), k.dtype)

    @cached_property
    def mean(self):
        return self.k

    @cached_property
    def variance(self):
        return 2 * self.k


class Exponential(Parametric):
    r"""Exponential distributions.

    .. math:: p(x) = \lambda e^{-\lambda x}

    Args:
        lam: float array, the rates :math:`\lambda`.

    >>> D.Exponential(np.full(1, 2.0)).mean.array
    array([0.5])
    """

    lam = given()
    _names = ("lam",)
    support = "positive"

    def __init__(self, lam):
        super().__init__(lam=lam)

    @cached_property
    def _log_lam(self):
        return F.log(self.lam)

    def cdf(self, x):
        return -F.expm1(-self.lam * self._point(x))

    def icdf(self, x):
        return -F.log1p(-self._point(x)) / self.lam

    def log_prob(self, x):
        x = self._point(x)
        return log_density(lambda x: self._log_lam - self.lam * x, x, x)

    def sample_n(self, n):
        return self._noise("exponential", n) / self.lam

    @cached_property
    def entropy(self):
        return 1 - self._log_lam

    @cached_property
    def mean(self):
        return 1 / self.lam

    @cached_property
    def variance(self):
        return self.mean**2


@register_kl(Exponential, Exponential)
def _kl_exponential_exponential(dist1, dist2):
    return dist1._log_lam - dist2._log_lam + dist2.lam / dist1.lam - 1


class Dirichlet(Parametric):
    r"""Dirichlet distributions, of proportions.

    .. math:: p(x) = \frac{\Gamma(\sum_i \alpha_i)}{\prod_i \Gamma(\alpha_i)} \prod_i x_i^{\alpha_i - 1}

    Args:
        alpha: float array ``(*batch, k)``, the concentrations :math:`\alpha`. No gradient flows to them through draws, which are float32
            on ``@numpy`` whatever the dtype, as in Chainer.

    >>> D.Dirichlet(np.array([[1.0, 2.0, 5.0]])).mean.array
    array([[0.125, 0.25 , 0.625]])
    """

    alpha = given()
    _names = ("alpha",)
    _event_ndim = 1
    support = "[0, 1]"

    def __init__(self, alpha):
        super().__init__(alpha=alpha)

    @cached_property
    def alpha0(self):
        """The sums of the concentrations."""
        return F.sum(self.alpha, axis=-1)

    @cached_property
    def _log_beta(self):
        return F.sum(F.lgamma(self.alpha), axis=-1) - F.lgamma(self.alpha0)

    def log_prob(self, x):
        return F.sum(xlogy(self.alpha - 1, self._point(x)), axis=-1) - self._log_beta

    def sample_n(self, n):
        def host(shape):
            rows = self.alpha._peek().reshape(-1, *self.event_shape)
            return np.stack([np.random.dirichlet(row, n) for row in rows], 1).reshape(shape + self.event_shape)

        return self._constant_draws("dirichlet", n, host, (self.alpha,), np.float32)

    @cached_property
    def entropy(self):
        each = F.sum((self.alpha - 1) * F.digamma(self.alpha), axis=-1)
        return self._log_beta + (self.alpha0 - self.event_shape[0]) * F.digamma(self.alpha0) - each

    @cached_property
    def mean(self):
        return self.alpha / F.expand_dims(self.alpha0, -1)

    @cached_property
    def variance(self):
        return self.mean * (1 - self.mean) / (F.expand_dims(self.alpha0, -1) + 1)


@register_kl(Dirichlet, Dirichlet)
def _kl_dirichlet_dirichlet(dist1, dist2):
    expected = F.digamma(dist1.alpha) - F.expand_dims(F.digamma(dist1.alpha0), -1)
    return dist2._log_beta - dist1._log_beta + F.sum((dist1.alpha - dist2.alpha) * expected, axis=-1)


class Beta(Parametric):
    r"""Beta distributions, of one of two proportions.

    .. math:: p(x) = \frac{\Gamma(\alpha + \beta)}{\Gamma(\alpha) \Gamma(\beta)} x^{\alpha - 1} (1 - x)^{\beta - 1}

    Args:
        a: float array, the concentrations :math:`\alpha` of the proportion.
        b: float array, the concentrations :math:`\beta` of the rest. No gradients flow to them through draws.

    >>> D.Beta(np.array([1.0]), np.array([3.0])).mean.array
    array([0.25])
    """

    a, b = given(), given()
    _names = ("a", "b")
    support = "[0, 1]"

    def __init__(self, a, b):
        super().__init__(a=a, b=b)

    @cached_property
    def _pair(self):
        return Dirichlet(F.stack(F.broadcast(self.a, self.b), axis=-1))

    def log_prob(self, x):
        x = self._point(x)
        return log_density(lambda x: self._pair.log_prob(F.stack((x, 1 - x), axis=-1)), x, x, 1 - x)

    def sample_n(self, n):
        a, b = self.a, self.b
        return self._constant_draws("beta", n, lambda shape: np.random.beta(a._peek(), b._peek(), size=shape), (a, b), a.dtype)

    @cached_property
    def entropy(self):
        return self._pair.entropy

    @cached_property
    def mean(self):
        return self.a / self._pair.alpha0

    @cached_property
    def variance(self):
        return self._pair.variance[..., 0]


@register_kl(Beta, Beta)
def _kl_beta_beta(dist1, dist2):
    return kl_divergence(dist1._pair, dist2._pair)
