"""Random draws that gradients go through: the parameters of the distribution stand apart from the noise."""

import numpy as np

import jax.numpy as jnp

from ...differentiable import differentiable
from ...utils.argument import parse_kwargs
from ...variable import as_variable
from .._check import expect, expect_axis, expect_floating, expect_same_dtype, value_now
from .._draw import draw, in_dtype
from ..activation import softmax


def gaussian(mean, ln_var, **kwargs):
    r"""Draws from normal distributions: :math:`y = \mu + e^{v / 2} \epsilon`, elementwise, where :math:`v` is the log variance.

    On ``@numpy`` the noise is drawn by ``numpy.random.standard_normal``, so a seed of NumPy gives the same as in Chainer.

    Args:
        mean: float array ``(*s)``.
        ln_var: array ``(*s)`` of logarithms of variances.
        eps: the noise :math:`\epsilon` to use instead, an array ``(*s)``.
        return_eps: give ``(y, eps)``.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``mean``.

    Raises:
        InvalidType: the arrays differ in shape or dtype, or are not floating point.

    Source: Kingma, Welling 2013, arXiv:1312.6114.

    >>> F.gaussian(np.float32([1, 2]), np.float32([0, 0]), eps=np.float32([1, -1])).array
    array([2., 1.], dtype=float32)
    """
    eps, return_eps = parse_kwargs(kwargs, ("eps", None), ("return_eps", False))
    if eps is None:
        shape, dtype = ln_var.shape, mean.dtype
        eps = draw(
            mean, lambda: np.asarray(np.random.standard_normal(shape)).astype(dtype), shape, in_dtype, "normal", dtype=np.dtype(dtype).name
        )
    y = _gaussian(mean, ln_var, value_now(eps))
    return (y, eps) if return_eps else y


@differentiable(node="Gaussian", path="noise.gaussian", attrs=("eps",), retain=(1,))
def _gaussian(mean, ln_var, eps=0):
    expect_floating("gaussian", mean=mean)
    expect_same_dtype("gaussian", mean=mean, ln_var=ln_var)
    expect(mean.shape == ln_var.shape == eps.shape, "gaussian", "mean, ln_var and noise of one shape", mean=mean, ln_var=ln_var, eps=eps)
    return mean + jnp.exp(ln_var * 0.5) * eps.astype(mean.dtype)


def gumbel_softmax(log_pi, tau=0.1, axis=1):
    r"""Draws from categorical distributions, made smooth: :math:`y = \mathrm{softmax}((\log \pi + g) / \tau)` with Gumbel noise :math:`g`.

    On ``@numpy`` the noise is drawn by ``numpy.random.gumbel``, so a seed of NumPy gives the same as in Chainer.

    Args:
        log_pi: float array ``(*s)`` of log probabilities, which need not be normalised.
        tau: the temperature: the lower, the nearer to draws of a single class. Traced.
        axis: the axis of the classes. Static.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``log_pi``; 1 for a scalar.

    Raises:
        InvalidType: ``log_pi`` is not floating point or has no such axis.

    Source: Jang, Gu, Poole 2016, arXiv:1611.01144.

    >>> float(F.gumbel_softmax(np.float32([[1, 2, 3]])).array.sum().round(3))
    1.0
    """
    log_pi = as_variable(log_pi)
    if log_pi.ndim < 1:
        return as_variable(log_pi.xp.ones((), log_pi.dtype))
    expect_floating("gumbel_softmax", log_pi=log_pi)
    expect_axis("gumbel_softmax", log_pi.ndim, axis)
    shape, dtype = log_pi.shape, log_pi.dtype
    noise = draw(log_pi, lambda: np.random.gumbel(size=shape).astype(dtype), shape, in_dtype, "gumbel", dtype=np.dtype(dtype).name)
    return softmax((log_pi + noise) / tau, axis)
