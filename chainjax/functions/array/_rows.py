"""Rows of arrays in other arrays: what sequences of any length go through, which are other ones at each step."""

import functools
import math

import numpy as np

import jax
import jax.numpy as jnp

from ... import engine
from ...differentiable import differentiable
from ...engine import Signature
from ...engine._values import Aval
from ._shape import reshape


class Rows(Signature):
    """The rows of some arrays, one below another, in another order or the same, cut into arrays of ``sizes``.

    In an order the number after the last stands for a row that is not there: it is of zeros.

    What comes out, the gradient (rows in the inverse order) and what NumPy does for it are known; to trace both would take 50 ms, which
    for a batch of sequences that does not come again is longer than the step.

    Args:
        name: for messages.
        fn: the same as a function for JAX.
        avals: of all arguments.
        arrays: slice of the arguments that have the rows.
        sizes: how many rows each output has.
        single: give an array, and no tuple.
        order: place of the argument that says which row comes at each place; ``None``: rows stay where they are.
        back: place of the argument that holds the inverse order: the place of each row that is there.
    """

    __slots__ = ("arrays", "back", "order", "sizes")

    def __init__(self, name, fn, avals, arrays, sizes, single=False, order=None, back=None):
        self.arrays, self.sizes, self.single, self.order, self.back = arrays, tuple(sizes), single, order, back
        super().__init__(name, fn, avals)

    def _infer(self):
        first = self.avals[self.arrays][0]
        return tuple([Aval((n, *first.shape[1:]), first.dtype, self.device) for n in self.sizes])

    @property
    def costs(self):
        return True, 1.5e-6 * len(self.avals), 0, 1

    def move(self, *args):
        """The outputs, by NumPy."""
        rows = args[self.arrays]
        if self.order is not None:
            nothing = np.zeros((1, *rows[0].shape[1:]), rows[0].dtype)
            rows = np.concatenate([*rows, nothing]).take(args[self.order], 0)
        else:
            rows = np.concatenate(rows)
        return np.split(rows, np.cumsum(self.sizes[:-1]))

    def _make_vjp(self, wanted, present):
        xs = self.avals[self.arrays]
        places = tuple(range(len(self.avals))[self.arrays])
        if wanted != places or not all(present) or xs[0].dtype.kind not in "fc":
            return super()._make_vjp(wanted, present)
        used = () if self.order is None else tuple(sorted((self.order, self.back)))
        lengths = [x.shape[0] for x in xs]
        order, back = (None, None) if self.order is None else (used.index(self.back), used.index(self.order))

        def gradient(*args):
            return rows_moved(lengths, args[len(used) :], *[args[i] for i in (order, back) if i is not None])

        avals = tuple([self.avals[i] for i in used]) + self.outs
        return Rows(self.name + "_grad", gradient, avals, slice(len(used), None), lengths, False, order, back), used


def rows_moved(sizes, xs, order=None, back=None):
    """The rows of ``xs``, in another order if one is given, in arrays of ``sizes``."""
    if order is None:
        return tuple(jnp.split(jnp.concatenate(xs), np.cumsum(sizes[:-1])))
    return _permuted(tuple(sizes), tuple(xs), order, back)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _permuted(sizes, xs, order, back):
    """As :func:`rows_moved`. Its gradient is of its own kind; JAX's would add row by row."""
    rows = jnp.concatenate(xs).at[order].get(mode="fill", fill_value=0, wrap_negative_indices=False)
    return tuple(jnp.split(rows, np.cumsum(sizes[:-1])))


def _permuted_forward(sizes, xs, order, back):
    return _permuted(sizes, xs, order, back), (tuple([len(x) for x in xs]), order, back)


def _permuted_backward(sizes, kept, gys):
    lengths, order, back = kept
    return _permuted(lengths, gys, back, order), None, None


_permuted.defvjp(_permuted_forward, _permuted_backward)


def _known(name, fn, avals, static):
    n, (sizes,) = len(avals) - 2, static
    return Rows(name, fn, avals, slice(n), sizes, order=n, back=n + 1)


@differentiable(integers=True, static=("sizes",), known=_known)
def rows_in_order(xs, order=0, back=0, sizes=()):
    """Rows of arrays in ``order``, cut into arrays of ``sizes``; ``back`` is the inverse order. See :class:`Rows`."""
    return rows_moved(sizes, xs, order, back)


def side_by_side(xs, shape):
    """Arrays ``(n_i, *s)`` as one array ``(*shape, *s)``: array ``i`` is the beginning of row ``i``, what comes after it is zeros."""
    order, back = _places([x.shape[0] for x in xs], *shape)
    (rows,) = rows_in_order(xs, order, back, (math.prod(shape),))
    return reshape(rows, (*shape, *xs[0].shape[1:]))


def apart(x, sizes):
    """The inverse: of an array ``(m, n, *s)`` the first ``sizes[i]`` of each row ``i``, as a tuple; there may be more rows."""
    order, back = _places(sizes, *x.shape[:2])
    return rows_in_order([reshape(x, (-1, *x.shape[2:]))], back, order, tuple(sizes))


def beginnings(sizes, m, n):
    """Whether there is something at each place, for arrays of ``sizes`` at the beginnings of the first of ``m`` rows of ``n``."""
    return np.arange(n) < np.array([*sizes] + [0] * (m - len(sizes)))[:, None]


def _places(sizes, m, n):
    """Which row comes at each place, and the place of each row."""
    back = np.flatnonzero(beginnings(sizes, m, n)).astype(np.int32)
    order = np.full(m * n, len(back), np.int32)
    order[back] = np.arange(len(back), dtype=np.int32)
    return engine.own(order), engine.own(back)
