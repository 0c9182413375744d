"""Turning the arguments that Chainer allows into one form."""

import operator


def pair(x):
    """``(x, x)`` of a number; two numbers as they are."""
    return tuple(map(int, x)) if hasattr(x, "__getitem__") else (operator.index(x),) * 2


def axes_of(axis, ndim):
    """``None``, an int or a tuple of ints as a tuple of axes from 0; ``TypeError`` for anything else, ``ValueError`` for twice one."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
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


def padding(sizes, ks, ss, ps, cover_all=False, ds=(1, 1)):
    """``(before, after)`` for each axis, so that the windows of :func:`out_size` just fit."""
    result = []
    for size, k, s, p, d in zip(sizes, ks, ss, ps, ds, strict=True):
        last = (out_size(size, k, s, p, cover_all, d) - 1) * s + k + (k - 1) * (d - 1)
        result.append((p, max(last - size - p, 0 if cover_all else p) if cover_all else p))
    return result
