"""iDeep, which is absent: chainjax computes with XLA."""

import numpy as np

from ._device import Device


class mdarray:
    """iDeep's array: there is none."""


class Intel64Device(Device):
    """iDeep's device: making one is an error."""

    xp = np
    name = "@intel64"
    supported_array_types = (np.ndarray, mdarray)
    __hash__ = Device.__hash__

    def __init__(self):
        check_ideep_available()

    @staticmethod
    def from_array(array):
        """``None``: no array is iDeep's."""

    def __eq__(self, other):
        return isinstance(other, Intel64Device)

    def send_array(self, array):
        check_ideep_available()


def is_ideep_available():
    """``False``."""
    return False


def check_ideep_available():
    """Raise ``RuntimeError``."""
    raise RuntimeError("iDeep is not available: chainjax computes with XLA; use @numpy")


def should_use_ideep(level):
    """``False``; a level other than ``">=auto"`` and ``"==always"`` raises ``ValueError`` where iDeep would be asked for."""
    return False


def inputs_all_ready(inputs, supported_ndim=(2, 4)):
    """``False``: no array is iDeep's."""
    return False
