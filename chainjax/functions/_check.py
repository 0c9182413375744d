"""The checks of arguments: the only place where errors of functions are worded.

They run while a function is traced, so once per signature, and raise at the line of the call before anything is recorded. Those
that look at numbers (``expect_in_range``) look at the host's when they are there, and else leave a guard in the program.
"""

import numpy as np

import jax.numpy as jnp

from .. import engine
from ..backends._array import ndarray
from ..engine import Value
from ..utils.type_check import InvalidType
from ..variable import Variable, use


class OutOfRange(IndexError, ValueError):
    """An index or label points outside of what it indexes. Chainer raises one or the other, so it is both."""


def expect(ok, who, expected, **got):
    """Raise ``InvalidType`` unless ``ok``: ``who: expected expected, got`` the shapes and dtypes of ``got``."""
    if not ok:
        raise InvalidType(expected, ", ".join(f"{name} {_describe(a)}" for name, a in got.items()), who=who)


def _describe(a):
    return f"{tuple(a.shape)} {a.dtype}" if hasattr(a, "dtype") else repr(a)


def expect_floating(who, **arrays):
    """All arrays must be floating point."""
    for name, a in arrays.items():
        expect(jnp.issubdtype(a.dtype, jnp.floating), who, f"{name} to be floating point", **{name: a})


def expect_integer(who, **arrays):
    """All arrays must be of signed integers."""
    for name, a in arrays.items():
        expect(np.dtype(a.dtype).kind == "i", who, f"{name} to be integer", **{name: a})


def expect_same_dtype(who, **arrays):
    """All arrays must have one dtype."""
    expect(len({np.dtype(a.dtype) for a in arrays.values()}) == 1, who, f"{' and '.join(arrays)} of one dtype", **arrays)


def expect_ndim(who, ndim, **arrays):
    """All arrays must have ``ndim`` axes."""
    for name, a in arrays.items():
        expect(a.ndim == ndim, who, f"{name} with {ndim} axes", **{name: a})


def expect_broadcastable(who, **arrays):
    """The shapes must broadcast together."""
    try:
        np.broadcast_shapes(*[a.shape for a in arrays.values()])
    except ValueError:
        expect(False, who, f"{' and '.join(arrays)} that broadcast together", **arrays)


def expect_axis(who, ndim, axis):
    """``axis`` (an int, tuple of ints or ``None``) must be one of ``ndim`` axes."""
    for a in () if axis is None else axis if isinstance(axis, tuple) else (axis,):
        expect(-ndim <= a < ndim, who, f"axis between {-ndim} and {ndim - 1}", axis=axis)


def on_host(x):
    """The numbers of an array or Variable for reading, if that copies nothing from a device and computes nothing; else ``None``."""
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, Variable):
        content = x._contents
        if content.__class__ is not Value:
            content = content.content
        if content.__class__ is Value:
            content = content.array
        return content if isinstance(content, np.ndarray) else None
    return None


def value_now(x):
    """The Value of an array or Variable."""
    if isinstance(x, Variable):
        return use(x._contents)
    return x._cell.use() if isinstance(x, ndarray) else engine.value_of(x)


def expect_in_range(who, what, indexes, size, besides=None):
    """Integers must be at least 0 and below ``size``, or ``besides``."""

    def error(*shown):
        return OutOfRange(
            f"{who}: expected {what} at least 0 and below {size}{'' if besides is None else f', or {besides}'}{''.join(shown)}"
        )

    host = on_host(indexes)
    if host is None:
        value = value_now(indexes)
        static = (("size", engine.static_key(size)), ("besides", engine.static_key(besides)))
        if value.aval.device is not engine.TRACED:
            engine.guard(engine.record(engine.signature_of(_any_outside, static, (value.aval,)), (value,))[0], error)
    # (argmax takes a fifth of the time of max, which goes through Python.)
    elif host.size and (host.item(host.argmax()) >= size or host.item(host.argmin()) < 0) and _any_outside(host, size, besides):
        bad = host[(host < 0) | (host >= size)]
        raise error(f", got {bad[bad != besides][0]}")


def _any_outside(x, size, besides):
    outside = (x < 0) | (x >= size)
    return (outside if besides is None else outside & (x != besides)).any()
