"""Turning the arguments that Chainer allows into one form."""

import itertools
import operator

import jax.numpy as jnp
from jax import lax

from ..engine._signature import FromList

#: What nodes of functions over any number of axes have besides their arguments.
NDIM = {"ndim": property(lambda node: len(node.inputs[0].shape) - 2, doc="The number of axes after the channels.")}


def per_axis(x, ndim):
    """``ndim`` ints: those of a sequence, or one for all axes."""
    xs = tuple(map(operator.index, x)) if hasattr(x, "__len__") else (operator.index(x),) * ndim
    if len(xs) != ndim:
        raise ValueError(f"expected one number or {ndim}, got {x}")
    return xs


def pair(x):
    """``(x, x)`` of a number; two numbers as they are."""
    return per_axis(x, 2)


def axes_of(axis, ndim):
    """``None``, an int or a tuple of ints as a tuple of axes from 0; ``TypeError`` for anything else, ``ValueError`` for twice one."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) and not isinstance(axis, FromList) else (axis,)
    try:
        axes = tuple(operator.index(a) % ndim if ndim else operator.index(a) for a in axes)
    except TypeError:
        raise TypeError(f"expected axis to be None, an int or a tuple of ints, got {axis!r}") from None
    if len(set(axes)) != len(axes):
        raise ValueError(f"duplicate value in axis: {axis}")
    return axes


def out_size(size, k, s, p, cover_all=False, d=1):
    """How many windows of ``k`` (dilated by ``d``), ``s`` apart, fit an axis of ``size`` padded by ``p``.

    ``cover_all``: the last one may stick out, so that every element is in one.
    """
    span = k + (k - 1) * (d - 1)
    return (size + 2 * p - span + (s - 1 if cover_all else 0)) // s + 1


def padding(sizes, ks, ss, ps, ns, ds):
    """``(before, after)`` for each axis, so that the ``n`` windows of :func:`out_size` fit."""
    spans = [k + (k - 1) * (d - 1) for k, d in zip(ks, ds, strict=True)]
    return [(p, max(p, (n - 1) * s + span - size - p)) for size, span, s, p, n in zip(sizes, spans, ss, ps, ns, strict=True)]


def windows(x, ks, ss, ns, ds):
    """For each place in a window, row by row, the elements of ``x`` there in all ``n`` windows of the last axes, ``s`` apart."""
    rest = x.ndim - len(ks)
    for place in itertools.product(*map(range, ks)):
        first = [i * d for i, d in zip(place, ds, strict=True)]
        last = [i + (n - 1) * s + 1 for i, n, s in zip(first, ns, ss, strict=True)]
        yield lax.slice(x, (0,) * rest + tuple(first), x.shape[:rest] + tuple(last), (1,) * rest + tuple(ss))


def padded(x, pads, value=0.0):
    """``x`` with ``(before, after)`` more elements along its last axes."""
    rest = [(0, 0, 0)] * (x.ndim - len(pads))
    return lax.pad(x, jnp.asarray(value, x.dtype), rest + [(a, b, 0) for a, b in pads])
