"""The checks of arguments: the only place where errors of functions are worded.

They run while a function is traced, so once per signature, and raise at the line of the call before anything is recorded. Those
that look at numbers (``expect_in_range``) look at the host's when they are there, and else leave a guard in the program.
"""

import numpy as np

import jax.numpy as jnp

from .. import engine
from ..backends._array import ndarray
from ..backends._by_row import signature_by_row
from ..backends._index import OutOfRange as OutOfRange
from ..config import config
from ..engine import Value
from ..utils.type_check import InvalidType
from ..variable import Variable, use


class EmptyOutput(RuntimeError, AssertionError):
    """No window fits. Chainer raises one or the other, so it is both."""


def expect(ok, who, expected, **got):
    """Raise ``InvalidType`` unless ``ok``: ``who: expected expected, got`` the shapes and dtypes of ``got``.

    Where ``config.type_check`` is off whatever the formula makes of them comes out.
    """
    if not ok and config.type_check:
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


def expect_axes(who, ndim, x):
    """``x`` must have ``ndim`` axes, as the name of the function says; ``ValueError`` if not."""
    if x.ndim != ndim:
        raise ValueError(f"{who}: expected x with {ndim} axes, got {tuple(x.shape)}")


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


def expect_choice(who, name, value, *choices):
    """A word must be one of those that there are; ``ValueError`` if not."""
    if value not in choices:
        raise ValueError(f"{who}: expected {name} {' or '.join(map(repr, choices))}, got {value!r}")


def expect_alike(who, **arrays):
    """All arrays must be floating point, of one dtype and one shape."""
    expect_floating(who, **arrays)
    expect_same_dtype(who, **arrays)
    expect(len({a.shape for a in arrays.values()}) == 1, who, "arrays of one shape", **arrays)


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


class expect_in_range:
    """A context: the integers ``indexes`` must be at least 0 and below the length of ``array`` along ``axis``, or ``besides``.

    The length itself may stand for the array.

    Numbers of the host are looked at before the call in it is recorded; for pending ones a guard follows when the call has been
    accepted. What is no array of integers, or has no such axis, the call itself refuses.
    """

    def __init__(self, who, what, indexes, array, axis=0, besides=None):
        self.who, self.what, self.indexes, self.besides = who, what, indexes, besides
        self.size = array if isinstance(array, int) else array.shape[axis] if array.ndim > axis else None

    def __enter__(self):
        host, size, besides = on_host(self.indexes), self.size, self.besides
        self.pending = host is None
        if self.pending or size is None or host.dtype.kind not in "iu" or not host.size:
            return
        # (argmax takes a fifth of the time of max, which goes through Python.)
        if (host.item(host.argmax()) >= size or host.item(host.argmin()) < 0) and _any_outside(host, size, besides):
            bad = host[(host < 0) | (host >= size)]
            raise self.error(f", got {bad[bad != besides][0]}")

    def __exit__(self, kind, *_):
        if kind is None and self.pending:
            value = value_now(self.indexes)
            static = (("size", engine.static_key(self.size)), ("besides", engine.static_key(self.besides)))
            if value.aval.device is not engine.TRACED:
                engine.guard(engine.record(signature_by_row(_any_outside, static, (value.aval,), (0,)), (value,))[0], self.error)

    def error(self, shown=""):
        but = "" if self.besides is None else f", or {self.besides}"
        return OutOfRange(f"{self.who}: expected {self.what} at least 0 and below {self.size}{but}{shown}")


def _any_outside(x, size, besides):
    outside = (x < 0) | (x >= size)
    return (outside if besides is None else outside & (x != besides)).any()
