"""Distributions whose bounds are parameters."""

import math

import numpy as np

from .. import functions as F
from ..distribution import register_kl
from ..utils.argument import parse_kwargs
from ..utils.cache import cached_property
from ._family import Parametric, given, inside, log_density


class Uniform(Parametric):
    r"""Uniform distributions.

    .. math:: p(x) = \frac{1}{b - a} \text{ if } a \le x \le b, \text{ else } 0

    Args:
        low: float array, the lower bounds :math:`a`.
        high: float array, the upper bounds :math:`b`.
        loc: the lower bounds, if ``low`` and ``high`` are not given.
        scale: the widths :math:`b - a`, likewise.

    >>> D.Uniform(low=np.array([1.0]), high=np.array([3.0])).mean.array
    array([2.])
    """

    support = "[low, high]"

    def __init__(self, **kwargs):
        bounds = dict(zip(_BOUNDS, parse_kwargs(kwargs, *[(name, None) for name in _BOUNDS]), strict=True))
        pairs = [names for names in (_BOUNDS[:2], _BOUNDS[2:]) if all(bounds[name] is not None for name in names)]
        if len(pairs) != 1:
            got = ", ".join([name for name in _BOUNDS if bounds[name] is not None]) or "nothing"
            raise ValueError(f"Uniform: expected either low and high or loc and scale, got {got}")
        self._names = pairs[0]
        super().__init__(**{name: bounds[name] for name in self._names})

    @given
    def low(self):
        return self.loc

    @given
    def high(self):
        return self.loc + self.scale

    @given
    def loc(self):
        return self.low

    @given
    def scale(self):
        return self.high - self.low

    def cdf(self, x):
        return F.clip((self._point(x) - self.loc) / self.scale, 0.0, 1.0)

    def icdf(self, x):
        return self._point(x) * self.scale + self.loc

    def log_prob(self, x):
        x = self._point(x)
        return inside(-F.log(self.scale), x - self.low, self.high - x, otherwise=-math.inf)

    def sample_n(self, n):
        return self.icdf(self._noise("uniform", n))

    @cached_property
    def entropy(self):
        return F.log(self.scale)

    @cached_property
    def mean(self):
        return (self.high + self.low) / 2

    @cached_property
    def stddev(self):
        return F.sqrt(self.variance)

    @cached_property
    def variance(self):
        return self.scale**2 / 12


_BOUNDS = ("low", "high", "loc", "scale")


@register_kl(Uniform, Uniform)
def _kl_uniform_uniform(dist1, dist2):
    return inside(F.log(dist2.scale) - F.log(dist1.scale), dist1.low - dist2.low, dist2.high - dist1.high, otherwise=math.inf)


class Pareto(Parametric):
    r"""Pareto distributions.

    .. math:: p(x) = \frac{\alpha m^\alpha}{x^{\alpha + 1}} \text{ if } x \ge m, \text{ else } 0

    Args:
        scale: float array, the lower bounds :math:`m`. Gradients flow through draws to them, and not to ``alpha``.
        alpha: float array, the exponents :math:`\alpha`.

    >>> D.Pareto(np.array([1.0, 1.0]), np.array([1.0, 3.0])).mean.array
    array([inf, 1.5])
    """

    scale, alpha = given(), given()
    _names = ("scale", "alpha")
    support = "[scale, inf]"

    def __init__(self, scale, alpha):
        super().__init__(scale=scale, alpha=alpha)

    @cached_property
    def _log_scale(self):
        return F.log(self.scale)

    @cached_property
    def _log_alpha(self):
        return F.log(self.alpha)

    def log_prob(self, x):
        def formula(x):
            return self._log_alpha + self.alpha * self._log_scale - (self.alpha + 1) * F.log(x)

        x = self._point(x)
        return log_density(formula, x, x - self.scale)

    def sample_n(self, n):
        alpha = self.alpha
        excess = self._constant_draws("pareto", n, lambda shape: np.random.pareto(alpha._peek(), shape), (alpha,), alpha.dtype, _excess)
        return self.scale * (excess + 1)

    @cached_property
    def entropy(self):
        return self._log_scale - self._log_alpha + 1 / self.alpha + 1

    @cached_property
    def mean(self):
        return inside(self.alpha * self.scale / (self.alpha - 1), self.alpha - 1, otherwise=math.inf)

    @cached_property
    def variance(self):
        variance = self.scale**2 * self.alpha / (self.alpha - 1) ** 2 / (self.alpha - 2)
        return inside(variance, self.alpha - 2, otherwise=math.inf)


def _excess(draws, dtype):
    """NumPy's draws from JAX's: those start at 0, these at 1."""
    return (draws - 1).astype(dtype)


@register_kl(Pareto, Pareto)
def _kl_pareto_pareto(dist1, dist2):
    logs = dist1._log_alpha - dist2._log_alpha + dist2.alpha * (dist1._log_scale - dist2._log_scale)
    return inside(logs + dist2.alpha / dist1.alpha - 1, dist1.scale - dist2.scale, otherwise=math.inf)
