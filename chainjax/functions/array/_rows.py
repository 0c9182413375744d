"""Rows of arrays in other arrays: what sequences of any length go through, which are other ones at each step."""

import functools

import numpy as np

import jax
import jax.numpy as jnp

from ...engine import Signature
from ...engine._values import Aval


class Rows(Signature):
    """The rows of some arrays, one below another, in another order or the same, cut into arrays of ``sizes``.

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
        back: place of the argument that holds the inverse order.
    """

    __slots__ = ("arrays", "back", "order", "sizes")

    def __init__(self, name, fn, avals, arrays, sizes, single=False, order=None, back=None):
        self.arrays, self.sizes, self.single, self.order, self.back = arrays, tuple(sizes), single, order, back
        super().__init__(name, fn, avals)

    def _infer(self):
        first = self.avals[self.arrays][0]
        return tuple([Aval((n, *first.shape[1:]), first.dtype, self.device) for n in self.sizes])

    def move(self, *args):
        """The outputs, by NumPy."""
        rows = np.concatenate(args[self.arrays])
        if self.order is not None:
            rows = rows.take(args[self.order], 0)
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
    rows = jnp.concatenate(xs).at[order].get(mode="promise_in_bounds", unique_indices=True, wrap_negative_indices=False)
    return tuple(jnp.split(rows, np.cumsum(sizes[:-1])))


def _permuted_forward(sizes, xs, order, back):
    return _permuted(sizes, xs, order, back), (tuple([len(x) for x in xs]), order, back)


def _permuted_backward(sizes, kept, gys):
    lengths, order, back = kept
    return _permuted(lengths, gys, back, order), None, None


_permuted.defvjp(_permuted_forward, _permuted_backward)
