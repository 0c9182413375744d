"""Matrices with given singular values."""

import numpy as np
from numpy import broadcast_to as _broadcast_to  # the name that tests of Chainer look for


def generate_matrix(shape, dtype=float, *, singular_values=None):
    """A random matrix, or an array of them.

    Args:
        shape: the last two axes are the matrix.
        dtype: a float or complex one.
        singular_values: real and at least zero; broadcast to ``(*shape[:-2], min(shape[-2:]))``.

    >>> np.linalg.svd(generate_matrix((2, 3), singular_values=[2, 1]))[1]
    array([2., 1.])
    """
    dtype = np.dtype(dtype)
    if len(shape) < 2:
        raise ValueError(f"generate_matrix: expected a shape of two axes or more, got {shape}")
    if dtype.kind not in "fc":
        raise TypeError(f"generate_matrix: expected a float or complex dtype, got {dtype}")
    if singular_values is None:
        raise TypeError("generate_matrix: expected singular_values, got none")
    values = np.asarray(singular_values)
    if values.dtype.kind == "c":
        raise TypeError(f"generate_matrix: expected real singular_values, got {values.dtype}")
    if (values < 0).any():
        raise ValueError(f"generate_matrix: expected singular_values of at least 0, got {values}")
    values = _broadcast_to(values, (*shape[:-2], min(shape[-2:])))
    if 0 in shape:
        return np.empty(shape, dtype)
    a = np.random.randn(*shape)
    if dtype.kind == "c":
        a = a + 1j * np.random.randn(*shape)
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return ((u * values[..., None, :]) @ vh).astype(dtype)
