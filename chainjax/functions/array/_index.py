"""Indexing."""

import operator

import numpy as np

from jax import lax

from ... import engine
from ...differentiable import differentiable
from ...utils.type_check import InvalidType
from ...variable import Variable, as_array
from .._check import OutOfRange


class TooManyIndices(InvalidType, IndexError):
    """More indices than axes: what Chainer raises, and what NumPy does."""


def get_item(x, slices):
    """``x[slices]``, with NumPy's rules.

    Args:
        x: array of any shape and dtype.
        slices: an int, slice, ``...``, ``None``, array of ints or booleans, or a tuple or list of them. Where a slice starts and the
            numbers in ints and arrays are traced: another index of the same form is the same program.

    Returns:
        Variable, a copy.

    Raises:
        TooManyIndices: more than axes (an ``IndexError`` and ``InvalidType``).
        OutOfRange: one is out of range (an ``IndexError`` and ``ValueError``).

    >>> F.get_item(np.arange(6.0).reshape(2, 3), (1, slice(0, 2))).array
    array([3., 4.])
    """
    form, starts, arrays = _parse("get_item", x.shape, slices)
    return _get_item(x, arrays, starts, form)


def _parse(who, shape, slices):
    """The static form of an index, its traced starts and its index arrays, checked against ``shape``."""
    if isinstance(slices, list) and not all(isinstance(s, int) for s in slices):
        slices = tuple(slices)
    elif not isinstance(slices, tuple):
        slices = (slices,)
    slices = [as_array(s) if isinstance(s, Variable) else s for s in slices]
    slices = [np.asarray(s) if isinstance(s, (bool, np.bool_, list, tuple)) else s for s in slices]
    if sum(s is Ellipsis for s in slices) > 1:
        raise ValueError(f"{who}: expected at most one Ellipsis")
    taken = sum(s.ndim if _is_mask(s) else 1 for s in slices if s is not None and s is not Ellipsis)
    if taken > len(shape):
        raise TooManyIndices(f"at most {len(shape)} indices for an array of shape {shape}", taken, who=who)
    if not any(s is Ellipsis for s in slices):
        slices.append(Ellipsis)
    form, starts, arrays, axis = [], [], [], 0
    for s in slices:
        if s is None:
            form.append("new")
        elif s is Ellipsis:
            form.extend(["all"] * (len(shape) - taken))
            axis += len(shape) - taken
        elif isinstance(s, slice):
            start, stop, step = s.indices(shape[axis])
            length = len(range(start, stop, step))
            if (start, length, step) == (0, shape[axis], 1):
                form.append("all")
            else:
                form.append((length, step))
                starts.append(start if step > 0 else start + (length - 1) * step)
            axis += 1
        elif _is_mask(s):
            if s.size and s.shape != shape[axis : axis + s.ndim]:  # (NumPy takes empty masks of any shape)
                raise IndexError(f"{who}: expected a mask of shape {shape[axis : axis + s.ndim]}, got {s.shape}")
            if s.ndim == 0:
                form.append("yes" if s else "no")
            else:
                arrays.extend(np.nonzero(s))
                form.extend(["array"] * s.ndim)
            axis += s.ndim
        elif np.ndim(s) == 0 and hasattr(s, "__index__") and not isinstance(s, np.ndarray):
            starts.append(_checked(who, operator.index(s), shape[axis], axis))
            form.append("one")
            axis += 1
        else:
            s = np.asarray(s, None if np.size(s) else np.int64)
            if s.dtype.kind not in "iu":
                raise IndexError(f"{who}: expected integers, slices, ..., None or masks as indices, got an array of {s.dtype}")
            arrays.append(_checked(who, s, shape[axis], axis))
            form.append("array")
            axis += 1
    return tuple(form), engine.own(np.asarray(starts, np.int64)), arrays


def _is_mask(s):
    return isinstance(s, np.ndarray) and s.dtype == bool


def _checked(who, index, size, axis):
    if np.any(np.asarray(index) >= size) or np.any(np.asarray(index) < -size):
        raise OutOfRange(f"{who}: index {index} is out of range for axis {axis} of length {size}")
    return index + size if isinstance(index, int) and index < 0 else index


@differentiable(node="GetItem", integers=True, path="array.get_item", attrs=("slices",), static=("form",))
def _get_item(x, arrays=0, starts=0, form=()):
    places = iter([starts[n] for n in range(starts.shape[0])])
    begins, sizes = [], []
    for f, size in zip([f for f in form if f not in ("new", "yes", "no")], x.shape, strict=True):
        whole = f in ("all", "array")
        begins.append(0 if whole else next(places))
        sizes.append(size if whole else 1 if f == "one" else (f[0] - 1) * abs(f[1]) + 1 if f[0] else 0)
    if starts.size:
        x = lax.dynamic_slice(x, begins, sizes)
    arrays, fixed = iter(arrays), {"new": None, "yes": True, "no": False, "one": 0, "all": slice(None)}
    return x[tuple([next(arrays) if f == "array" else fixed[f] if isinstance(f, str) else slice(None, None, f[1]) for f in form])]
