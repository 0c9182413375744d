"""Functions that turn arrays around, or read along their diagonals."""

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_axis, expect_floating


def flip(x, axis):
    """``x`` in reverse order along ``axis`` (static).

    Raises:
        InvalidType: ``x`` has no such axis.
        TypeError: ``axis`` is no int.

    >>> F.flip(np.float32([[1, 2], [3, 4]]), axis=0).array
    array([[3., 4.],
           [1., 2.]], dtype=float32)
    """
    if not isinstance(axis, int):
        raise TypeError(f"flip: expected axis to be an int, got {axis!r}")
    return _flipped(x, axis)


@differentiable(node="Flip", integers=True, path="array.flip", attrs=("axis",), static=("axis",))
def _flipped(x, axis):
    expect(x.ndim > 0, "flip", "x with at least one axis", x=x)
    expect_axis("flip", x.ndim, axis)
    return _flip(x, axis)


def _flip(array, axis):
    """Any array in reverse order along an axis."""
    return array[(slice(None),) * (axis % array.ndim) + (slice(None, None, -1),)]


Flip = _flipped.op.node_class


@differentiable(node="FlipLR", path="array.fliplr")
def fliplr(a):
    """Left to right: the float array ``a`` in reverse order along its second axis.

    >>> F.fliplr(np.float32([[1, 2], [3, 4]])).array
    array([[2., 1.],
           [4., 3.]], dtype=float32)
    """
    expect_floating("fliplr", a=a)
    expect(a.ndim >= 2, "fliplr", "a with at least two axes", a=a)
    return _flip(a, 1)


@differentiable(node="FlipUD", path="array.flipud")
def flipud(a):
    """Upside down: the float array ``a`` in reverse order along its first axis.

    >>> F.flipud(np.float32([[1, 2], [3, 4]])).array
    array([[3., 4.],
           [1., 2.]], dtype=float32)
    """
    expect_floating("flipud", a=a)
    expect(a.ndim >= 1, "flipud", "a with at least one axis", a=a)
    return _flip(a, 0)


@differentiable(
    node="Diagonal",
    integers=True,
    path="array.diagonal",
    attrs=("offset", "axis1", "axis2"),
    static=("offset", "axis1", "axis2"),
)
def diagonal(x, offset=0, axis1=0, axis2=1):
    """The diagonals of matrices that lie along two axes, as a new last axis.

    Args:
        x: array of any shape and dtype with at least two axes.
        offset: how far right of the main diagonal; below zero, how far below it. Static.
        axis1: the axis of the rows. Static.
        axis2: the axis of the columns. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` has no such axes.

    >>> F.diagonal(np.float32([[1, 2], [3, 4]])).array
    array([1., 4.], dtype=float32)
    """
    expect_axis("diagonal", x.ndim, (axis1, axis2))
    return jnp.diagonal(x, offset, axis1, axis2)
