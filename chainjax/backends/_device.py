"""Devices: which kind of array code sees, and where it is computed.

``@numpy`` variables hold NumPy arrays and are computed on JAX's default backend, whatever that is. ``@jax:PLATFORM:N``
variables hold :class:`chainjax.ndarray` on that very device. ``@cupy:N`` and plain numbers are GPU ``N``.
"""

import numbers

import numpy as np

import jax

from .. import engine
from ..engine import Value
from ._array import ndarray
from ._cell import Cell


class Device:
    """A kind of array and a place for it. Subclasses say which, and how an array gets there (``send_array``)."""

    @property
    def xp(self):
        """The module of functions for arrays of this device."""
        raise NotImplementedError("a device must say which array module it uses")

    @property
    def name(self):
        """The specifier of this device, as :func:`get_device` takes it."""
        raise NotImplementedError("a device must have a name")

    @property
    def supported_array_types(self):
        """The classes of array that live on this device."""
        raise NotImplementedError("a device must say which array types it supports")

    def __str__(self):
        return self.name

    def __eq__(self, other):
        raise NotImplementedError("a device must say when it is equal to another")

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.name)

    def __enter__(self):
        raise RuntimeError("a device is no context manager; use chainjax.using_device(device)")

    def __exit__(self, exc_type, exc_value, traceback):
        pass

    def create_context(self):
        """A context manager in which this device is the current one."""
        return _nothing

    def send(self, arrays):
        """An array, or a list or tuple of arrays (``None`` allowed), on this device; not copied where already there."""
        if not isinstance(arrays, (list, tuple)):
            return self.send_array(arrays)
        sent = {}
        return type(arrays)(
            [None if a is None else sent.setdefault(id(a), a) if id(a) in sent else self._send_once(a, sent) for a in arrays]
        )

    def _send_once(self, array, sent):
        sent[id(array)] = self.send_array(array)
        return sent[id(array)]

    def use(self):
        """Make this device the current one of the thread."""

    def is_array_supported(self, array):
        """Whether an array lives on this device."""
        raise NotImplementedError("a device must say which arrays it supports")


class _Nothing:
    def __enter__(self):
        pass

    def __exit__(self, *exc):
        pass


_nothing = _Nothing()


class CpuDevice(Device):
    """The device of NumPy arrays."""

    name = "@numpy"
    xp = np
    supported_array_types = (np.ndarray,)
    __hash__ = Device.__hash__

    @staticmethod
    def from_array(array):
        """This device if ``array`` is NumPy's, else ``None``."""
        return _cpu if isinstance(array, np.ndarray) else None

    def __eq__(self, other):
        return isinstance(other, CpuDevice)

    def __repr__(self):
        return "<CpuDevice (numpy)>"

    def send_array(self, array):
        return to_numpy(array)

    def is_array_supported(self, array):
        return isinstance(array, np.ndarray)


_cpu = CpuDevice()


def to_numpy(array):
    """``array`` as ``numpy.ndarray``: itself if it is one, a writable copy if it lives elsewhere. ``None`` stays."""
    if array is None or isinstance(array, np.ndarray):
        return array
    if isinstance(array, ndarray):
        return array.get()
    if isinstance(array, jax.Array):
        return np.array(array)
    if np.isscalar(array):
        return np.asarray(array)
    raise TypeError(f"expected an array, got {type(array).__name__}, which cannot be turned into numpy.ndarray")


class JaxDevice(Device):
    """One of JAX's devices; its arrays are :class:`chainjax.ndarray`."""

    supported_array_types = (ndarray,)
    __hash__ = Device.__hash__

    def __init__(self, device):
        self.device = device

    def __reduce__(self):
        return JaxDevice.parse, (self.name.removeprefix("@jax:"),)

    @classmethod
    def parse(cls, spec):
        """``"gpu:1"``, ``"cpu"`` or ``""`` (the default backend's first)."""
        platform, _, number = spec.partition(":")
        try:
            devices = jax.local_devices(backend=platform or None)
        except RuntimeError as exc:
            raise RuntimeError(f"JAX has no {platform!r} backend here: {exc}") from exc
        number = int(number or 0)
        if number >= len(devices):
            raise ValueError(f"@jax:{spec}: expected a device number below {len(devices)}, the number of {platform or 'default'} devices")
        return cls(devices[number])

    @staticmethod
    def from_device_id(device_id):
        """GPU ``device_id``, as ``get_device("@cupy:N")``."""
        if isinstance(device_id, bool) or not isinstance(device_id, numbers.Integral) or device_id < 0:
            raise ValueError(f"from_device_id: expected the number of a GPU, got {device_id!r}")
        return gpu_device(int(device_id))

    @classmethod
    def from_array(cls, array):
        """The device of a :class:`chainjax.ndarray`, ``None`` for anything else."""
        return cls(array.jax_device) if isinstance(array, ndarray) else None

    @property
    def xp(self):
        from . import _xp  # the module's functions make arrays, which know their device

        return _xp

    @property
    def name(self):
        return (
            f"@jax:{self.device.platform}:{self.device.local_hardware_id or 0}"
            if self.device.platform != "cpu"
            else f"@jax:cpu:{self.device.id}"
        )

    def __eq__(self, other):
        return isinstance(other, JaxDevice) and other.device == self.device

    def __repr__(self):
        return f"<JaxDevice {self.device}>"

    def create_context(self):
        return _Current(self)

    def use(self):
        engine.thread().device = self

    def send_array(self, array):
        if isinstance(array, ndarray) and array.jax_device == self.device:
            return array
        if array is None:
            return None
        return ndarray(Cell(self.send_value(array._cell.use() if isinstance(array, ndarray) else engine.value_of(to_numpy(array)))))

    def send_value(self, value):
        """A Value with the same contents on this device."""
        with jax.enable_x64(True):
            array = jax.device_put(engine.fetch(value), self.device, may_alias=False)
        return Value(engine.Aval(value.aval.shape, value.aval.dtype, self.device), array)

    def is_array_supported(self, array):
        return isinstance(array, ndarray) and array.jax_device == self.device


class _Current:
    """The current device of a thread, on which ``xp`` makes arrays."""

    def __init__(self, device):
        self.device = device

    def __enter__(self):
        thread = engine.thread()
        self.old, thread.device = thread.device, self.device

    def __exit__(self, *exc):
        engine.thread().device = self.old


def get_device(device_spec):
    """The device that a specifier names.

    Args:
        device_spec: a device; ``"@numpy"``, ``"@jax"``, ``"@jax:gpu:0"``, ``"@cupy:0"``; or an integer or numeral: a GPU's number, below
            zero the CPU.

    Raises:
        ValueError: no such kind of device.
        RuntimeError: the kind exists, but not on this machine.
        TypeError: no specifier at all.

    >>> get_device("@numpy")
    <CpuDevice (numpy)>
    """
    if isinstance(device_spec, Device):
        return device_spec
    if isinstance(device_spec, numbers.Integral) and not isinstance(device_spec, bool):
        return gpu_device(int(device_spec)) if device_spec >= 0 else _cpu
    if isinstance(device_spec, jax.Device):
        return JaxDevice(device_spec)
    if not isinstance(device_spec, str):
        raise TypeError(f"expected a device, a device specifier or a GPU number, got {device_spec!r} of type {type(device_spec).__name__}")
    if device_spec.lstrip("-").isdigit():
        return get_device(int(device_spec))
    kind, _, rest = device_spec.partition(":")
    if device_spec == "@numpy":
        return _cpu
    if kind == "@jax":
        return JaxDevice.parse(rest)
    if kind == "@cupy" and rest.isdigit():
        return gpu_device(int(rest))
    if device_spec == "@intel64":
        raise RuntimeError("iDeep is not available: chainjax computes with XLA; use @numpy")
    if device_spec.startswith("@"):
        raise ValueError(f"unknown device {device_spec!r}; expected @numpy, @jax, @jax:PLATFORM:N or @cupy:N")
    raise RuntimeError(
        f"{device_spec!r} would be a ChainerX device, and ChainerX is not available; expected @numpy, @jax:PLATFORM:N or @cupy:N"
    )


def gpu_device(number):
    """GPU ``number`` of JAX."""
    try:
        devices = jax.local_devices(backend="gpu")
    except RuntimeError as exc:
        raise RuntimeError(
            f"CUDA environment is not correctly set up: JAX finds no GPU here ({exc}); pip install 'chainjax[cuda12]'"
        ) from exc
    if number >= len(devices):
        raise ValueError(f"invalid CUDA device ID {number}: JAX finds {len(devices)} here")
    return JaxDevice(devices[number])


def using_device(device_spec):
    """Context manager: the device is the current one inside."""
    return get_device(device_spec).create_context()


def get_device_from_array(*arrays):
    """The device of the first array that is not NumPy's; ``@numpy`` if there is none."""
    for array in arrays:
        if isinstance(array, ndarray):
            return JaxDevice(array.jax_device)
    return _cpu


def get_array_module(*args):
    """The module of functions for these arrays or Variables: ``numpy``, or that of accelerator arrays."""
    for arg in args:
        if isinstance(getattr(arg, "array", arg), ndarray):
            return JaxDevice(getattr(arg, "array", arg).jax_device).xp
    return np


def copyto(dst, src):
    """Copy the numbers of ``src`` into ``dst``, of whichever devices."""
    if isinstance(dst, np.ndarray):
        if not isinstance(src, (np.ndarray, ndarray)):
            raise TypeError(f"cannot copy from {type(src).__name__}; expected an array")
        np.copyto(dst, to_numpy(src))
    elif isinstance(dst, ndarray):
        dst[...] = JaxDevice(dst.jax_device).send(src)
    else:
        raise TypeError(f"cannot copy to {type(dst).__name__}; expected an array")
