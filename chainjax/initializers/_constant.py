"""Initializers that draw nothing."""

import numpy as np

from ..backends._device import copyto
from ..initializer import Initializer


class Constant(Initializer):
    """Fills with a number, or copies an array.

    Args:
        fill_value: a number or an array that broadcasts to the shape.
        dtype: dtype of the arrays made.
    """

    fill_value = None

    def __init__(self, fill_value, dtype=None):
        self.fill_value = fill_value
        super().__init__(dtype)
        if not (np.isscalar(fill_value) or hasattr(fill_value, "__array__")):
            raise ValueError(f"{type(self).__name__}: expected a number or an array to fill with, got {type(fill_value).__name__}")

    def __call__(self, array):
        self._expect_own_dtype(array)
        if hasattr(self.fill_value, "__array__") and not np.isscalar(self.fill_value):
            copyto(array, self.fill_value.astype(array.dtype, copy=False))
        else:
            array[...] = self.fill_value


class _Fixed(Constant):
    def __init__(self, dtype=None):
        super().__init__(type(self).fill_value, dtype)


class Zero(_Fixed):
    """Fills with 0."""

    fill_value = 0.0


class One(_Fixed):
    """Fills with 1."""

    fill_value = 1.0


class NaN(_Fixed):
    """Fills with NaN, so that use before initialisation is seen."""

    fill_value = np.nan


class Identity(Initializer):
    """A square matrix with ``scale`` on its diagonal."""

    def __init__(self, scale=1.0, dtype=None):
        self.scale = scale
        super().__init__(dtype)

    def __call__(self, array):
        self._expect_own_dtype(array)
        if array.ndim != 2 or array.shape[0] != array.shape[1]:
            raise ValueError(f"Identity: expected a square matrix, got shape {array.shape}")
        array[...] = np.identity(len(array)) * self.scale
