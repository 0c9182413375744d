"""Devices, and the boundary between NumPy code and programs."""

from . import _moves as _moves
