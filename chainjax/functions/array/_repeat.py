"""Functions that make arrays larger by repeating or padding."""

import numpy as np

import jax.numpy as jnp
from jax import lax

from ...differentiable import differentiable
from .._check import expect, expect_axis, expect_floating


def _counts(who, name, counts):
    counts = counts if isinstance(counts, tuple) else (counts,)
    if not all(isinstance(n, int) for n in counts):
        raise TypeError(f"{who}: expected {name} to be an int or a tuple of ints, got {counts!r}")
    if any(n < 0 for n in counts):
        raise ValueError(f"{who}: expected {name} of 0 or more, got {counts}")
    return counts


def repeat(x, repeats, axis=None):
    """Each element of ``x`` several times.

    Args:
        x: array of any shape and dtype.
        repeats: how often, an int or a tuple of one for each element along ``axis``. Static.
        axis: along which axis; ``None`` for the elements of the flat array. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        TypeError: ``repeats`` or ``axis`` are no ints.
        ValueError: one of ``repeats`` is below 0, or there are not as many as elements.

    >>> F.repeat(np.float32([1, 2]), (2, 1)).array
    array([1., 1., 2.], dtype=float32)
    """
    repeats = _counts("repeat", "repeats", repeats)
    if isinstance(axis, bool) or not (axis is None or isinstance(axis, int)):
        raise TypeError(f"repeat: expected axis to be an int or None, got {axis!r}")
    return _repeat(x, repeats, axis)


@differentiable(node="Repeat", integers=True, path="array.repeat", attrs=("repeats", "axis"), static=("repeats", "axis"))
def _repeat(x, repeats, axis=None):
    expect_axis("repeat", x.ndim, axis)
    size = x.size if axis is None else x.shape[axis]
    if len(repeats) not in (1, size):
        raise ValueError(f"repeat: expected 1 or {size} repeats, got {len(repeats)}")
    if len(repeats) > 1:
        return jnp.repeat(x, np.array(repeats), axis, total_repeat_length=sum(repeats))
    # By broadcasting: its gradient is a sum, that of a gather would be a scatter.
    x, axis = (x.ravel(), 0) if axis is None else (x, axis % x.ndim)
    shape = x.shape[: axis + 1] + repeats + x.shape[axis + 1 :]
    return jnp.broadcast_to(jnp.expand_dims(x, axis + 1), shape).reshape(*shape[:axis], size * repeats[0], *shape[axis + 2 :])


def tile(x, reps):
    """Copies of ``x`` side by side.

    Args:
        x: array of any shape and dtype.
        reps: how many along each axis, an int or a tuple for the last axes. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        TypeError: ``reps`` are no ints.
        ValueError: one is below 0.

    >>> F.tile(np.float32([1, 2]), 2).array
    array([1., 2., 1., 2.], dtype=float32)
    """
    return _tile(x, _counts("tile", "reps", reps))


@differentiable(node="Tile", integers=True, path="array.tile", attrs=("reps",), static=("reps",))
def _tile(x, reps):
    return jnp.tile(x, reps)


def pad(x, pad_width, mode, **keywords):
    """``x`` with something around it.

    Args:
        x: float array of any shape.
        pad_width: how much, a number, ``(before, after)``, or such a pair for each axis. Static.
        mode: with what, a word of ``numpy.pad`` such as ``"constant"``. Static.
        keywords: further arguments of ``numpy.pad``, such as ``constant_values``. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    As in Chainer, no gradient goes through what is around, even where that is copied from ``x`` (``"edge"``, ``"reflect"``).

    >>> F.pad(np.float32([1, 2]), (1, 2), "constant").array
    array([0., 1., 2., 0., 0.], dtype=float32)
    """
    return _pad(x, _tuples(pad_width), mode, tuple((name, _tuples(value)) for name, value in sorted(keywords.items())))


def _tuples(a):
    return tuple(map(_tuples, a)) if isinstance(a, (list, tuple, np.ndarray)) and np.ndim(a) else a


@differentiable(node="Pad", path="array.pad", attrs=("pad_width", "mode"), static=("pad_width", "mode", "keywords"))
def _pad(x, pad_width, mode, keywords=()):
    expect_floating("pad", x=x)
    around = jnp.pad(lax.stop_gradient(x), pad_width, mode, **dict(keywords))
    return jnp.where(jnp.pad(np.ones(x.shape, bool), pad_width), jnp.pad(x, pad_width), around)


def pad_sequence(xs, length=None, padding=0):
    """Arrays of several lengths as one, padded at their ends.

    Args:
        xs: a list of arrays ``(n_i, *s)`` of one dtype.
        length: that of the result; ``None`` for that of the longest. Static.
        padding: number that fills. Traced: changing it does not recompile.

    Returns:
        Variable ``(len(xs), length, *s)``.

    Raises:
        InvalidType: they do not fit together, or one is longer than ``length``.

    >>> F.pad_sequence([np.float32([1, 2]), np.float32([3])], padding=-1).array
    array([[ 1.,  2.],
           [ 3., -1.]], dtype=float32)
    """
    return _pad_sequence(xs, length, padding)


@differentiable(node="PadSequence", integers=True, path="array.pad_sequence", attrs=("length", "padding"), static=("length",))
def _pad_sequence(xs, length=None, padding=0):
    named = {f"xs[{i}]": x for i, x in enumerate(xs)}
    expect(len(xs) > 0, "pad_sequence", "at least one array", xs=xs)
    alike = len({(x.ndim, x.shape[1:], np.dtype(x.dtype)) for x in xs}) == 1 and xs[0].ndim
    expect(alike, "pad_sequence", "arrays of one dtype, of shapes equal but along axis 0", **named)
    longest = max(len(x) for x in xs)
    length = longest if length is None else length
    expect(longest <= length, "pad_sequence", f"arrays of length {length} at most", **named)
    padding = jnp.asarray(padding).astype(xs[0].dtype)
    rest = [(0, 0, 0)] * (xs[0].ndim - 1)
    return jnp.stack([lax.pad(x, padding, [(0, length - len(x), 0), *rest]) for x in xs])
