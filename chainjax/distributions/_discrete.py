"""Distributions of counts and classes. No gradient flows through their draws, nor to the points of their probabilities."""

import math

import numpy as np

import jax.numpy as jnp

from .. import functions as F
from ..differentiable import differentiable
from ..distribution import register_kl
from ..functions._check import expect_broadcastable, expect_floating, expect_in_range, on_host
from ..utils.argument import parse_kwargs
from ..utils.cache import cached_property
from ._family import Parametric, constant, expect_one, given, inside, xlogy


class Discrete(Parametric):
    """What has probabilities of single points."""

    def _point(self, x):
        return constant(super()._point(x))


@differentiable(node="BernoulliLogProb", constant=(1,))
def _bernoulli_log_prob(logit, x):
    expect_floating("log_prob", logit=logit)
    expect_broadcastable("log_prob", logit=logit, x=x)
    logit, x = jnp.broadcast_arrays(logit, x.astype(logit.dtype))
    certain = jnp.isinf(logit)
    finite = jnp.where(certain, 0, logit)
    # Where one outcome is certain, infinities of both signs would be added.
    outcome = jnp.where(certain, jnp.where(logit > 0, x, 1 - x), 1)
    return jnp.where(certain, jnp.log(outcome), x * finite - jnp.logaddexp(finite, 0))


class Bernoulli(Discrete):
    r"""Bernoulli distributions, of 0 and 1.

    .. math:: P(x) = p^x (1 - p)^{1 - x}

    Args:
        p: float array, the probabilities of 1.
        logit: the logits :math:`\log p - \log(1 - p)` instead.
        binary_check: let what is neither 0 nor 1 have probability 0; otherwise the formula is applied to it.

    >>> D.Bernoulli(np.array([0.25])).prob(np.array([0])).array
    array([0.75])
    """

    _names = ("logit",)
    support = "{0, 1}"

    def __init__(self, p=None, logit=None, binary_check=False):
        expect_one("Bernoulli", p=p, logit=logit)
        super().__init__(p=p, logit=logit)
        self.binary_check = binary_check

    @given
    def p(self):
        return F.sigmoid(self.logit)

    @given
    def logit(self):
        return F.log(self.p) - F.log1p(-self.p)

    def _checked(self, y, x, otherwise):
        return inside(y, -abs(x * (1 - x)), otherwise=otherwise) if self.binary_check else y

    def prob(self, x):
        x = self._point(x)
        return self._checked(x * self.p + (1 - x) * (1 - self.p), x, 0.0)

    def log_prob(self, x):
        x = self._point(x)
        return self._checked(_bernoulli_log_prob(self.logit, x), x, -math.inf)

    def sample_n(self, n):
        p = self.p
        return self._constant_draws("bernoulli", n, lambda shape: np.random.binomial(1, p._peek(), size=shape), (p,), np.int64)

    @property
    def entropy(self):
        return -xlogy(self.p, self.p) - xlogy(1 - self.p, 1 - self.p)

    @cached_property
    def mean(self):
        return self.p

    @cached_property
    def stddev(self):
        return self.variance**0.5

    @cached_property
    def variance(self):
        return self.p * (1 - self.p)


@register_kl(Bernoulli, Bernoulli)
def _kl_bernoulli_bernoulli(dist1, dist2):
    return dist1.p * (dist1.logit - dist2.logit) - F.softplus(dist1.logit) + F.softplus(dist2.logit)


class Geometric(Discrete):
    r"""Geometric distributions: of the number of the first success.

    .. math:: P(x) = p (1 - p)^{x - 1}

    Args:
        p: float array, the probabilities of success.

    >>> D.Geometric(np.array([0.25])).mean.array
    array([4.])
    """

    p = given()
    _names = ("p",)
    support = "positive integer"

    def __init__(self, p):
        super().__init__(p=p)

    @cached_property
    def _log_p(self):
        return F.log(self.p)

    @cached_property
    def _log_q(self):
        return F.log1p(-self.p)

    def log_prob(self, x):
        return (self._point(x) - 1) * self._log_q + self._log_p

    def sample_n(self, n):
        p = self.p
        return self._constant_draws("geometric", n, lambda shape: np.random.geometric(p._peek(), size=shape), (p,), p.dtype)

    @cached_property
    def mean(self):
        return 1 / self.p

    @cached_property
    def variance(self):
        return (1 - self.p) / self.p**2


@register_kl(Geometric, Geometric)
def _kl_geometric_geometric(dist1, dist2):
    return (1 / dist1.p - 1) * (dist1._log_q - dist2._log_q) + dist1._log_p - dist2._log_p


class Poisson(Discrete):
    r"""Poisson distributions.

    .. math:: P(x) = \frac{\lambda^x e^{-\lambda}}{x!}

    Args:
        lam: float array, the means :math:`\lambda`. Draws are float32 whatever its dtype, as in Chainer.

    >>> D.Poisson(np.array([2.0])).log_prob(np.array([0])).array
    array([-2.])
    """

    lam = given()
    _names = ("lam",)
    support = "non negative integer"

    def __init__(self, lam):
        super().__init__(lam=lam)

    def log_prob(self, x):
        x = self._point(x)
        return xlogy(x, self.lam) - F.lgamma(x + 1) - self.lam

    def sample_n(self, n):
        lam = self.lam
        return self._constant_draws("poisson", n, lambda shape: np.random.poisson(lam._peek(), size=shape), (lam,), np.float32)

    @cached_property
    def mean(self):
        return self.lam

    @cached_property
    def variance(self):
        return self.lam


@register_kl(Poisson, Poisson)
def _kl_poisson_poisson(dist1, dist2):
    return dist1.lam * (F.log(dist1.lam) - F.log(dist2.lam)) - dist1.lam + dist2.lam


class Classes(Discrete):
    """What draws one of ``k`` classes, by probabilities ``p (*batch, k)``."""

    _names = ("p",)

    @given
    def p(self):
        return F.exp(self.log_p)

    @cached_property
    def log_p(self):
        """Logarithms of the probabilities."""
        logit = self._given.get("logit")
        return F.log(self.p) if logit is None else F.log_softmax(logit, axis=-1)

    def _classes(self, n):
        """``n`` draws of the numbers of classes, ``(n, *batch)``."""
        return self._constant_draws("categorical", n, lambda shape: _choices(self.p._peek(), shape), (self.log_p,), np.int64)


def _choices(p, shape):
    """What ``numpy.random.choice`` draws from one row of probabilities after the other, as in Chainer, by a tenth of the time."""
    rows = p.reshape(-1, p.shape[-1]).astype(float)
    total = rows.sum(axis=1)
    if not (np.all(rows >= 0) and np.all(abs(total - 1) <= np.finfo(p.dtype).eps ** 0.5)):
        raise ValueError(f"sample: expected probabilities that add to 1, got some from {rows.min()} on that add to {total}")
    bounds = rows.cumsum(axis=1)
    bounds /= bounds[:, -1:]
    draws = np.random.random_sample((len(rows), shape[0]))
    return np.stack([b.searchsorted(u, side="right") for b, u in zip(bounds, draws, strict=True)], 1).reshape(shape)


def _kl_of_classes(dist1, dist2):
    return F.sum(dist1.p * (dist1.log_p - dist2.log_p), axis=-1)


@differentiable(node="SelectItem")
def _of_classes(log_p, x):
    expect_broadcastable("log_prob", batch=log_p[..., 0], x=x)
    shape = jnp.broadcast_shapes(log_p.shape[:-1], x.shape)
    log_p, x = jnp.broadcast_to(log_p, (*shape, log_p.shape[-1])), jnp.broadcast_to(x, shape)
    return jnp.take_along_axis(log_p, x[..., None], axis=-1)[..., 0]


class Categorical(Classes):
    r"""Categorical distributions, of numbers of classes.

    .. math:: P(x) = p_x

    Args:
        p: float array ``(*batch, k)``, the probabilities of the ``k`` classes.
        logit: their logarithms instead, which need not be normalised.

    >>> D.Categorical(np.array([[0.25, 0.75]])).log_prob(np.array([1])).array.round(4)
    array([-0.2877])
    """

    event_shape = ()

    def __init__(self, p=None, **kwargs):
        (logit,) = parse_kwargs(kwargs, ("logit", None))
        expect_one("Categorical", p=p, logit=logit)
        super().__init__(p=p, logit=logit)

    @property
    def batch_shape(self):
        return self._first.shape[:-1]

    def log_prob(self, x):
        host = on_host(x)
        x = F.cast(constant(x), np.int32) if host is None else host.astype(np.int32)
        with expect_in_range("log_prob", "classes", x, self.log_p, -1):
            return _of_classes(self.log_p, x)

    def sample_n(self, n):
        return self._classes(n)

    @cached_property
    def entropy(self):
        return -F.sum(xlogy(self.p, self.p), axis=-1)


register_kl(Categorical, Categorical)(_kl_of_classes)


class OneHotCategorical(Classes):
    r"""Categorical distributions, of rows with a single 1.

    .. math:: P(x) = \prod_i p_i^{x_i}

    Args:
        p: float array ``(*batch, k)``, the probabilities of the ``k`` classes.

    >>> D.OneHotCategorical(np.array([[0.25, 0.75]])).log_prob(np.array([[0, 1]])).array.round(4)
    array([-0.2877])
    """

    _event_ndim = 1

    def __init__(self, p):
        super().__init__(p=p)

    def log_prob(self, x):
        return F.sum(xlogy(self._point(x), self.p), axis=-1)

    def sample_n(self, n):
        return F.embed_id(self._classes(n), self._here(np.eye(self.event_shape[0], dtype=self.p.dtype)))

    @cached_property
    def mean(self):
        return self.p

    @cached_property
    def variance(self):
        return self.p * (1 - self.p)


register_kl(OneHotCategorical, OneHotCategorical)(_kl_of_classes)
