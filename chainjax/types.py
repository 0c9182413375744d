"""Names for what arguments may be, for annotations."""

import numbers
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from .backends._array import ndarray
from .backends._device import Device

Shape = tuple[int, ...]
ShapeSpec = int | Sequence[int]
DTypeSpec = Any
NdArray = np.ndarray | ndarray
Xp = Any
ScalarValue = np.generic | bytes | str | memoryview | numbers.Number


class AbstractInitializer(Protocol):
    """A :class:`chainjax.Initializer`, or any function that fills an array in place."""

    dtype = None

    def __call__(self, array):
        """Fill the array."""


InitializerSpec = AbstractInitializer | Callable | ScalarValue | np.ndarray
DeviceSpec = Device | str | int
CudaDeviceSpec = int | np.integer
