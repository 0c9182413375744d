"""Many small cells in one flat array, so that an update hands over one array instead of hundreds.

A cell in a *pack* keeps a :class:`Part`, which says where its numbers are there. Whoever reads the cell, computes with it or gives
it other contents notices nothing: on a tape, one entry cuts a pack into all its parts, and what nobody wants of them is not made. A
cell leaves its pack by keeping something else, as when its array is handed out; the others stay.
"""

import itertools
import math
from weakref import ref

import numpy as np

from jax import lax

from .. import engine
from ..engine import Value
from ._cell import Cell, Part, taken_over
from ._device import JaxDevice


class Pack(Cell):
    """A cell of a flat array in which other cells have their numbers. It does not know them, but where they are."""

    __slots__ = ("_cut", "_signature", "shapes")

    def __init__(self, value, shapes):
        super().__init__(value)
        self.shapes, self._signature, self._cut = shapes, None, None

    def cut_out(self, part):
        """The Value of a part; on one tape always the same, as long as somebody has it."""
        cut = self._cut
        if cut is None or not cut.is_of(self.kept):
            cut = self._cut = _Cut(self.kept, self._parts())
        return cut.value(part)

    def _parts(self):
        if self._signature is None:
            self._signature = engine.signature_of(_cut, (("shapes", self.shapes),), (self.aval,), "parts")
        return engine.record(self._signature, [self.kept])


class _Cut:
    """The parts of one Value of a pack: an entry of a tape that goes on, or arrays where nothing is recorded."""

    def __init__(self, flat, values):
        self.flat, self.values, tape = ref(flat), values, values[0].tape
        self.tape = None
        if tape is not None:
            # Values that nobody else holds must be able to die, or a replay would make each of them.
            _, _, self.base, self.values, *_ = tape.entries[-1]
            self.tape = ref(tape)

    def is_of(self, flat):
        if self.flat() is not flat:
            return False
        return self.tape is None or ((tape := engine.thread().tape) is not None and tape is self.tape() and not tape.closed)

    def value(self, part):
        value = self.values[part.number]
        if self.tape is not None:
            value = value()
            if value is None:
                value = Value(part.aval, None, self.tape(), self.base + part.number)
                self.values[part.number] = ref(value)
        value.home = part.home
        return value


def pack(cells):
    """Move the numbers of cells of one dtype and device into a pack. No array of theirs may be held by anybody else."""
    shapes = tuple([cell.aval.shape for cell in cells])
    starts = list(itertools.accumulate(map(math.prod, shapes), initial=0))
    flat, device = np.empty(starts[-1], cells[0].aval.dtype), cells[0].device
    for cell, start, end in zip(cells, starts, starts[1:], strict=False):
        flat[start:end] = cell.peek().reshape(-1)
    made = Pack(taken_over(flat) if device is None else JaxDevice(device).send_value(engine.own(flat)), shapes)
    for number, (cell, start) in enumerate(zip(cells, starts, strict=False)):
        cell.kept = Part(made, number, start, cell)
    return made


def _cut(flat, shapes):
    starts = itertools.accumulate(map(math.prod, shapes), initial=0)
    # Not by [:], which takes ten times as long to trace.
    return [lax.slice(flat, (start,), (start + math.prod(shape),)).reshape(shape) for start, shape in zip(starts, shapes, strict=False)]
