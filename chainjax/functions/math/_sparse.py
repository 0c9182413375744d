"""Products of a sparse matrix and a dense one."""

import numpy as np

import jax
import jax.numpy as jnp

from ...backends._array import ndarray
from ...differentiable import differentiable
from ...utils.sparse import CooMatrix
from ...variable import Variable
from .._check import expect, expect_floating, value_now


def sparse_matmul(a, b, transa=False, transb=False):
    """Product of two matrices, or of two batches of them, one of which is sparse.

    Args:
        a: ``CooMatrix`` or float array ``(l, m)``, ``(n, l, m)`` for a batch.
        b: float array or ``CooMatrix`` ``(m, k)``, ``(n, m, k)`` for a batch.
        transa: take the matrices of ``a`` transposed. Static.
        transb: take those of ``b`` so. Static.

    Returns:
        Variable ``(l, k)`` or ``(n, l, k)``, dense, in the wider dtype.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        ValueError: not one of the two is sparse and the other dense.

    >>> a = chainjax.utils.to_coo(np.float32([[0, 2], [3, 0]]))
    >>> F.sparse_matmul(a, np.float32([[1], [10]])).array
    array([[20.],
           [ 3.]], dtype=float32)
    """
    dense = (Variable, np.ndarray, ndarray, jax.Array)
    if isinstance(a, CooMatrix) and isinstance(b, dense):
        return _of(a, b, transa, transb, False)
    if isinstance(a, dense) and isinstance(b, CooMatrix):
        return _of(b, a, not transb, not transa, True)
    raise ValueError(f"sparse_matmul: expected a CooMatrix and an array or Variable, got {type(a).__name__} and {type(b).__name__}")


def _of(sparse, dense, transa, transb, transc):
    shape = tuple(map(int, sparse.shape))
    return _coo_matmul(sparse.data, dense, value_now(sparse.row), value_now(sparse.col), shape, sparse.order, transa, transb, transc)


@differentiable(
    node="CooMatMul",
    path="math.sparse_matmul",
    attrs=("sp_row", "sp_col", "sp_shape", "sp_order", "transa", "transb", "transc", "dtype"),
    retain=(0, 1),
    static=("sp_shape", "sp_order", "transa", "transb", "transc", "dtype"),
)
def _coo_matmul(sp, dn, sp_row=0, sp_col=0, sp_shape=None, sp_order="other", transa=False, transb=False, transc=False, dtype=None):
    """``sp`` at its places in matrices of ``sp_shape``, times ``dn``. Places below zero (padding) count for nothing."""
    who = "sparse_matmul"
    expect_floating(who, sp=sp, dn=dn)
    expect(dn.ndim == sp.ndim + 1, who, "both one matrix, or both a batch", sp=sp, dn=dn)
    row, col, shape = (sp_col, sp_row, sp_shape[::-1]) if transa else (sp_row, sp_col, sp_shape)
    dense = jnp.swapaxes(dn, -1, -2) if transb else dn
    expect(dense.shape[-2] == shape[1], who, f"matrices that fit the sparse {shape}", dn=dn)
    expect(dn.shape[:-2] == sp.shape[:-1], who, "as many sparse matrices as dense ones", sp=sp, dn=dn)
    dtype = dtype or np.promote_types(sp.dtype, dn.dtype)
    wide = np.promote_types(dtype, np.float32)  # a long sum in half precision would stop growing
    product = jax.vmap(_product, (0, 0, 0, 0, None)) if sp.ndim == 2 else _product
    y = product(sp.astype(wide), row, col, dense.astype(wide), shape[0]).astype(dtype)
    return jnp.swapaxes(y, -1, -2) if transc else y


def _product(data, row, col, dense, n_rows):
    there = row >= 0
    terms = jnp.where(there, data, 0)[:, None] * dense[jnp.where(there, col, 0)]
    return jnp.zeros((n_rows, dense.shape[1]), dense.dtype).at[jnp.where(there, row, 0)].add(terms)
