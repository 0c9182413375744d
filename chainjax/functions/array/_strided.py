"""Views of memory with other strides."""

import numpy as np

from ... import engine
from ...differentiable import differentiable
from .._check import expect, on_host


def as_strided(x, shape, strides, storage_offset=None):
    """A copy of what a view of the memory of ``x`` with another shape and other strides would show.

    Args:
        x: array of any shape and dtype. If it is a view of a larger NumPy array, the memory is that of the larger one.
        shape: of the result. Static.
        strides: how many elements (not bytes) further in memory the next one along each axis is. Static.
        storage_offset: where in memory the result starts; ``None`` for where ``x`` does. Static.

    Returns:
        Variable of that shape. Gradients of what it shows several times add up.

    Raises:
        ValueError: some element would lie outside of the memory.

    >>> F.as_strided(np.float32([1, 2, 3, 4]), (3, 2), (1, 1)).array
    array([[1., 2.],
           [2., 3.],
           [3., 4.]], dtype=float32)
    """
    host = on_host(x)
    memory, place = (None, None) if host is None else _memory(host)
    size = x.size if memory is None else memory.size
    start = storage_offset if storage_offset is not None else 0 if place is None else place[2]
    view = tuple(map(int, shape)), tuple(map(int, strides)), int(start)
    _stride_array(np.empty(size, np.int8), *view)
    return _as_strided(x, 0 if memory is None else engine.value_of(memory), np.dtype(x.dtype).name, place, view)


def _memory(array):
    """The memory below a NumPy array and ``(shape, strides, offset)`` of the array in it; ``None`` twice if it is all of it, in order."""
    base = _base(array)
    if base.size == array.size and array.flags.c_contiguous:
        return None, None
    offset = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    strides = tuple(s // array.itemsize for s in array.strides)
    return np.ndarray((base.size,), base.dtype, base.data), (array.shape, strides, offset // array.itemsize)


def _base(array):
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _stride_array(array, shape, strides, storage_offset):
    """A view of the memory below a NumPy array; strides and offset in elements."""
    base = _base(array)
    ends = [0, *[(n - 1) * s for n, s in zip(shape, strides, strict=True)]]
    low, high = (storage_offset + sum(e for e in ends if sign * e > 0) for sign in (-1, 1))
    if 0 not in shape and (low < 0 or high >= base.size):
        raise ValueError(f"as_strided: expected elements 0 to {base.size - 1} of the memory, got a view of {low} to {high}")
    size = base.itemsize
    return np.ndarray(shape, base.dtype, base.data, storage_offset * size, tuple(s * size for s in strides))


@differentiable(
    node="AsStrided",
    integers=True,
    path="array.as_strided",
    attrs=("shape", "strides", "storage_offset"),
    static=("dtype", "place", "view"),
)
def _as_strided(x, memory=0, dtype="", place=None, view=()):
    # Gradients of integers are computed in floats. Chainer refuses them here.
    expect(x.dtype == dtype, "as_strided", f"floats for a gradient, not {dtype}", x=x)
    if place is None:
        memory = x.ravel()
    else:
        at = _stride_array(np.arange(memory.size), *place)
        # An element that x shows several times gets the mean of the gradients, as in Chainer.
        times = np.bincount(at.ravel(), minlength=memory.size)
        shared = times.max(initial=0) > 1 and np.dtype(dtype).kind == "f"
        memory = memory.at[at].set(0).at[at].add((x / times[at]).astype(x.dtype)) if shared else memory.at[at].set(x)
    return memory[_stride_array(np.arange(memory.size), *view)]


AsStrided = _as_strided.op.node_class
