"""Functions that choose elements, and the opposite: adding to those chosen."""

import jax.numpy as jnp

from ...backends._index import parse, taken
from ...differentiable import differentiable
from .._check import expect, expect_broadcastable, expect_in_range, expect_integer, expect_same_dtype, value_now


def select_item(x, t):
    """One element of each row, :math:`y_i = x_{i, t_i}`.

    Args:
        x: array ``(n, m)``.
        t: integer array ``(n,)``.

    Returns:
        Variable ``(n,)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        OutOfRange: an index is not below ``m`` (an ``IndexError`` and ``ValueError``).

    >>> F.select_item(np.float32([[1, 2], [3, 4]]), np.int32([1, 0])).array
    array([2., 3.], dtype=float32)
    """
    with expect_in_range("select_item", "t", t, x, 1):
        return _select_item(x, t)


@differentiable(node="SelectItem", path="array.select_item", retain=(1,))
def _select_item(x, t):
    expect_integer("select_item", t=t)
    expect(x.ndim == 2 and t.shape == x.shape[:1], "select_item", "x (n, m) and t (n,)", x=x, t=t)
    return jnp.take_along_axis(x, t[:, None], axis=1)[:, 0]


def scatter_add(a, slices, b):
    """``a`` with ``b`` added to ``a[slices]``; what is named several times is added to several times.

    Args:
        a: array of any shape.
        slices: an index as of :func:`get_item`. Where a slice starts and the numbers in ints and arrays are traced.
        b: array of the dtype of ``a`` and the shape of ``a[slices]``.

    Returns:
        Variable of the shape of ``a``.

    Raises:
        TooManyIndices: more than axes (an ``IndexError`` and ``InvalidType``).
        OutOfRange: one is out of range (an ``IndexError`` and ``ValueError``).
        ValueError: ``b`` is not of the shape of ``a[slices]``.

    >>> F.scatter_add(np.zeros(3, "f"), np.int32([0, 2, 2]), np.float32([1, 2, 3])).array
    array([1., 0., 5.], dtype=float32)
    """
    form, starts, arrays = parse("scatter_add", a.shape, slices)
    return _scatter_add(a, b, arrays, starts, form)


@differentiable(node="ScatterAdd", integers=True, path="array.scatter_add", attrs=("slices",), static=("form",))
def _scatter_add(a, b, arrays=0, starts=0, form=()):
    expect_same_dtype("scatter_add", a=a, b=b)
    places = taken(jnp.arange(a.size).reshape(a.shape), arrays, starts, form)
    if places.shape != b.shape:
        raise ValueError(f"scatter_add: expected b of shape {places.shape}, got {b.shape}; broadcast_to makes it one")
    return a.ravel().at[places.ravel()].add(b.ravel()).reshape(a.shape)


def where(condition, x, y):
    """Elements of ``x`` where a condition holds, else of ``y``.

    Args:
        condition: array of booleans. Traced.
        x: array of any dtype.
        y: array of the same dtype; the shapes broadcast together.

    Returns:
        Variable of that dtype.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> F.where(np.array([True, False]), np.float32([1, 2]), np.float32([3, 4])).array
    array([1., 4.], dtype=float32)
    """
    return _where(x, y, value_now(condition))


@differentiable(node="Where", integers=True, path="array.where", attrs=("condition",))
def _where(x, y, condition=0):
    expect(condition.dtype == bool, "where", "condition to be boolean", condition=condition)
    expect_same_dtype("where", x=x, y=y)
    expect_broadcastable("where", condition=condition, x=x, y=y)
    return jnp.where(*jnp.broadcast_arrays(condition, x, y))
