"""Activations that choose among units."""

from .._check import expect, expect_axis
from ..array import reshape
from ..math import max


def maxout(x, pool_size, axis=1):
    r"""The largest of every ``pool_size`` neighbours along an axis. If several are equal, each gets the whole gradient.

    Args:
        x: float array ``(*s)``.
        pool_size: how many numbers become one. Static.
        axis: the axis of the numbers, of a length that ``pool_size`` divides. Static.

    Returns:
        Variable of the dtype of ``x``, ``pool_size`` times shorter along ``axis``.

    Raises:
        InvalidType: ``pool_size`` does not divide the length, or there is no such axis.
        ValueError: ``pool_size`` is not above 0.

    Source: Goodfellow, Warde-Farley, Mirza, Courville, Bengio 2013, arXiv:1302.4389.

    >>> F.maxout(np.float32([[1, 2, 4, 3]]), 2).array
    array([[2., 4.]], dtype=float32)
    """
    if pool_size <= 0:
        raise ValueError(f"maxout: expected pool_size above 0, got {pool_size}")
    expect_axis("maxout", x.ndim, axis)
    axis %= x.ndim
    expect(x.shape[axis] % pool_size == 0, "maxout", f"a length that {pool_size} divides along axis {axis}", x=x)
    shape = (*x.shape[:axis], x.shape[axis] // pool_size, pool_size, *x.shape[axis + 1 :])
    return max(reshape(x, shape), axis + 1)
