"""Axes of a batch as axes of an event."""

import math

import numpy as np

from .. import functions as F
from ..distribution import Distribution, kl_divergence, register_kl
from ..utils.cache import cached_property


class Independent(Distribution):
    """Distributions of a batch as one distribution of independent numbers: the last axes of the batch become axes of the event.

    Args:
        distribution: what has the batch.
        reinterpreted_batch_ndims: how many axes; all but the first unless given.

    >>> dist = D.Independent(D.Normal(np.zeros((2, 3)), np.ones((2, 3))))
    >>> dist.batch_shape, dist.event_shape, dist.log_prob(np.zeros((2, 3))).shape
    ((2,), (3,), (2,))
    """

    def __init__(self, distribution, reinterpreted_batch_ndims=None):
        super().__init__()
        ndim = len(distribution.batch_shape)
        n = max(0, ndim - 1) if reinterpreted_batch_ndims is None else reinterpreted_batch_ndims
        if not 0 <= n <= ndim:
            raise ValueError(f"Independent: expected reinterpreted_batch_ndims of 0 to {ndim}, the axes of the batch, got {n}")
        self._distribution, self._n = distribution, n

    @property
    def distribution(self):
        """What has the batch."""
        return self._distribution

    @property
    def reinterpreted_batch_ndims(self):
        """How many axes of the batch are axes of the event."""
        return self._n

    @property
    def batch_shape(self):
        shape = self._distribution.batch_shape
        return shape[: len(shape) - self._n]

    @property
    def event_shape(self):
        shape = self._distribution.batch_shape
        return shape[len(shape) - self._n :] + self._distribution.event_shape

    @property
    def params(self):
        return self._distribution.params

    @property
    def support(self):
        return self._distribution.support

    def sample_n(self, n):
        return self._distribution.sample_n(n)

    def _over_event(self, reduce, y):
        return reduce(y, axis=tuple(range(-self._n, 0)))

    def prob(self, x):
        return self._over_event(F.prod, self._distribution.prob(x))

    def log_prob(self, x):
        return self._over_event(F.sum, self._distribution.log_prob(x))

    def cdf(self, x):
        return self._over_event(F.prod, self._distribution.cdf(x))

    def log_cdf(self, x):
        return self._over_event(F.sum, self._distribution.log_cdf(x))

    def survival_function(self, x):
        return self._over_event(F.prod, self._distribution.survival_function(x))

    def log_survival_function(self, x):
        return self._over_event(F.sum, self._distribution.log_survival_function(x))

    def perplexity(self, x):
        return self._over_event(F.prod, self._distribution.perplexity(x))

    def icdf(self, x):
        """There is none: many points have one probability."""
        raise RuntimeError("Independent: the cdf of several numbers has no inverse")

    @property
    def mean(self):
        return self._distribution.mean

    @property
    def mode(self):
        return self._distribution.mode

    @property
    def variance(self):
        return self._distribution.variance

    @property
    def stddev(self):
        return self._distribution.stddev

    @property
    def entropy(self):
        return self._over_event(F.sum, self._distribution.entropy)

    @cached_property
    def covariance(self):
        """The covariance matrices of flattened events: those of the independent parts, on a diagonal."""
        batch = self.batch_shape
        n, d = math.prod(self._distribution.batch_shape[len(batch) :]), math.prod(self._distribution.event_shape)
        parts = F.reshape(self._distribution.covariance, (*batch, n, d, 1, d))
        diagonal = parts.device.send(np.eye(n, dtype=parts.dtype).reshape(n, 1, n, 1))
        return F.reshape(parts * diagonal, (*batch, n * d, n * d))


@register_kl(Independent, Independent)
def _kl_independent_independent(dist1, dist2):
    parts1, parts2 = dist1.distribution, dist2.distribution
    if dist1.event_shape != dist2.event_shape:
        raise ValueError(f"kl_divergence: expected events of one shape, got {dist1.event_shape} and {dist2.event_shape}")
    if parts1.event_shape != parts2.event_shape:
        raise NotImplementedError(
            f"kl_divergence of Independent: the independent parts are of shapes {parts1.event_shape} and {parts2.event_shape}, "
            "between which nothing is known"
        )
    return dist1._over_event(F.sum, kl_divergence(parts1, parts2))
