"""Functions of rows that are at another number of rows each time.

To trace a function and its gradient takes up to 25 ms: for a batch of sequences that is longer than what it computes, and other sequences
have other numbers of rows. What a function does with rows that do not see each other is known from what it does with a few more.
"""

import numpy as np

import jax

from ..engine import Signature, _replay, signature_of
from ..engine._cache import Bounded
from ..engine._signature import bound, signatures
from ..engine._values import TRACED, Aval

#: After so many numbers of rows it is not expected that there will be few.
MANY = 3

# a function and its inputs but for the numbers of rows -> those numbers
_numbers = Bounded(most=1 << 12)


def rounded(n):
    """``n`` rounded up to four binary digits: so that sequences of other lengths seldom need another program."""
    unit = 1 << max(n.bit_length() - 4, 0)
    return -(-n // unit) * unit


def run(sig, arrays):
    """What a signature gives for arrays, now: for what is computed as a part of something else."""
    return _replay._run(sig, (), None, False, [_jaxs_own(a) for a in arrays])


def _jaxs_own(array):
    """The array of JAX that an array of NumPy shows; what else it is given XLA holds beyond the call, and no update could consume it."""
    shown = getattr(array.base, "obj", None) if array.__class__ is np.ndarray and array.flags.c_contiguous else None
    return shown if isinstance(shown, jax.Array) and (shown.shape, shown.dtype) == (array.shape, array.dtype) else array


class ByRow(Signature):
    """A function at ``rows`` rows, which do not see each other, known from what it is at a few more, ``at``.

    Rows of zeros are put below those that are there, and what comes of them is taken off.

    Args:
        name: for messages.
        fn: the function, for programs.
        avals: of its inputs.
        at: the signature at more rows.
        ins: the places of the inputs that have rows.
        cut: the places of the outputs that have.
        rows: how many.
    """

    __slots__ = ("at", "cut", "ins", "rows")

    #: As ``backends/_by_numpy.py`` takes it: it takes no time of its own.
    costs = False, 0.0, 0.0, 1

    def __init__(self, name, fn, avals, at, ins, cut, rows):
        self.at, self.ins, self.cut, self.rows, self.single = at, ins, cut, rows, at.single
        super().__init__(name, fn, avals)

    def _infer(self):
        outs = self.at.outs
        return tuple([Aval((self.rows, *o.shape[1:]), o.dtype, o.device) if i in self.cut else o for i, o in enumerate(outs)])

    def move(self, *args):
        """The outputs, by what computes those of more rows."""
        args = list(args)
        for i in self.ins:
            args[i] = _longer(args[i], self.at.avals[i].shape)
        outs = run(self.at, args)
        return [np.asarray(o)[: self.rows] if i in self.cut else o for i, o in enumerate(outs)]

    def _make_vjp(self, wanted, present):
        at, used = self.at.vjp(wanted, present)
        ins = [n for n, i in enumerate(used) if i in self.ins]
        there = [i in self.cut for i, here in enumerate(present) if here]
        ins += [len(used) + n for n, cut in enumerate(there) if cut]
        avals = tuple([self.avals[i] for i in used] + [o for o, here in zip(self.outs, present, strict=True) if here])
        cut = [n for n, i in enumerate(wanted) if i in self.ins]
        found = ByRow(self.name + "_grad", self._gradient(wanted, present, used), avals, at, ins, cut, self.rows)
        found.pulled = self, wanted, present, used
        return found, used


def _longer(x, shape):
    y = np.empty(shape, x.dtype)
    y[: len(x)] = x
    y[len(x) :] = 0
    return y


def by_row(name, fn, avals, ins, key, signature):
    """A :class:`ByRow`, ``None`` where it comes at few numbers of rows, or at a round one.

    Args:
        name: for messages.
        fn: the function.
        avals: of its inputs.
        ins: which of them have rows.
        key: what tells the function from others.
        signature: the function from avals to its signature. It may raise: then those given are wrong.
    """
    shapes = [avals[i].shape for i in ins]
    n = shapes[0][0] if shapes and shapes[0] else 0
    if not n or any(s[:1] != (n,) for s in shapes) or rounded(n) == n or avals[ins[0]].device is TRACED:
        return None

    def at(rows):
        return tuple([Aval((rows, *a.shape[1:]), a.dtype, a.device, a.weak) if i in ins else a for i, a in enumerate(avals)])

    key = (key, *at(0))
    numbers = _numbers.get(key) or frozenset()
    if len(numbers) < MANY:
        _numbers.put(key, numbers | {n})
        return None
    more = signature(at(rounded(n)))
    return ByRow(name, fn, avals, more, ins, [i for i, o in enumerate(more.outs) if o.shape], n)


def signature_by_row(fn, static, avals, rows):
    """As ``signature_of``, for a function of rows: ``rows`` are the numbers of the inputs that have them."""
    key = (fn, static, *avals)
    found = signatures.get(key)
    if found is None:
        found = by_row(fn.__name__, bound(fn, static), avals, rows, key[:2], lambda more: signature_of(fn, static, more))
        if found is None:
            return signature_of(fn, static, avals)
        signatures.put(key, found)
    return found
