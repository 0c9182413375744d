"""Products of matrices and tensors, determinants, inverses, factors."""

import numbers
import warnings

import numpy as np

import jax
import jax.numpy as jnp

from ... import engine
from ...differentiable import differentiable
from .._check import expect, expect_floating, expect_ndim, on_host, value_now
from ..array._shape import reshape


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


def batch_matmul(a, b, transa=False, transb=False):
    """Product of two batches of matrices. Deprecated: ``matmul`` does it too.

    Args:
        a: float array ``(n, l, m)``, or ``(n, l)`` for matrices with one column.
        b: float array ``(n, m, k)``, or ``(n, m)`` for matrices with one column.
        transa: take the matrices of ``a`` transposed. Static.
        transb: take those of ``b`` so. Static.

    Returns:
        Variable ``(n, l, k)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> with warnings.catch_warnings(action="ignore"):
    ...     F.batch_matmul(np.float32([[1, 2]]), np.float32([[3, 4]]), transa=True).array
    array([[[11.]]], dtype=float32)
    """
    warnings.warn("batch_matmul is deprecated. Use matmul instead.", DeprecationWarning, stacklevel=2)
    return _batch_matmul(a, b, transa, transb)


@differentiable(node="BatchMatMul", path="math.matmul", attrs=("transa", "transb"), retain=(0, 1), static=("transa", "transb"))
def _batch_matmul(a, b, transa=False, transb=False):
    for name, x in (("a", a), ("b", b)):
        expect_floating("batch_matmul", **{name: x})
        expect(x.ndim in (2, 3), "batch_matmul", f"{name} with 2 or 3 axes", **{name: x})
    left, right = (x if x.ndim == 3 else x[..., None] for x in (a, b))
    left = jnp.swapaxes(left, 1, 2) if transa else left
    right = jnp.swapaxes(right, 1, 2) if transb else right
    fits = left.shape[2] == right.shape[1] and left.shape[0] == right.shape[0]
    expect(fits, "batch_matmul", "matrices that fit" + " (one transposed)" * (transa or transb), a=a, b=b)
    return jnp.matmul(left, right)


def tensordot(a, b, axes=2):
    """Sum of products over some axes of two arrays.

    Args:
        a: float array.
        b: float array.
        axes: how many of the last axes of ``a`` and the first of ``b``; or two sequences of as many ints, or two ints, to name those
            of ``a`` and of ``b``. Static.

    Returns:
        Variable with the other axes of ``a``, then those of ``b``, in the wider dtype.

    Raises:
        InvalidType: an array is not floating point.
        ValueError: the axes or their lengths do not fit.

    >>> F.tensordot(np.ones((2, 3), "f"), np.ones((4, 3), "f"), axes=(1, 1)).shape
    (2, 4)
    """
    if isinstance(axes, (list, tuple)):
        if len(axes) != 2:
            raise ValueError(f"tensordot: expected axes to be a pair, got {axes!r}")
        axes = tuple(tuple(map(int, side)) if isinstance(side, (list, tuple, range)) else (int(side),) for side in axes)
    elif not isinstance(axes, numbers.Integral):
        raise TypeError(f"tensordot: expected axes to be an int or a pair of sequences, got {axes!r}")
    return _tensordot(a, b, axes)


@differentiable(node="TensorDot", path="math.tensordot", attrs=("axes",), retain=(0, 1), static=("axes",))
def _tensordot(a, b, axes=2):
    expect_floating("tensordot", a=a, b=b)
    of_a, of_b = (tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))) if isinstance(axes, int) else axes
    if len(of_a) != len(of_b) or len(of_a) > min(a.ndim, b.ndim):
        raise ValueError(f"tensordot: expected as many axes of a as of b, no more than there are, got {axes} for {a.shape} and {b.shape}")
    if any(not -x.ndim <= i < x.ndim for x, side in ((a, of_a), (b, of_b)) for i in side):
        raise ValueError(f"tensordot: expected axes that a and b have, got {axes} for {a.shape} and {b.shape}")
    if any(a.shape[i] != b.shape[j] for i, j in zip(of_a, of_b, strict=True)):
        raise ValueError(f"tensordot: expected equal lengths along the axes {axes}, got {a.shape} and {b.shape}")
    dtype = np.promote_types(a.dtype, b.dtype)
    return jnp.tensordot(a.astype(dtype), b.astype(dtype), (of_a, of_b))


# Square matrices ----------------------------------------------------------------------------------------------------------------


def _square(who, ndim, a):
    expect_floating(who, a=a)
    expect_ndim(who, ndim, a=a)
    expect(a.shape[-1] == a.shape[-2], who, "square matrices", a=a)


def _wide(fn, a):
    """``fn`` in float32 at least: there are no factorisations in half precision."""
    return fn(a.astype(np.promote_types(a.dtype, np.float32))).astype(a.dtype)


def det(a):
    r"""Determinant of a matrix, :math:`\det A`. Its gradient is that of the polynomial, also where ``a`` is singular.

    Args:
        a: float array ``(n, n)``.

    Returns:
        Variable without axes, of the dtype of ``a``.

    Raises:
        InvalidType: ``a`` is no square matrix of floats.

    >>> float(F.det(np.float32([[2, 0], [0, 3]])).array)
    6.0
    """
    _square("det", 2, a)
    return reshape(batch_det(reshape(a, (1, *a.shape))), ())


@differentiable(node="BatchDet", path="math.det", retain=(0,), label="det")
def batch_det(a):
    r"""Determinants of a batch of matrices, :math:`\det A_i`.

    Args:
        a: float array ``(m, n, n)``.

    Returns:
        Variable ``(m,)`` of the dtype of ``a``.

    Raises:
        InvalidType: ``a`` is no batch of square matrices of floats.

    >>> F.batch_det(np.float32([[[2, 0], [0, 3]]])).array
    array([6.], dtype=float32)
    """
    _square("batch_det", 3, a)
    return _wide(jnp.linalg.det, a)


def inv(a):
    """Inverse of a matrix.

    Args:
        a: float array ``(n, n)``.

    Returns:
        Variable of the shape and dtype of ``a``.

    Raises:
        InvalidType: ``a`` is no square matrix of floats.
        ValueError: ``a`` is singular; at once where its numbers are on the host, else when the result is made.

    >>> F.inv(np.float32([[2, 0], [0, 4]])).array
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    return _factored(_inv, _regular, a, lambda: ValueError("inv: expected a regular matrix, got a singular one"))


def batch_inv(a):
    """Inverses of a batch of matrices.

    Args:
        a: float array ``(m, n, n)``.

    Returns:
        Variable of the shape and dtype of ``a``.

    Raises:
        InvalidType: ``a`` is no batch of square matrices of floats.
        ValueError: a matrix is singular; at once where the numbers are on the host, else when the result is made.

    >>> F.batch_inv(np.float32([[[2]], [[4]]])).array.ravel()
    array([0.5 , 0.25], dtype=float32)
    """
    return _factored(_batch_inv, _regular, a, lambda: ValueError("batch_inv: expected regular matrices, got a singular one"))


def cholesky(a):
    r"""Cholesky's factor of a symmetric matrix: the lower triangular :math:`L` with :math:`A = L L^\top`.

    Args:
        a: float array ``(n, n)``, positive definite. Its lower triangle is read; the gradient is symmetric.

    Returns:
        Variable of the shape and dtype of ``a``.

    Raises:
        InvalidType: ``a`` is no square matrix of floats.
        LinAlgError: ``a`` is not positive definite; at once where its numbers are on the host, else when the result is made.

    >>> F.cholesky(np.float32([[4, 2], [2, 2]])).array
    array([[2., 0.],
           [1., 1.]], dtype=float32)
    """
    return _factored(_cholesky, np.linalg.cholesky, a, lambda: np.linalg.LinAlgError("cholesky: expected a positive definite matrix"))


@differentiable(node="Inv", path="math.inv")
def _inv(a):
    _square("inv", 2, a)
    return _wide(jnp.linalg.inv, a)


@differentiable(node="BatchInv", path="math.inv")
def _batch_inv(a):
    _square("batch_inv", 3, a)
    return _wide(jnp.linalg.inv, a)


@differentiable(node="Cholesky", path="math.cholesky", label="cholesky")
def _cholesky(a):
    _square("cholesky", 2, a)
    # The numbers of the lower triangle alone, the gradient to both: that of the mean of the two.
    mean = (a + a.T) / 2
    lower = jnp.tril(a) + jnp.tril(a, -1).T
    return _wide(jnp.linalg.cholesky, mean + jax.lax.stop_gradient(lower - mean))


def _regular(a):
    if (np.linalg.slogdet(a).sign == 0).any():  # a third of the work of an inverse
        raise np.linalg.LinAlgError


def _factored(function, on_arrays, a, error):
    """``function(a)``; ``error()`` where it does not exist, which ``on_arrays`` tells of numbers on the host."""
    y, host = function(a), on_host(a)
    if host is not None:
        try:
            on_arrays(host.astype(np.promote_types(host.dtype, np.float32), copy=False))
        except np.linalg.LinAlgError:
            raise error() from None
        return y
    value, result = value_now(a), value_now(y)
    if value.aval.device is not engine.TRACED:
        engine.guard(engine.record(engine.signature_of(_does_not_exist, (), (value.aval, result.aval)), (value, result))[0], error)
    return y


def _does_not_exist(a, y):
    return jnp.isfinite(a).all() & ~jnp.isfinite(y).all()
