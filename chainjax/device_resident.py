"""Things that live on a device and can be moved: links, distributions."""

import warnings

from .backends._cell import Cell
from .backends._device import CpuDevice, Device, JaxDevice, get_device
from .variable import get_array_types, send_contents


class DeviceResident:
    """Base of things that hold parameters and arrays on one device."""

    _device = CpuDevice()

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in ("to_device", "to_chx", "from_chx"):
            if name in cls.__dict__:
                raise TypeError(f"{cls.__name__} must not override {name}: override device_resident_accept to have more moved")
        for name in ("to_cpu", "to_gpu", "to_intel64"):
            if name in cls.__dict__:
                message = f"{cls.__name__} overrides {name}, which is deprecated: override device_resident_accept instead"
                warnings.warn(message, DeprecationWarning, stacklevel=2)

    @property
    def device(self):
        """Where it lives."""
        return self._device

    @property
    def xp(self):
        """The module of functions for its arrays."""
        return None if self.device is None else self.device.xp

    def device_resident_accept(self, visitor):
        """Show the visitor this and all it holds."""
        visitor.visit_device_resident(self)

    def to_cpu(self):
        """Move to ``@numpy``; ``to_device("@numpy")`` says the same."""
        return self._move("to_cpu", CpuDevice(), {})

    def to_gpu(self, device=None):
        """Move to a GPU; ``to_device("@cupy:0")`` says the same. What is on a GPU already stays where it is."""
        device = get_device(0 if device is None else int(device))
        return self._move("to_gpu", device, {"device": device.device.local_hardware_id})

    def to_intel64(self):
        """Always an error: there is no iDeep."""
        return self.to_device("@intel64")

    def to_chx(self):
        """Always an error: there is no ChainerX."""
        raise RuntimeError("ChainerX is not available.")

    def from_chx(self):
        """Nothing to do: nothing is in ChainerX."""
        return self

    def to_device(self, device):
        """Move all parameters and arrays to a device."""
        self.device_resident_accept(_ToDevice(get_device(device)))
        return self

    def _move(self, method, device, kwargs):
        warnings.warn(f"{method} is deprecated; use to_device('{device.name}')", DeprecationWarning, stacklevel=3)
        self.device_resident_accept(_ToDevice(device, method, kwargs, self))
        return self


class DeviceResidentsVisitor:
    """Sees what device residents hold; derive from it."""

    def visit_device_resident(self, device_resident):
        """Called for each resident, before what it holds."""
        raise NotImplementedError

    def visit_array(self, arr):
        """Called for each array; the result replaces it."""
        raise NotImplementedError

    def visit_variable(self, param):
        """Called for each variable."""
        raise NotImplementedError


class _ToDevice(DeviceResidentsVisitor):
    def __init__(self, device, method=None, kwargs=None, start=None):
        assert isinstance(device, Device)
        self.device, self.start = device, start
        self.stays = start is not None and isinstance(device, JaxDevice)  # to_gpu moves nothing between GPUs
        if method is None:
            method, kwargs = (
                ("to_cpu", {}) if isinstance(device, CpuDevice) else ("to_gpu", {"device": getattr(device.device, "local_hardware_id", 0)})
            )
        self.method, self.kwargs = method, kwargs

    def visit_device_resident(self, device_resident):
        device_resident._device = self.device
        # A class may have its own way to move what this visitor cannot see; the one that was called calls the visitor itself.
        if device_resident is not self.start and getattr(type(device_resident), self.method) is not getattr(DeviceResident, self.method):
            getattr(device_resident, self.method)(**self.kwargs)

    def visit_array(self, arr):
        if isinstance(arr, Cell):
            here = JaxDevice(arr.aval.device) if arr.aval.device is not None else CpuDevice()
            return arr if here == self.device else send_contents(arr, self.device)
        assert isinstance(arr, get_array_types())
        return self.device.send(arr)

    def visit_variable(self, param):
        if not (self.stays and isinstance(param.device, JaxDevice)):
            param.to_device(self.device)
