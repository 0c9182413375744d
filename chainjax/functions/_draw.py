"""Random numbers of functions: NumPy's where arrays are NumPy's, as Chainer draws them, else JAX's on their device."""

import numpy as np

import jax

from .. import engine
from ..backends._array import ndarray
from ..backends._cell import Cell
from ..backends._random import draw as _draw
from ..variable import Variable
from ._check import value_now


def draw(like, host, shape, then, kind="uniform", of=(), **static):
    """An array of random numbers for a function of ``like``, on its device.

    Args:
        like: the array or Variable.
        host: what draws them by ``numpy.random``.
        shape: theirs.
        then: a pure function of JAX's numbers of ``kind`` and of the static arguments that gives the same on a device.
        kind: see :func:`chainjax.backends._random.draw`.
        of: Variables that the numbers depend on, which JAX's draws of that kind take. Where they are tracers, JAX draws.
        static: hashable arguments of ``then``.
    """
    device = like._aval.device if isinstance(like, Variable) else value_now(like).aval.device
    traced = any(x._aval.device is engine.TRACED for x in of)
    if not traced and (device is None or device is engine.TRACED):
        return np.asarray(host())  # for no axes NumPy draws a bare float
    numbers = _draw(kind, shape, None if traced else device, *map(value_now, of))
    keys = tuple((name, engine.static_key(value)) for name, value in static.items())
    drawn = engine.record(engine.signature_of(then, keys, (numbers.aval,)), (numbers,))[0]
    return drawn.array if traced else ndarray(Cell(drawn))


def in_dtype(numbers, dtype):
    """The numbers in the dtype of that name, or the nearest that JAX has where a program around this one has no 64 bits."""
    return numbers.astype(jax.dtypes.canonicalize_dtype(dtype))


def at_least(numbers, ratio):
    """Where numbers are ``ratio`` or more: a mask."""
    return numbers >= ratio
