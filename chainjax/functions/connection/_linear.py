"""Products of vectors with matrices that belong to a link."""

import math

import numpy as np

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_floating, expect_ndim, expect_same_dtype


@differentiable(node="LinearFunction", path="connection.linear", retain=(0, 1), static=("n_batch_axes",))
def linear(x, W, b=None, n_batch_axes=1):
    r"""Affine map of vectors, :math:`y = x W^\top + b`.

    Args:
        x: float array ``(*batch, ...)``; what follows the batch axes is one vector of length ``n``.
        W: float array ``(m, n)``.
        b: float array ``(m,)`` of the dtype of ``x``, or ``None``.
        n_batch_axes: how many batch axes ``x`` has. Static.

    Returns:
        Variable ``(*batch, m)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        ValueError: ``n_batch_axes`` is below 1.

    >>> F.linear(np.float32([[1, 2]]), np.float32([[3, 4], [5, 6]]), np.float32([0, 1])).array
    array([[11., 18.]], dtype=float32)
    """
    if n_batch_axes < 1:
        raise ValueError(f"linear: expected n_batch_axes at least 1, got {n_batch_axes}")
    expect_floating("linear", x=x, W=W)
    expect_ndim("linear", 2, W=W)
    batch, n = x.shape[:n_batch_axes], math.prod(x.shape[n_batch_axes:])
    expect(
        x.ndim > n_batch_axes and n == W.shape[1],
        "linear",
        f"x with vectors of length {W.shape[1]} after {n_batch_axes} batch axes, to fit W",
        x=x,
        W=W,
    )
    y = _product(x.reshape(*batch, n), W)
    if b is not None:
        expect_same_dtype("linear", x=x, b=b)
        expect(b.shape == W.shape[:1], "linear", f"b of shape {W.shape[:1]}, to fit W", b=b, W=W)
        y = y + jnp.broadcast_to(b, y.shape)
    return y


def _product(x, W):
    dtype = np.promote_types(x.dtype, W.dtype)
    return jnp.matmul(x.astype(dtype), W.astype(dtype).T).astype(x.dtype)
