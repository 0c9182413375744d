"""NumPy's indexing, as static forms and traced numbers: another index of the same form is the same program."""

import operator

import numpy as np

from jax import lax

from .. import engine
from ..utils.type_check import InvalidType


class OutOfRange(IndexError, ValueError):
    """An index or label points outside of what it indexes. Chainer raises one or the other, so it is both."""


class TooManyIndices(InvalidType, IndexError):
    """More indices than axes: what Chainer raises, and what NumPy does."""


def parse(who, shape, slices):
    """The static form of an index, the Value of its traced starts, and its index arrays, checked against ``shape``.

    Integers that are on a device are looked at by a guard in the program; masks that are there are read.
    """
    if isinstance(slices, list) and not all(isinstance(s, int) for s in slices):
        slices = tuple(slices)
    elif not isinstance(slices, tuple):
        slices = (slices,)
    slices = [_at_hand(s) for s in slices]
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
        elif hasattr(s, "_cell"):
            arrays.append(_guarded(who, s, shape[axis], axis))
            form.append("array")
            axis += 1
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


def _at_hand(s):
    """An index as this module takes it: the array of a Variable, as NumPy's unless there are integers in it and it is on a device."""
    s = getattr(s, "array", s)
    if isinstance(s, (bool, np.bool_, list, tuple)) or (hasattr(s, "_cell") and s.dtype.kind not in "iu"):
        return np.asarray(s)
    return s


def _is_mask(s):
    return isinstance(s, np.ndarray) and s.dtype == bool


def _error(who, index, axis, size):
    return OutOfRange(f"{who}: index {index} is out of range for axis {axis} of length {size}")


def _checked(who, index, size, axis):
    if np.any(np.asarray(index) >= size) or np.any(np.asarray(index) < -size):
        raise _error(who, index, axis, size)
    return index + size if isinstance(index, int) and index < 0 else index


def _guarded(who, index, size, axis):
    value = index._cell.use()
    sig = engine.signature_of(_any_outside, (("size", size),), (value.aval,))
    engine.guard(engine.record(sig, (value,))[0], lambda: _error(who, "on a device", axis, size))
    return index


def _any_outside(index, size):
    return ((index < -size) | (index >= size)).any()


def taken(x, arrays, starts, form):
    """What a parsed index takes of ``x``: a pure function."""
    part, index, _ = _part(x, arrays, starts, form)
    return part[index]


def put(x, new, arrays, starts, form):
    """``x`` with ``new`` where a parsed index points: a pure function."""
    part, index, begins = _part(x, arrays, starts, form)
    part = part.at[index].set(new)
    return lax.dynamic_update_slice(x, part, begins) if starts.size else part


def _part(x, arrays, starts, form):
    """The block that starts and lengths cut out, the index into that, and where it begins."""
    places = iter([starts[n] for n in range(starts.shape[0])])
    begins, sizes = [], []
    for f, size in zip([f for f in form if f not in ("new", "yes", "no")], x.shape, strict=True):
        whole = f in ("all", "array")
        begins.append(0 if whole else next(places))
        sizes.append(size if whole else 1 if f == "one" else (f[0] - 1) * abs(f[1]) + 1 if f[0] else 0)
    if starts.size:
        x = lax.dynamic_slice(x, begins, sizes)
    arrays, fixed = iter(arrays), {"new": None, "yes": True, "no": False, "one": 0, "all": slice(None)}
    return x, tuple([next(arrays) if f == "array" else fixed[f] if isinstance(f, str) else slice(None, None, f[1]) for f in form]), begins
