"""Losses of regressions."""

import numpy as np

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect_alike, expect_choice
from .._kinks import magnitude


@differentiable(node="MeanSquaredError", path="loss.mean_squared_error", retain=(0, 1))
def mean_squared_error(x0, x1):
    r"""Mean of the squared differences, :math:`\frac{1}{n} \sum_i (x_{0i} - x_{1i})^2`.

    Args:
        x0: float array, any shape.
        x1: float array of the same shape and dtype.

    Returns:
        Variable of shape ``()`` and the dtype of ``x0``.

    Raises:
        InvalidType: shapes or dtypes differ, or are not floating point.

    >>> float(F.mean_squared_error(np.float32([1, 2]), np.float32([1, 4])).array)
    2.0
    """
    expect_alike("mean_squared_error", x0=x0, x1=x1)
    difference = (x0 - x1).ravel()
    return jnp.asarray(difference @ difference / difference.size, x0.dtype)


@differentiable(node="MeanAbsoluteError", path="loss.mean_absolute_error")
def mean_absolute_error(x0, x1):
    r"""Mean of the absolute differences, :math:`\frac{1}{n} \sum_i |x_{0i} - x_{1i}|`, with gradient 0 where they are 0.

    Args:
        x0: float array, any shape.
        x1: float array of the same shape and dtype.

    Returns:
        Variable of shape ``()`` and the dtype of ``x0``.

    Raises:
        InvalidType: shapes or dtypes differ, or are not floating point.

    >>> float(F.mean_absolute_error(np.float32([1, 2]), np.float32([1, 4])).array)
    1.0
    """
    expect_alike("mean_absolute_error", x0=x0, x1=x1)
    # In float32 at least: the sum of many half-precision terms would overflow.
    wide = np.promote_types(x0.dtype, np.float32)
    return (magnitude(x0 - x1).astype(wide).sum() / x0.size).astype(x0.dtype)


@differentiable(node="AbsoluteError", path="loss.absolute_error")
def absolute_error(x0, x1):
    r"""Absolute difference of ``x0`` and ``x1``, float arrays of one shape and dtype, elementwise: :math:`|x_0 - x_1|`.

    The gradient is 0 where they are equal.

    >>> F.absolute_error(np.float32([1, 2]), np.float32([1, 4])).array
    array([0., 2.], dtype=float32)
    """
    expect_alike("absolute_error", x0=x0, x1=x1)
    return magnitude(x0 - x1)


@differentiable(node="SquaredError", path="loss.squared_error", retain=(0, 1))
def squared_error(x0, x1):
    r"""Squared difference of ``x0`` and ``x1``, float arrays of one shape and dtype, elementwise: :math:`(x_0 - x_1)^2`.

    >>> F.squared_error(np.float32([1, 2]), np.float32([1, 4])).array
    array([0., 4.], dtype=float32)
    """
    expect_alike("squared_error", x0=x0, x1=x1)
    return (x0 - x1) ** 2


def squared_difference(x1, x2):
    """:func:`squared_error` of ``x1`` and ``x2`` by another name.

    >>> F.squared_difference(np.float32([1, 2]), np.float32([1, 4])).array
    array([0., 4.], dtype=float32)
    """
    return squared_error(x1, x2)


def huber_loss(x, t, delta, reduce="sum_along_second_axis"):
    r"""Half the square of small differences :math:`d = x - t`, linear in large ones.

    .. math:: \frac{1}{2} d^2 \text{ if } |d| \le \delta, \text{ else } \delta (|d| - \frac{1}{2} \delta)

    Args:
        x: float array ``(n, m, *s)``.
        t: float array of the same shape and dtype.
        delta: number where the one becomes the other. Traced: changing it does not recompile.
        reduce: ``"sum_along_second_axis"``, or ``"no"`` for one loss per element. Static.

    Returns:
        Variable of the dtype of ``x``, of shape ``(n, *s)`` or that of ``x``.

    Raises:
        InvalidType: shapes or dtypes differ, or are not floating point.

    Source: Huber 1964, Robust estimation of a location parameter.

    >>> F.huber_loss(np.float32([[1, 4]]), np.float32([[0, 0]]), delta=2).array
    array([6.5], dtype=float32)
    """
    expect_choice("huber_loss", "reduce", reduce, "sum_along_second_axis", "no")
    return _huber_loss(x, t, delta, reduce)


@differentiable(node="HuberLoss", path="loss.huber_loss", attrs=("delta", "reduce"), retain=(0, 1), static=("reduce",))
def _huber_loss(x, t, delta=1.0, reduce="no"):
    expect_alike("huber_loss", x=x, t=t)
    delta = jnp.asarray(delta).astype(x.dtype)
    clipped = jnp.clip(x - t, -delta, delta)
    # c (d - c / 2) is both cases at once, and of no square that overflows.
    losses = clipped * (x - t - clipped / 2)
    return losses if reduce == "no" else losses.sum(axis=1)
