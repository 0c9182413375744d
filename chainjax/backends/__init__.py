"""Devices, and the boundary between NumPy code and programs."""

from . import _by_numpy as _by_numpy
from . import _sums as _sums
from . import _verify as _verify
