"""Losses of variational autoencoders."""

import math

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect_broadcastable, expect_choice, expect_floating, expect_same_dtype
from ..math._operators import _operand


def _together(who, reduce, **arrays):
    expect_choice(who, "reduce", reduce, "sum", "mean", "no")
    expect_floating(who, **arrays)
    expect_same_dtype(who, **arrays)
    expect_broadcastable(who, **arrays)
    return jnp.broadcast_arrays(*arrays.values())


def _reduced(losses, reduce):
    return losses if reduce == "no" else losses.sum() if reduce == "sum" else losses.mean()


@differentiable(path="loss.vae", retain=(0,), static=("reduce",))
def gaussian_kl_divergence(mean, ln_var, reduce="sum"):
    r"""Kullback-Leibler divergence of normal distributions from the standard one.

    .. math:: \frac{1}{2} (\mu^2 + \sigma^2 - \ln \sigma^2 - 1)

    Args:
        mean: float array, the means.
        ln_var: float array of the same dtype, logarithms of the variances.
        reduce: ``"sum"``, ``"mean"``, or ``"no"`` for one number per element. Static.

    Returns:
        Variable of the dtype of ``mean``, of shape ``()`` or that of the arguments.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Kingma, Welling 2014, arXiv:1312.6114.

    >>> float(F.gaussian_kl_divergence(np.float32([1, 2]), np.float32([0, 0])).array)
    2.5
    """
    mean, ln_var = _together("gaussian_kl_divergence", reduce, mean=mean, ln_var=ln_var)
    return _reduced((mean**2 + jnp.exp(ln_var) - ln_var - 1) * 0.5, reduce)


def bernoulli_nll(x, y, reduce="sum"):
    r"""Negative log-likelihood of Bernoulli distributions, :math:`\ln(1 + e^y) - x y`.

    Args:
        x: array, 0 or 1, or probabilities.
        y: float array, of which the sigmoid is the mean.
        reduce: ``"sum"``, ``"mean"``, or ``"no"`` for one number per element. Static.

    Returns:
        Variable of the dtype of ``y``, of shape ``()`` or that of the arguments.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> F.bernoulli_nll(np.float32([0, 1]), np.float32([0, 1]), reduce="no").array.round(4)
    array([0.6931, 0.3133], dtype=float32)
    """
    return _bernoulli_nll(_operand(y, x), y, reduce)


@differentiable(path="loss.vae", node="BernoulliNll", retain=(0, 1), static=("reduce",))
def _bernoulli_nll(x, y, reduce="sum"):
    x, y = _together("bernoulli_nll", reduce, x=x, y=y)
    return _reduced(jnp.logaddexp(y, 0) - x * y, reduce)


def gaussian_nll(x, mean, ln_var, reduce="sum"):
    r"""Negative log-likelihood of normal distributions, :math:`\frac{1}{2} (\ln 2 \pi \sigma^2 + (x - \mu)^2 / \sigma^2)`.

    Args:
        x: array, what was seen.
        mean: float array, the means.
        ln_var: float array of the same dtype, logarithms of the variances.
        reduce: ``"sum"``, ``"mean"``, or ``"no"`` for one number per element. Static.

    Returns:
        Variable of the dtype of ``mean``, of shape ``()`` or that of the arguments.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> F.gaussian_nll(np.float32([0, 1]), np.float32([0, 0]), np.float32([0, 0]), reduce="no").array.round(4)
    array([0.9189, 1.4189], dtype=float32)
    """
    return _gaussian_nll(_operand(mean, x), mean, ln_var, reduce)


@differentiable(path="loss.vae", node="GaussianNll", retain=(0, 1, 2), static=("reduce",))
def _gaussian_nll(x, mean, ln_var, reduce="sum"):
    x, mean, ln_var = _together("gaussian_nll", reduce, x=x, mean=mean, ln_var=ln_var)
    return _reduced((ln_var + math.log(2 * math.pi) + (x - mean) ** 2 * jnp.exp(-ln_var)) / 2, reduce)
