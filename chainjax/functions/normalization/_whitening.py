"""Normalisation over a batch that takes correlations out as well."""

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax

from ...backends._cell import Cell
from ...config import config
from ...differentiable import differentiable
from ...utils.argument import parse_kwargs
from .._check import expect, expect_floating, expect_same_dtype
from ._batch import advance, cell_of_statistics


def decorrelated_batch_normalization(x, **kwargs):
    r"""Make channels of mean 0, variance 1 and no correlation over a batch: :math:`y = (\Sigma + \epsilon I)^{-1/2} (x - \mu)`.

    Args:
        x: float array ``(n, c, *s)``.
        groups: into how many groups the channels are divided; only within a group correlations are taken out. Static.
        eps: what is added to variances. Traced, as ``decay``.
        running_mean: array ``(groups, c / groups)`` that is changed in place towards the mean, or ``None``.
        running_projection: the same for the matrix, ``(groups, c / groups, c / groups)``.
        decay: how much of the running statistics stays.

    Returns:
        Variable of the shape and dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point, or its channels are no multiple of ``groups``.

    Source: Huang, Yang, Lang, Deng 2018, arXiv:1804.08450.

    >>> F.decorrelated_batch_normalization(np.float32([[1, 0], [3, 0]]), groups=1, eps=1e-6).array.round(3)
    array([[-1.,  0.],
           [ 1.,  0.]], dtype=float32)
    """
    groups, eps, mean, projection, decay = parse_kwargs(
        kwargs, ("groups", 16), ("eps", 2e-5), ("running_mean", None), ("running_projection", None), ("decay", 0.9)
    )
    y, statistics = _decorrelated(x, groups, eps)
    if mean is not None or projection is not None:
        # Statistics that nobody keeps go nowhere.
        cells = [
            Cell(np.zeros(v.shape, v.dtype)) if a is None else cell_of_statistics(a)
            for a, v in zip((mean, projection), statistics, strict=True)
        ]
        advance(cells, statistics, decay, x.size // x.shape[1])
    return y


@differentiable(
    node="DecorrelatedBatchNormalization",
    path="normalization.decorrelated_batch_normalization",
    attrs=("groups", "eps", "mean", "projection", "decay"),
    static=("groups",),
    states=2,
)
def _decorrelated(x, groups, eps=2e-5):
    who = "decorrelated_batch_normalization"
    expect_floating(who, x=x)
    expect(x.ndim >= 2 and x.shape[1] % groups == 0, who, f"x with a multiple of {groups} channels", x=x)
    x_hat = _grouped(x.astype(np.promote_types(x.dtype, np.float32)), groups)  # LAPACK has no half precision
    mean = x_hat.mean(2)
    x_hat = x_hat - mean[..., None]
    covariance = (
        x_hat @ x_hat.mT / x_hat.shape[2] + (jnp.asarray(eps).astype(x_hat.dtype) * jnp.eye(x_hat.shape[1], dtype=x_hat.dtype))[None]
    )
    projection = _inverse_root(covariance)
    y = _ungrouped(projection @ x_hat, x.shape).astype(x.dtype)
    return y, *[lax.stop_gradient(a.astype(x.dtype)) for a in (mean, projection)]


def _grouped(x, groups):
    """``(n, c, *s)`` as ``(groups, c / groups, n * s)``."""
    return jnp.moveaxis(x, 1, 0).reshape(groups, x.shape[1] // groups, x.size // x.shape[1])


def _ungrouped(y, shape):
    return jnp.moveaxis(y.reshape(shape[1], shape[0], *shape[2:]), 0, 1)


# The gradient of an eigenvector divides by differences of eigenvalues, which may be 0. That of the root does not: it solves an equation
# that has one solution, and so does the gradient of that solution. (Rules for tangents would be lost in a gradient of a gradient.)
@jax.custom_vjp
def _inverse_root(a):
    """``a ** -0.5`` of symmetric positive matrices."""
    values, vectors = jnp.linalg.eigh(a)
    return vectors * (values**-0.5)[..., None, :] @ vectors.mT


def _inverse_root_forward(a):
    y = _inverse_root(a)
    return y, (a, y)


def _inverse_root_backward(saved, gy):
    a, y = saved
    return (-_halved(a @ y, y @ gy @ y),)


_inverse_root.defvjp(_inverse_root_forward, _inverse_root_backward)


@jax.custom_vjp
def _halved(s, c):
    """The solution of ``s x + x s = c`` for symmetric positive matrices ``s``."""
    values, vectors = jnp.linalg.eigh(s)
    return vectors @ (vectors.mT @ c @ vectors / (values[..., :, None] + values[..., None, :])) @ vectors.mT


def _halved_forward(s, c):
    x = _halved(s, c)
    return x, (s, x)


def _halved_backward(saved, gx):
    s, x = saved
    gc = _halved(s, gx)
    return -(gc @ x.mT + x.mT @ gc), gc


_halved.defvjp(_halved_forward, _halved_backward)


def fixed_decorrelated_batch_normalization(x, mean, projection, groups=16):
    r"""Take out given means and correlations: :math:`y = P (x - \mu)`.

    Args:
        x: float array ``(n, c, *s)``.
        mean: array ``(groups, c / groups)`` of the dtype of ``x``.
        projection: array ``(groups, c / groups, c / groups)`` of the dtype of ``x``.
        groups: into how many groups the channels are divided. Static.

    Returns:
        Variable of the shape and dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Differs from Chainer: its gradients of ``mean`` (of one element of the batch) and ``projection`` are wrong.

    >>> F.fixed_decorrelated_batch_normalization(np.float32([[1, 3]]), np.ones((1, 2), "f"), 2 * np.eye(2, dtype="f")[None], groups=1).array
    array([[0., 4.]], dtype=float32)
    """
    if config.type_check:  # gradient checks go without, to widen x alone
        expect_same_dtype("fixed_decorrelated_batch_normalization", x=x, mean=mean, projection=projection)
    return _fixed(x, mean, projection, groups)


@differentiable(
    node="FixedDecorrelatedBatchNormalization",
    path="normalization.decorrelated_batch_normalization",
    attrs=("groups",),
    retain=(0, 1, 2),
    static=("groups",),
)
def _fixed(x, mean, projection, groups):
    who = "fixed_decorrelated_batch_normalization"
    expect_floating(who, x=x)
    size = x.shape[1] // groups if x.ndim >= 2 and x.shape[1] % groups == 0 else None
    fits = mean.shape == (groups, size) and projection.shape == (groups, size, size)
    expect(fits, who, f"x with {groups} groups of channels, and mean and projection of them", x=x, mean=mean, projection=projection)
    wide = np.promote_types(x.dtype, np.promote_types(mean.dtype, projection.dtype))
    x_hat = _grouped(x.astype(wide), groups) - mean.astype(wide)[..., None]
    return _ungrouped(projection.astype(wide) @ x_hat, x.shape)
