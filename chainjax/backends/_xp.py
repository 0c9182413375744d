"""``xp`` of ``@jax`` devices, which is ``cuda.cupy`` too: the functions of NumPy for arrays on devices, and those that make them.

Any function of ``jax.numpy`` that NumPy has is here, under NumPy's name: with an array of a device among its arguments it is
recorded (see ``_array.call``), without one NumPy computes and the result goes to the current device.
"""

import numpy as np

import jax
import jax.numpy as jnp

from .. import engine
from ._array import _found, call
from ._array import ndarray as ndarray


def _device():
    from ._device import JaxDevice  # whose arrays this module makes

    return engine.thread().device or JaxDevice.parse("")


def _function(path):
    """The function of that name."""
    of_jax, of_numpy = _found(jnp, path), _found(np, path)
    if of_jax is None:
        raise AttributeError(
            f"xp has no {path}: jax.numpy has none; compute it by chainjax.functions or jax_function, or by NumPy of x.get()"
        )

    def function(*args, **kwargs):
        if any(isinstance(leaf, (ndarray, jax.Array)) for leaf in jax.tree.leaves((args, kwargs))):
            return call(path, args, kwargs)
        return jax.tree.map(_device().send_array, of_numpy(*args, **kwargs))

    function.__name__ = path.rpartition(".")[2]
    function.__doc__ = f"``numpy.{path}`` of arrays on a device."
    return function


class _Part:
    """A module in this one, such as ``xp.linalg``."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, name):
        found = _function(f"{self._name}.{name}")
        setattr(self, name, found)
        return found


linalg, fft = _Part("linalg"), _Part("fft")

#: What says something of dtypes and shapes and computes nothing.
_OF_NUMPY = {"broadcast_shapes", "can_cast", "isscalar", "issubdtype", "ndim", "promote_types", "shape", "size"}


def __getattr__(name):
    if name == "random":
        from . import _xp_random  # which is made of these functions

        return _xp_random
    found = getattr(np, name)  # with NumPy's error
    if name in _OF_NUMPY or not callable(found) or isinstance(found, type):
        return found  # a dtype, a constant
    found = globals()[name] = _function(name)
    return found


def asarray(a, dtype=None, order=None):
    """``a`` as array of the current device, itself where it is one already."""
    if isinstance(a, ndarray):
        return a if dtype is None else a.astype(dtype, copy=False)
    return array(a, dtype)


ascontiguousarray = asfortranarray = asanyarray = asarray


def array(a, dtype=None, copy=True, order=None, ndmin=0):
    """A new array of the current device with the numbers of ``a``, which may be a list of arrays of it."""
    if isinstance(a, ndarray):
        a = a.copy() if dtype is None else a.astype(dtype)
    elif any(isinstance(leaf, ndarray) for leaf in jax.tree.leaves(a)):
        a = call("array", (a,), {} if dtype is None else {"dtype": np.dtype(dtype)})
    else:
        a = _device().send_array(np.array(a, dtype))
    return a.reshape((1,) * (ndmin - a.ndim) + a.shape) if a.ndim < ndmin else a


def asnumpy(a, stream=None, order="C"):
    """A NumPy array of the numbers."""
    return a.get() if isinstance(a, ndarray) else np.asarray(a)


def full(shape, fill_value, dtype=None, order="C"):
    """An array of ``shape``, all ``fill_value``: made on the device."""
    if isinstance(fill_value, ndarray):
        one = fill_value if dtype is None else fill_value.astype(dtype)
    else:
        one = _device().send_array(np.asarray(fill_value, dtype))
    return call("broadcast_to", (one, shape))


def zeros(shape, dtype=float, order="C"):
    """An array of zeros."""
    return full(shape, 0, dtype)


def ones(shape, dtype=float, order="C"):
    """An array of ones."""
    return full(shape, 1, dtype)


def empty(shape, dtype=float, order="C"):
    """An array with no particular numbers (zeros)."""
    return full(shape, 0, dtype)


def copyto(dst, src, casting="same_kind", where=None):
    """Copy numbers into an array, all or those that ``where`` says."""
    dst[... if where is None else where] = src if where is None or np.ndim(src) == 0 else src[where]


def result_type(*args):
    """The dtype that NumPy gives to what is computed of arrays and dtypes."""
    return np.result_type(*[a.dtype if isinstance(a, ndarray) else a for a in args])


def get_array_module(*args):
    """``numpy`` or this module, by the arrays."""
    from ._device import get_array_module  # see above

    return get_array_module(*args)
