"""The functions that make arrays on the current ``@jax`` device; what ``device.xp`` is there.

The rest of CuPy's namespace follows with the full array.
"""

import numpy as np

from .. import engine
from ._array import ndarray as ndarray

float16, float32, float64 = np.float16, np.float32, np.float64
int8, int16, int32, int64, uint8, bool_ = np.int8, np.int16, np.int32, np.int64, np.uint8, np.bool_
newaxis, inf, nan, pi = None, np.inf, np.nan, np.pi


def _here(array):
    from ._device import JaxDevice

    return (engine.thread().device or JaxDevice.parse("")).send_array(array)


def asarray(a, dtype=None):
    """``a`` as array of the current device, itself where it is one already."""
    if isinstance(a, ndarray):
        return a if dtype is None else a.astype(dtype, copy=False)
    return _here(np.asarray(a, dtype))


def array(a, dtype=None, copy=True):
    """A new array of the current device with the numbers of ``a``."""
    return _here(np.array(a.get() if isinstance(a, ndarray) else a, dtype))


def full(shape, fill_value, dtype=None):
    """An array of ``shape``, all ``fill_value``."""
    return _here(np.full(shape, fill_value, dtype))


def zeros(shape, dtype=float):
    """An array of zeros."""
    return full(shape, 0, dtype)


def ones(shape, dtype=float):
    """An array of ones."""
    return full(shape, 1, dtype)


def empty(shape, dtype=float):
    """An array with no particular numbers (zeros)."""
    return full(shape, 0, dtype)


def full_like(a, fill_value, dtype=None):
    """An array of the shape and dtype of ``a``, all ``fill_value``."""
    return full(a.shape, fill_value, a.dtype if dtype is None else dtype)


def zeros_like(a, dtype=None):
    """Zeros of the shape and dtype of ``a``."""
    return full_like(a, 0, dtype)


def ones_like(a, dtype=None):
    """Ones of the shape and dtype of ``a``."""
    return full_like(a, 1, dtype)


def empty_like(a, dtype=None):
    """An array of the shape and dtype of ``a``."""
    return full_like(a, 0, dtype)
