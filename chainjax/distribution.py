"""Probability distributions: what they can be asked, and how far one is from another."""

import math

import numpy as np

from . import backend


class Distribution:
    """A batch of probability distributions. Derive from it and define what it can be asked.

    The shape of samples has three parts: ``sample_shape``, the draws asked for; ``batch_shape``, distributions of different
    parameters; ``event_shape``, the numbers of one draw, which depend on each other. Probabilities have one number for each draw, so
    the shape ``sample_shape + batch_shape``. What a distribution does not define raises ``NotImplementedError``.

    >>> dist = D.MultivariateNormal(np.zeros((4, 2), "f"), scale_tril=np.ones((4, 2, 2), "f"))
    >>> dist.batch_shape, dist.event_shape, dist.sample((3, 5)).shape
    ((4,), (2,), (3, 5, 4, 2))
    """

    def _lacks(self, name):
        return NotImplementedError(f"{type(self).__name__} does not define {name}")

    # shapes and parameters ----------------------------------------------------------------------------------------------

    @property
    def batch_shape(self):
        """The shape of the batch, a tuple."""
        raise self._lacks("batch_shape")

    @property
    def event_shape(self):
        """The shape of one draw of one distribution, a tuple."""
        raise self._lacks("event_shape")

    @property
    def params(self):
        """The parameters: name = Variable."""
        raise self._lacks("params")

    @property
    def support(self):
        """Where draws can be, in words."""
        raise self._lacks("support")

    @property
    def xp(self):
        """The module of functions for the arrays of the parameters."""
        return backend.get_array_module(*self.params.values())

    # draws --------------------------------------------------------------------------------------------------------------

    def sample(self, sample_shape=()):
        """Draws.

        Args:
            sample_shape: how many, a tuple or an int.

        Returns:
            Variable of shape ``sample_shape + batch_shape + event_shape``. Gradients flow to parameters of location and scale.
        """
        shape = (int(sample_shape),) if isinstance(sample_shape, (int, np.integer)) else tuple(sample_shape)
        return self.sample_n(math.prod(shape)).reshape(shape + self.batch_shape + self.event_shape)

    def sample_n(self, n):
        """``n`` draws, a Variable ``(n,) + batch_shape + event_shape``; this is what derived classes define."""
        raise self._lacks("sample_n")

    # functions of a point -----------------------------------------------------------------------------------------------

    def prob(self, x):
        """The density, or the probability, at ``x``."""
        raise self._lacks("prob")

    def log_prob(self, x):
        """The logarithm of :meth:`prob`."""
        raise self._lacks("log_prob")

    def cdf(self, x):
        """The probability of ``x`` or less."""
        raise self._lacks("cdf")

    def icdf(self, x):
        """The quantile: where :meth:`cdf` is ``x``."""
        raise self._lacks("icdf")

    def log_cdf(self, x):
        """The logarithm of :meth:`cdf`."""
        raise self._lacks("log_cdf")

    def survival_function(self, x):
        """The probability of more than ``x``."""
        raise self._lacks("survival_function")

    def log_survival_function(self, x):
        """The logarithm of :meth:`survival_function`."""
        raise self._lacks("log_survival_function")

    def perplexity(self, x):
        """The perplexity at ``x``."""
        raise self._lacks("perplexity")

    # properties ---------------------------------------------------------------------------------------------------------

    @property
    def mean(self):
        """The mean."""
        raise self._lacks("mean")

    @property
    def mode(self):
        """Where the density is largest."""
        raise self._lacks("mode")

    @property
    def variance(self):
        """The variance."""
        raise self._lacks("variance")

    @property
    def stddev(self):
        """The standard deviation."""
        raise self._lacks("stddev")

    @property
    def covariance(self):
        """The covariance matrix of one draw."""
        raise self._lacks("covariance")

    @property
    def entropy(self):
        """The entropy, in nats."""
        raise self._lacks("entropy")


_divergences = {}


def register_kl(Dist1, Dist2):
    """A decorator: :func:`kl_divergence` of these two classes is the decorated function of two distributions.

    >>> class Certain(chainjax.Distribution):
    ...     entropy = 0.0
    >>> @chainjax.register_kl(Certain, Certain)
    ... def of_certain(dist1, dist2):
    ...     return 0.0 if dist1 is dist2 else np.inf
    >>> chainjax.kl_divergence(Certain(), Certain())
    inf
    """

    def register(divergence):
        _divergences[Dist1, Dist2] = divergence
        return divergence

    return register


def kl_divergence(dist1, dist2):
    r"""Kullback-Leibler divergence of ``dist2`` from ``dist1``.

    .. math:: D(p \| q) = \int p(x) \log \frac{p(x)}{q(x)} dx

    Args:
        dist1: the distribution :math:`p`.
        dist2: the distribution :math:`q`.

    Returns:
        Variable of the shape of the batch.

    Raises:
        KeyError: none is known for the two classes; :func:`register_kl` tells one.

    >>> chainjax.kl_divergence(D.Poisson(np.array([2.0])), D.Poisson(np.array([1.0]))).array.round(4)
    array([0.3863])
    """
    pair = type(dist1), type(dist2)
    if pair not in _divergences:
        names = ", ".join([cls.__name__ for cls in pair])
        raise KeyError(f"kl_divergence: none is known for ({names}); decorate a function with register_kl({names})")
    return _divergences[pair](dist1, dist2)


def cross_entropy(dist1, dist2):
    r"""Cross entropy, :math:`-\int p(x) \log q(x) dx`: the entropy of ``dist1`` and the divergence of ``dist2`` from it.

    Differs from Chainer, where ``entropy`` has to be a method and so none of its own distributions will do: both are taken.

    Args:
        dist1: the distribution :math:`p`.
        dist2: the distribution :math:`q`.

    Returns:
        Variable of the shape of the batch.

    Raises:
        KeyError: no divergence is known for the two classes.

    >>> chainjax.cross_entropy(D.Exponential(np.array([1.0])), D.Exponential(np.array([2.0]))).array.round(4)
    array([1.3069])
    """
    entropy = dist1.entropy
    return (entropy() if callable(entropy) else entropy) + kl_divergence(dist1, dist2)
