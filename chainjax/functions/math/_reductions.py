"""Functions that sum axes away."""

import jax.numpy as jnp

from ...differentiable import differentiable
from ...variable import as_variable
from .._args import axes_of
from .._check import expect, expect_axis, expect_floating


@differentiable(node="Sum", path="math.sum", attrs=("axis", "keepdims"), static=("axis", "keepdims"))
def sum(x, axis=None, keepdims=False):
    """Sum along axes.

    Args:
        x: float array of any shape.
        axis: an int, a tuple of ints, or ``None`` for all. Static.
        keepdims: leave the axes with length 1. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.

    >>> F.sum(np.float32([[1, 2], [3, 4]]), axis=0).array
    array([4., 6.], dtype=float32)
    """
    return jnp.sum(x, _axes("sum", x, axis), keepdims=keepdims)


def _axes(who, x, axis):
    expect_floating(who, x=x)
    if axis is not None:
        axes_of(axis, 1 << 30)  # wrong types and duplicates are told of before what is out of range, as in Chainer
        expect_axis(who, x.ndim, axis)
    return axes_of(axis, x.ndim)


@differentiable(node="Mean", path="math.average", attrs=("axis", "keepdims"), static=("axis", "keepdims"))
def _mean(x, axis=None, keepdims=False):
    return jnp.mean(x, _axes("average", x, axis), keepdims=keepdims)


def average(x, axis=None, weights=None, keepdims=False):
    r"""Mean along axes, weighted or not: :math:`\sum_i w_i x_i / \sum_i w_i`.

    Args:
        x: float array of any shape.
        axis: an int, a tuple of ints, or ``None`` for all. Static.
        weights: array of the length of ``axis``, or of the shape of ``x`` where that is ``None``; ``None`` for equal weights.
        keepdims: leave the axes with length 1. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.
        ValueError: an axis named twice, or several with weights.

    >>> float(F.average(np.float32([1, 2]), weights=np.float32([3, 1])).array)
    1.25
    """
    if weights is None:
        return _mean(x, axis, keepdims)
    axes = axes_of(axis, x.ndim)
    if axis is not None and len(axes) > 1:
        raise ValueError("average: weights go along one axis; give an int, or None for weights of the shape of x")
    return _weighted_mean(x, weights, axis if axis is None else axes[0], keepdims)


@differentiable(node="WeightedMean", path="math.average", retain=(0, 1), static=("axis", "keepdims"))
def _weighted_mean(x, weights, axis=None, keepdims=False):
    expect_floating("average", x=x, weights=weights)
    fits = weights.shape == x.shape if axis is None else weights.shape == x.shape[axis : axis + 1]
    expect(fits, "average", "weights that fit x", x=x, weights=weights)
    total = weights.sum()
    if axis is not None:
        weights = weights.reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    return (x * weights).sum(axis, keepdims=keepdims) / total


def sum_to(x, shape):
    """Sum along the axes that broadcasting to ``x`` from ``shape`` repeated: the opposite of ``broadcast_to``.

    >>> F.sum_to(np.ones((2, 3), "f"), (1, 3)).array
    array([[2., 2., 2.]], dtype=float32)
    """
    return as_variable(x) if x.shape == shape else _sum_to(x, tuple(shape))


@differentiable(node="SumTo", path="math.sum", attrs=("shape",), static=("shape",))
def _sum_to(x, shape):
    extra = x.ndim - len(shape)
    fits = extra >= 0 and all(b in (1, a) for a, b in zip(x.shape[max(extra, 0) :], shape, strict=False))
    expect(fits, "sum_to", f"a shape that {shape} broadcasts to", x=x)
    repeated = tuple(i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1)
    return jnp.sum(x, tuple(range(extra)) + repeated, keepdims=True).reshape(shape)
