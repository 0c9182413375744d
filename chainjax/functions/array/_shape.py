"""Functions that move elements around and change none."""

import math
import operator

import numpy as np

import jax.numpy as jnp

from ...config import config
from ...differentiable import differentiable
from ...variable import Variable, as_variable
from .._args import axes_of
from .._check import expect, expect_axis, expect_broadcastable


def reshape(x, shape):
    """The elements of ``x`` in another shape, in the same (row-major) order.

    Args:
        x: array of any shape and dtype.
        shape: a tuple of ints of the same number of elements; one may be -1 and follows from the others. Static.

    Returns:
        Variable of that shape; ``x`` itself if it has it already.

    Raises:
        InvalidType: the numbers of elements differ.

    >>> F.reshape(np.arange(6.0), (2, -1)).shape
    (2, 3)
    """
    return as_variable(x) if x.shape == shape else _reshape(x, tuple(map(operator.index, shape)))


@differentiable(node="Reshape", integers=True, path="array.reshape", attrs=("shape",), static=("shape",))
def _reshape(x, shape):
    known = math.prod(s for s in shape if s >= 0)
    unknown = sum(s < 0 for s in shape)
    if unknown > 1:
        raise ValueError(f"reshape: expected at most one unknown size, got shape {shape}")
    fits = x.size == known if not unknown else known and x.size % known == 0
    expect(fits, "reshape", f"as many elements as shape {shape} has", x=x)
    return jnp.reshape(x, shape)


def transpose(x, axes=None):
    """The axes of ``x`` in another order.

    Args:
        x: array of any shape and dtype.
        axes: a tuple: which axis of ``x`` each axis of the result is; ``None`` reverses. Static.

    Returns:
        Variable, a copy.

    >>> F.transpose(np.zeros((2, 3, 4)), (1, 2, 0)).shape
    (3, 4, 2)
    """
    return _transpose(x, axes if axes is None else tuple(map(operator.index, axes)))


@differentiable(node="Transpose", integers=True, path="array.transpose", attrs=("axes",), static=("axes",))
def _transpose(x, axes=None):
    expect_axis("transpose", x.ndim, axes)
    expect(axes is None or sorted(axes_of(axes, x.ndim)) == list(range(x.ndim)), "transpose", f"axes to order {x.ndim} axes", axes=axes)
    return jnp.transpose(x, axes)


@differentiable(node="ExpandDims", integers=True, path="array.expand_dims", attrs=("axis",), static=("axis",))
def expand_dims(x, axis):
    """``x`` with a new axis of length 1 at position ``axis`` (static) of the result.

    >>> F.expand_dims(np.zeros((2, 3)), 1).shape
    (2, 1, 3)
    """
    expect_axis("expand_dims", x.ndim + 1, axis)
    return jnp.expand_dims(x, axis)


@differentiable(node="Squeeze", integers=True, path="array.squeeze", attrs=("axis",), static=("axis",))
def squeeze(x, axis=None):
    """Without axes of length 1.

    Args:
        x: array of any shape and dtype.
        axis: which ones, an int or tuple; ``None`` for all. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: no such axis.
        ValueError: a named axis is longer.

    >>> F.squeeze(np.zeros((1, 2, 1))).shape
    (2,)
    """
    expect_axis("squeeze", x.ndim, axis)
    if axis is not None and any(x.shape[a] != 1 for a in axes_of(axis, x.ndim)):
        raise ValueError(f"squeeze: expected length 1 along axis {axis}, got x {x.shape}")
    return jnp.squeeze(x, axis)


def broadcast_to(x, shape):
    """``x`` repeated along axes of length 1 or new ones in front, to ``shape`` (static).

    Raises:
        InvalidType: ``x`` does not broadcast to it.

    >>> F.broadcast_to(np.float32([1, 2]), (2, 2)).array
    array([[1., 2.],
           [1., 2.]], dtype=float32)
    """
    return as_variable(x) if x.shape == shape else _broadcast_to(x, tuple(map(operator.index, shape)))


@differentiable(node="BroadcastTo", integers=True, path="array.broadcast", attrs=("shape",), static=("shape",))
def _broadcast_to(x, shape):
    fits = x.ndim <= len(shape) and all(a in (1, b) for a, b in zip(x.shape[::-1], shape[::-1], strict=False))
    expect(fits, "broadcast_to", f"a shape that broadcasts to {shape}", x=x)
    return jnp.broadcast_to(x, shape)


def broadcast(*args):
    """Arrays repeated to the shape that they broadcast to together.

    Args:
        args: arrays of any shapes that broadcast, and any dtypes.

    Returns:
        A tuple of Variables of one shape; of a single array, that as a Variable.

    Raises:
        InvalidType: the shapes do not broadcast.

    >>> [y.shape for y in F.broadcast(np.zeros((2, 1)), np.zeros(3))]
    [(2, 3), (2, 3)]
    """
    return as_variable(args[0]) if len(args) == 1 else _broadcast(*args)


@differentiable(node="Broadcast", integers=True, path="array.broadcast")
def _broadcast(*args):
    expect(len(args) > 0, "broadcast", "at least one array", args=args)
    expect_broadcastable("broadcast", **{f"args[{i}]": a for i, a in enumerate(args)})
    shape = np.broadcast_shapes(*[a.shape for a in args])
    return tuple([jnp.broadcast_to(a, shape) for a in args])


def flatten(x):
    """All elements of ``x``, an array of any shape, one after another.

    >>> F.flatten(np.float32([[1, 2], [3, 4]])).array
    array([1., 2., 3., 4.], dtype=float32)
    """
    return reshape(x, (x.size,))


def cast(x, typ):
    """``x`` in dtype ``typ`` (static); the gradient comes back in that of ``x``. Where no graph needs a copy, ``x`` itself if it has it.

    >>> F.cast(np.float32([1]), np.float16).dtype
    dtype('float16')
    """
    kept = x.dtype == typ and not (config.enable_backprop and isinstance(x, Variable))
    return as_variable(x) if kept else _cast(x, typ)


@differentiable(node="Cast", path="array.cast", attrs=("typ",), static=("typ",))
def _cast(x, typ):
    return x.astype(typ)
