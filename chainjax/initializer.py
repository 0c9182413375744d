"""The base of initializers, and the fans that the scaled ones divide by."""

import math

import numpy as np


class Initializer:
    """Fills an array in place: ``initializer(array)``.

    Args:
        dtype: the dtype that arrays made by it get; ``None`` leaves it to ``config.dtype``.
    """

    def __init__(self, dtype=None):
        self.dtype = dtype

    def __call__(self, array):
        raise NotImplementedError(f"{type(self).__name__} must define __call__(array), which fills the array")

    def _expect_own_dtype(self, array):
        if self.dtype is not None and array.dtype != self.dtype:
            raise TypeError(f"{type(self).__name__}: expected an array of its dtype {np.dtype(self.dtype)}, got {array.dtype}")


def get_fans(shape):
    """``(fan_in, fan_out)`` of a weight: axis 0 is output channels, axis 1 input channels, the rest the receptive field.

    >>> get_fans((8, 3, 5, 5))
    (75, 200)
    """
    if not isinstance(shape, tuple):
        raise ValueError(f"get_fans: expected a tuple, got {type(shape).__name__}")
    if len(shape) < 2:
        raise ValueError(f"get_fans: expected a shape of two axes or more (outputs, inputs, ...), got {shape}")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field
