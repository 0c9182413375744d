"""ChainerX, which is absent; what is asked of it through ``chainer.backend``."""

from ._device import Device


class ChainerxDevice(Device):
    """ChainerX's device: making one is an error."""

    xp = None
    device = None
    fallback_device = None
    supported_array_types = ()
    __hash__ = Device.__hash__

    def __init__(self, device):
        raise RuntimeError("ChainerX is not available.")

    @staticmethod
    def from_array(array):
        """``None``: no array is ChainerX's."""

    @staticmethod
    def from_fallback_device(device):
        """Always an error."""
        raise RuntimeError("ChainerX is not available.")

    def __eq__(self, other):
        return isinstance(other, ChainerxDevice)

    def send_array(self, array):
        raise RuntimeError("ChainerX is not available.")


def to_chx(array):
    """Always an error: there is no ChainerX to move arrays to."""
    raise RuntimeError("ChainerX is not available.")


def from_chx(array):
    """``array``: no array is ChainerX's."""
    return array
