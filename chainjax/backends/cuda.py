"""What Chainer code asks of CUDA, answered by JAX's GPUs.

``available`` says whether JAX has a GPU here (asked when it is read, since that starts JAX). Kernels in CUDA's own language
cannot be run by XLA; asking for one is an error that says so.
"""

import functools
import numbers
import warnings

import numpy as np

import jax

from .. import engine
from ..config import config
from . import _xp as cupy  # noqa: F401  code asks whether xp is cuda.cupy
from ._array import ndarray as ndarray
from ._device import JaxDevice, gpu_device, to_numpy
from ._device import get_array_module as get_array_module
from ._device import get_device_from_array as _device_of

cudnn_enabled = False
GpuDevice = JaxDevice


def __getattr__(name):
    if name == "available":
        return bool(_gpus())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _gpus():
    try:
        return jax.local_devices(backend="gpu")
    except RuntimeError:
        return []


def check_cuda_available():
    """Raise ``RuntimeError`` if JAX has no GPU here."""
    if not _gpus():
        raise RuntimeError(
            "CUDA environment is not correctly set up: JAX finds no GPU here; pip install 'chainjax[cuda12]', or stay on @numpy"
        )


class Device:
    """GPU number ``device``, by default the current one; a context manager that makes it the current one."""

    def __init__(self, device=None):
        current = engine.thread().device
        if device is None:
            device = current.device.local_hardware_id if isinstance(current, JaxDevice) else 0
        self.id = int(device)

    def __int__(self):
        return self.id

    def __eq__(self, other):
        return isinstance(other, Device) and other.id == self.id

    def __hash__(self):
        return hash(self.id)

    def __repr__(self):
        return f"<CUDA Device {self.id}>"

    def __enter__(self):
        self._context = gpu_device(self.id).create_context()
        self._context.__enter__()
        return self

    def __exit__(self, *exc):
        self._context.__exit__(*exc)

    def use(self):
        """Make it the current device."""
        gpu_device(self.id).use()

    def synchronize(self):
        """Wait for what was recorded so far."""
        engine.flush("synchronize")
        jax.effects_barrier()


class DummyDeviceType:
    """Stands for the CPU where a GPU is expected."""

    id = -1

    def __int__(self):
        return -1

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def use(self):
        """Nothing to do."""

    def synchronize(self):
        """Nothing to do."""

    def __eq__(self, other):
        return isinstance(other, DummyDeviceType)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return -1


DummyDevice = DummyDeviceType()


class Event:
    """A mark in a stream. XLA orders work itself: it does nothing."""

    def record(self, stream=None):
        """Nothing to do."""

    def synchronize(self):
        """Nothing to do."""


class Stream:
    """A queue of work. XLA orders work itself: it does nothing."""

    null = None

    def __init__(self, null=False, non_blocking=False):
        self.is_null = null

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def synchronize(self):
        """Nothing to do."""


Stream.null = Stream(null=True)


def get_device_from_id(device_id):
    """The device of that number; a dummy for ``None`` and below zero."""
    if device_id is None or device_id < 0:
        return DummyDevice
    check_cuda_available()
    return Device(device_id)


def get_device_from_array(*arrays):
    """The device of the first array on a GPU; a dummy if there is none."""
    device = _device_of(*arrays)
    return Device(device.device.local_hardware_id) if isinstance(device, JaxDevice) else DummyDevice


def get_device(*args):
    """The device that a number, device or array among the arguments says; deprecated."""
    warnings.warn("get_device is deprecated; use get_device_from_id or get_device_from_array", DeprecationWarning, stacklevel=2)
    for arg in args:
        if isinstance(arg, numbers.Integral) and not isinstance(arg, bool):
            check_cuda_available()
            return Device(arg)
        if isinstance(arg, (Device, DummyDeviceType)):
            return arg
        if isinstance(arg, ndarray):
            return get_device_from_array(arg)
    return DummyDevice


def _get_device_or_current(device):
    return Device() if device is None else device if isinstance(device, Device) else Device(device)


def to_gpu(array, device=None, stream=None):
    """An array, or a list or tuple of them, on a GPU."""
    check_cuda_available()
    return gpu_device(int(_get_device_or_current(None if device is DummyDevice else device))).send(array)


def to_cpu(array, stream=None):
    """An array, or a list or tuple of them (``None`` allowed), as NumPy's."""
    if isinstance(array, (list, tuple)):
        return type(array)([to_numpy(a) for a in array])
    return to_numpy(array)


def copy(array, out=None, out_device=None, stream=None):
    """A copy of a GPU's array, into ``out`` or on another device."""
    check_cuda_available()
    if out is None:
        return array.copy() if out_device is None else gpu_device(int(_get_device_or_current(out_device))).send(array).copy()
    out[...] = array
    return out


def memoize(for_each_device=False):
    """Decorator that leaves a function as it is: there are no kernels to keep."""

    def decorate(f):
        return functools.wraps(f)(lambda *args, **kwargs: f(*args, **kwargs))

    return decorate


def clear_memo():
    """Nothing to do."""


def fuse(*args, **kwargs):
    """Decorator that leaves a function as it is: XLA fuses."""
    return args[0] if len(args) == 1 and callable(args[0]) and not kwargs else lambda f: f


def _no_kernels(name):
    check_cuda_available()
    raise NotImplementedError(
        f"kernel {name!r}: XLA does not run kernels written in CUDA; write it with chainjax.functions or chainjax.jax_function"
    )


def elementwise(in_params, out_params, operation, name, **kwargs):
    """Always an error: XLA does not run CUDA kernels."""
    _no_kernels(name)


def reduce(in_params, out_params, map_expr, reduce_expr, post_map_expr, identity, name, **kwargs):
    """Always an error: XLA does not run CUDA kernels."""
    _no_kernels(name)


def raw(code, name, *args, **kwargs):
    """Always an error: XLA does not run CUDA kernels."""
    _no_kernels(name)


def get_max_workspace_size():
    """0: XLA manages memory itself."""
    return 0


def set_max_workspace_size(size):
    """Nothing to do: XLA manages memory itself."""


_CUDNN_LEVELS = {"==always": ("always",), ">=auto": ("always", "auto")}


def should_use_cudnn(level, lowest_version=0):
    """``False``: XLA calls cuDNN itself. Unknown levels and settings raise ``ValueError``."""
    if level not in _CUDNN_LEVELS:
        raise ValueError(f'should_use_cudnn: expected level "==always" or ">=auto", got {level!r}')
    if config.use_cudnn not in ("always", "auto", "never"):
        raise ValueError(f'config.use_cudnn: expected "always", "auto" or "never", got {config.use_cudnn!r}')
    return False


def should_use_cudnn_tensor_core(dtype):
    """Whether ``config.use_cudnn_tensor_core`` says always; XLA decides itself otherwise."""
    if config.use_cudnn_tensor_core not in ("always", "auto", "never"):
        raise ValueError(f'config.use_cudnn_tensor_core: expected "always", "auto" or "never", got {config.use_cudnn_tensor_core!r}')
    return config.use_cudnn_tensor_core == "always" or (config.use_cudnn_tensor_core == "auto" and np.dtype(dtype) == np.float16)


def get_cudnn_dropout_states():
    """Always an error: random numbers come from JAX."""
    raise RuntimeError("cuDNN is not enabled.")


def get_cudnn_dropout_states_core(thread_id):
    """Always an error: random numbers come from JAX."""
    raise RuntimeError("cuDNN is not enabled.")
