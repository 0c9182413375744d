"""Functions that put axes or elements in another order."""

import operator

import numpy as np

import jax.numpy as jnp

from ...differentiable import differentiable
from ...variable import Variable
from .._args import axes_of
from .._check import expect, expect_axis, expect_floating, expect_in_range


def _ints(who, **axes):
    """Ints and tuples of ints as they are; ``TypeError`` for anything else."""
    for name, axis in axes.items():
        for a in axis if isinstance(axis, tuple) else (axis,):
            if not isinstance(a, int):
                raise TypeError(f"{who}: expected {name} to be an int or a tuple of ints, got {axis!r}")


def moveaxis(x, source, destination):
    """Axes of ``x`` moved to other places, the others in their order.

    Args:
        x: float array of any shape.
        source: an int or tuple of ints, which axes. Static.
        destination: an int or tuple of ints, where to. Static.

    Returns:
        Variable, a copy.

    Raises:
        InvalidType: no such axis.
        ValueError: not as many places as axes, or one twice.

    >>> F.moveaxis(np.zeros((2, 3, 4)), (0, 1), (-1, 0)).shape
    (3, 4, 2)
    """
    _ints("moveaxis", source=source, destination=destination)
    source, destination = (a if isinstance(a, tuple) else (a,) for a in (source, destination))
    if len(source) != len(destination):
        raise ValueError(f"moveaxis: expected as many places as axes, got source {source} and destination {destination}")
    return _moveaxis(x, source, destination)


@differentiable(node="Moveaxis", path="array.moveaxis", attrs=("source", "destination"), static=("source", "destination"))
def _moveaxis(x, source, destination):
    expect_floating("moveaxis", x=x)
    expect_axis("moveaxis", x.ndim, source)
    expect_axis("moveaxis", x.ndim, destination)
    return jnp.moveaxis(x, axes_of(source, x.ndim), axes_of(destination, x.ndim))


def rollaxis(x, axis, start=0):
    """One axis of ``x`` moved to where another is, in front of it.

    Args:
        x: array of any shape and dtype.
        axis: which axis. Static.
        start: the axis it comes in front of; the number of axes for the end. Static.

    Returns:
        Variable, a copy.

    Raises:
        InvalidType: no such axis.

    >>> F.rollaxis(np.zeros((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    for name, a in (("axis", axis), ("start", start)):
        if not isinstance(a, int):
            raise TypeError(f"rollaxis: expected {name} to be int, got {a!r}")
    return _rollaxis(x, axis, start)


@differentiable(node="Rollaxis", integers=True, path="array.rollaxis", attrs=("axis", "start"), static=("axis", "start"))
def _rollaxis(x, axis, start):
    expect_axis("rollaxis", x.ndim, axis)
    expect(-x.ndim <= start <= x.ndim, "rollaxis", f"start between {-x.ndim} and {x.ndim}", start=start)
    return jnp.rollaxis(x, axis, start)


@differentiable(node="Swapaxes", integers=True, path="array.swapaxes", attrs=("axis1", "axis2"), static=("axis1", "axis2"))
def swapaxes(x, axis1, axis2):
    """``x`` with two axes, ``axis1`` and ``axis2`` (static), in one another's place.

    >>> F.swapaxes(np.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    expect_axis("swapaxes", x.ndim, (axis1, axis2))
    return jnp.swapaxes(x, axis1, axis2)


def permutate(x, indices, axis=0, inv=False):
    """The elements of ``x`` along an axis in another order.

    Args:
        x: array of any shape and dtype.
        indices: integer array ``(n,)``, for each place of the result which place of ``x`` it is from. Traced.
        axis: an axis of length ``n``. Static.
        inv: ``indices`` are for each place of ``x`` which place of the result it goes to. Static.

    Returns:
        Variable, a copy.

    Raises:
        InvalidType: no such axis.
        OutOfRange: an index is not below ``n`` (an ``IndexError`` and ``ValueError``).
        ValueError: indices are no integers of one axis, or one is there twice.

    >>> F.permutate(np.float32([5, 6, 7]), np.int32([2, 0, 1])).array
    array([7., 5., 6.], dtype=float32)
    """
    if indices.dtype.kind != "i" or indices.ndim != 1:
        raise ValueError(f"permutate: expected indices of one axis of integers, got {indices.shape} {indices.dtype}")
    indices = indices.array if isinstance(indices, Variable) else indices
    if isinstance(indices, np.ndarray) and np.unique(indices).size < indices.size:
        raise ValueError(f"permutate: expected each index once, got {indices}")
    axis = operator.index(axis)
    with expect_in_range("permutate", "indices", indices, indices, 0):
        return _permutate(x, indices, axis, bool(inv))


@differentiable(node="Permutate", integers=True, path="array.permutate", attrs=("indices", "axis", "inv"), static=("axis", "inv"))
def _permutate(x, indices=0, axis=0, inv=False):
    expect_axis("permutate", x.ndim, axis)
    if inv:
        numbers = jnp.arange(len(indices), dtype=indices.dtype)
        indices = jnp.zeros_like(indices).at[indices].set(numbers, unique_indices=True)
    return jnp.take(x, indices, axis, unique_indices=True)
