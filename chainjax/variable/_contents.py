"""What variables and nodes point to, and what the graph computes of it on its own account."""

import numpy as np

import jax

from .. import engine
from ..backends._array import ndarray
from ..backends._cell import Cell, cell_of
from ..backends._device import CpuDevice, JaxDevice
from ..backends._sums import plus
from ..engine import TRACED, Aval, Value
from ..engine._values import LARGE

_ARRAY_TYPES = (np.ndarray, ndarray)


def get_array_types():
    """The classes of array that a Variable can hold."""
    return _ARRAY_TYPES


def get_cpu_array_types():
    """The classes of array in host memory."""
    return (np.ndarray,)


def is_arrays_compatible(arrays):
    """Whether arrays (``None`` is skipped) are all of one kind, so that one function can take them."""
    arrays = [a for a in arrays if a is not None]
    kind = ndarray if arrays and isinstance(arrays[0], ndarray) else np.ndarray
    return all(isinstance(a, kind) for a in arrays)


def contents_of(array):
    """What a Variable of ``array`` points to: its cell, or a Value for arrays of JAX. ``None`` stays."""
    if array is None:
        return None
    if isinstance(array, np.ndarray):
        return cell_of(array)
    if isinstance(array, ndarray):
        return array._cell
    value = engine.value_of(array)
    if value.aval.device is None:
        value = JaxDevice(next(iter(array.devices()))).send_value(value)
    return value


def use(contents):
    """The Value of contents, for one use now."""
    return contents if contents.__class__ is Value else contents.use()


def on_jax(value):
    """The array of a Value as ``jax.Array`` (or tracer)."""
    array = engine.fetch(value)
    if isinstance(array, jax.Array):
        return array
    with jax.enable_x64(True):
        return jax.device_put(array)


def filled(aval, number):
    """A Value of one number all over. On the host it takes no memory until it is used."""
    array = np.asarray(number, aval.dtype)
    if aval.shape:
        array = np.broadcast_to(array, aval.shape)
    if aval.device is None or aval.device is TRACED:
        return Value(Aval(aval.shape, aval.dtype), array)
    with jax.enable_x64(True):
        return Value(aval, jax.device_put(array, aval.device))


def full(aval, number):
    """As :func:`filled`, for what is computed with or consumed: large ones are made by the program, in memory of its own."""
    if aval.nbytes < LARGE or aval.device is not None:
        return filled(aval, number)
    value = engine.value_of(number)
    static = (("shape", aval.shape), ("dtype", engine.static_key(aval.dtype)))
    return engine.record(engine.signature_of(_full, static, (value.aval,), "full"), (value,))[0]


def _full(number, shape, dtype):
    return jax.numpy.full(shape, number, dtype)


def add(x, y, where=None):
    """The sum of two Values of one shape and dtype."""
    return engine.record(engine.signature_of(plus, (), (x.aval, y.aval), "add"), (x, y), None, where)[0]


def send_value(value, device):
    """A Value with the same contents on another device."""
    if isinstance(device, JaxDevice):
        return device.send_value(value)
    return Value(Aval(value.aval.shape, value.aval.dtype), np.asarray(engine.fetch(value)))


def send_to_place(value, place):
    """The same for the place of an aval: a device of JAX, or ``None`` for ``@numpy``."""
    if value.aval.device is place:
        return value
    return send_value(value, CpuDevice() if place is None else JaxDevice(place))


def send_contents(contents, device):
    """Contents on another device. What is shared there was shared here: a move is one copy for all."""
    return Cell(send_value(use(contents), device))
