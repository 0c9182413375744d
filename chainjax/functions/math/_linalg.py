"""Products of matrices."""

import numpy as np

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_floating


@differentiable(node="MatMul", path="math.matmul", attrs=("transa", "transb"), retain=(0, 1), static=("transa", "transb"))
def matmul(a, b, transa=False, transb=False):
    """Product of matrices, or of vectors and matrices, with the rules of ``numpy.matmul``; leading axes are batches and broadcast.

    Args:
        a: float array ``(..., l, m)`` or ``(m,)``.
        b: float array ``(..., m, n)`` or ``(m,)``.
        transa: take ``a`` with its last two axes swapped. Static.
        transb: take ``b`` so. Static.

    Returns:
        Variable ``(..., l, n)``, without the axes of a vector.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> F.matmul(np.float32([[1, 2]]), np.float32([[3, 4]]), transb=True).array
    array([[11.]], dtype=float32)
    """
    expect_floating("matmul", a=a, b=b)
    expect(a.ndim >= 1 and b.ndim >= 1, "matmul", "arrays with axes", a=a, b=b)
    left = jnp.swapaxes(a, -1, -2) if transa and a.ndim > 1 else a
    right = jnp.swapaxes(b, -1, -2) if transb and b.ndim > 1 else b
    fits = left.shape[-1] == right.shape[-min(right.ndim, 2)]
    for x, y in zip(left.shape[:-2][::-1], right.shape[:-2][::-1], strict=False):
        fits = fits and (x == y or 1 in (x, y))
    expect(fits, "matmul", "matrices that fit" + " (one transposed)" * (transa or transb), a=a, b=b)
    dtype = np.promote_types(a.dtype, b.dtype)
    return jnp.matmul(left.astype(dtype), right.astype(dtype))
