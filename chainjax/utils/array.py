"""Shapes and sums of arrays."""

import math
import warnings

import numpy as np


def force_array(x, dtype=None):
    """``x`` as an array: NumPy gives scalars where an operation on arrays without axes gives one number.

    >>> force_array(np.float32(2) * 3)
    array(6., dtype=float32)
    """
    if np.isscalar(x):
        return np.array(x, dtype)
    return x if dtype is None else x.astype(dtype, copy=False)


def force_type(dtype, value):
    """``value``, a number or an array, in ``dtype``."""
    return dtype.type(value) if np.isscalar(value) else value.astype(dtype, copy=False)


def size_of_shape(shape):
    """How many elements an array of ``shape`` has."""
    return int(math.prod(shape))


def sum_to(x, shape):
    """Sum an array over the axes that broadcasting from ``shape`` would have added or stretched.

    >>> sum_to(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    from ..variable import Variable  # it is built on this package

    if isinstance(x, Variable):
        raise TypeError("utils.sum_to: expected an array, got a Variable; use functions.sum_to")
    if x.shape == shape:
        return x
    lead = x.ndim - len(shape)
    stretched = tuple(lead + i for i, n in enumerate(shape) if n == 1)
    return x.sum(tuple(range(lead)) + stretched, keepdims=True).reshape(shape)


def as_vec(x):
    """``x.ravel()``; deprecated."""
    _deprecated("as_vec", "ravel")
    return x.ravel()


def as_mat(x):
    """``x`` with all axes but the first made one; deprecated."""
    _deprecated("as_mat", "reshape")
    return x.reshape(len(x), -1)


def empty_like(x):
    """An array of the shape, dtype and kind of ``x``; deprecated."""
    from ..backends._device import get_array_module

    _deprecated("empty_like", "empty_like")
    return get_array_module(x).empty_like(x)


def _deprecated(name, instead):
    warnings.warn(f"utils.array.{name} is deprecated; use {instead} of NumPy", DeprecationWarning, stacklevel=3)
