"""Products of vectors with matrices that belong to a link."""

import math

import numpy as np

import jax.numpy as jnp

from ...differentiable import ALL, differentiable
from .._check import expect, expect_floating, expect_ndim, expect_same_dtype


@differentiable(node="LinearFunction", path="connection.linear", retain=(0, 1), static=("n_batch_axes",), by_row=(0,))
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
        y = y + jnp.broadcast_to(b, y.shape).astype(y.dtype)
    return y


def _product(x, W):
    dtype = np.promote_types(x.dtype, W.dtype)
    return jnp.matmul(x.astype(dtype), W.astype(dtype).T).astype(x.dtype)


def bilinear(e1, e2, W, V1=None, V2=None, b=None):
    r"""Bilinear map of pairs of vectors, :math:`y_l = \sum_{jk} e^1_j e^2_k W_{jkl} + \sum_j e^1_j V^1_{jl} + \sum_k e^2_k V^2_{kl} + b_l`.

    Args:
        e1: float array ``(n, ...)``, ``n`` vectors of length ``j``.
        e2: float array ``(n, ...)``, ``n`` vectors of length ``k``.
        W: float array ``(j, k, l)``.
        V1: float array ``(j, l)``, or ``None``; so all three or none.
        V2: float array ``(k, l)``, or ``None``.
        b: float array ``(l,)``, or ``None``.

    Returns:
        Variable ``(n, l)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        ValueError: some of ``V1``, ``V2`` and ``b`` are ``None``, but not all.

    Source: Socher, Chen, Manning, Ng 2013, Reasoning With Neural Tensor Networks for Knowledge Base Completion.

    >>> F.bilinear(np.float32([[1, 2]]), np.float32([[3]]), np.ones((2, 1, 1), "f")).array
    array([[9.]], dtype=float32)
    """
    if len({V is None for V in (V1, V2, b)}) > 1:
        raise ValueError("bilinear: expected all of V1, V2 and b, or none of them")
    return _bilinear(e1, e2, W, V1, V2, b)


@differentiable(node="BilinearFunction", path="connection.bilinear", retain=ALL)
def _bilinear(e1, e2, W, V1=None, V2=None, b=None):
    who, given = "bilinear", {"e1": e1, "e2": e2, "W": W}
    if V1 is not None:
        given.update(V1=V1, V2=V2, b=b)
    expect_floating(who, **given)
    expect_same_dtype(who, **given)
    expect_ndim(who, 3, W=W)
    j, k, n = W.shape
    expect(e1.ndim > 1 and math.prod(e1.shape[1:]) == j, who, f"e1 with vectors of length {j}, to fit W", e1=e1, W=W)
    expect(e2.ndim > 1 and math.prod(e2.shape[1:]) == k, who, f"e2 with vectors of length {k}, to fit W", e2=e2, W=W)
    expect(len(e1) == len(e2), who, "as many e1 as e2", e1=e1, e2=e2)
    e1, e2 = e1.reshape(len(e1), j), e2.reshape(len(e2), k)
    y = jnp.einsum("ij,ik,jkl->il", e1, e2, W)
    if V1 is None:
        return y
    expect(V1.shape == (j, n), who, f"V1 of shape {(j, n)}, to fit W", V1=V1, W=W)
    expect(V2.shape == (k, n), who, f"V2 of shape {(k, n)}, to fit W", V2=V2, W=W)
    expect(b.shape == (n,), who, f"b of shape {(n,)}, to fit W", b=b, W=W)
    return y + e1 @ V1 + e2 @ V2 + b[None]
