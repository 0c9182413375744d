"""The host boundary: one place that holds an array, as NumPy code sees it and as programs use it.

A cell keeps a host array, a Value, or a part of a pack (see ``_pack.py``). What shares an array in Chainer shares a cell here.
Reading a cell hands out a real, writable ``numpy.ndarray``; from then on that array is the truth, because its holder may write to
it at any time:

- while somebody else holds it, every use takes a fresh snapshot, and every update is replayed and written back into it;
- once nobody does, the next use takes it over for good, and from then on all that cost is gone.

Who holds it is asked of the reference count; views and buffers count through their base. An array that does not own its
memory counts as held for ever, unless it is the only view of an array that does.
"""

import gc
import math
import sys
from weakref import ref

import numpy as np

import jax

from .. import engine
from ..engine import TRACED, Aval, Value
from ..engine._interrupts import held as signals_held
from ..engine._values import ALIGNMENT, LARGE

# From this size on, host memory that is not needed any more is worth a garbage collection.
HUGE = 1 << 20


class Cell:
    """A place that holds an array.

    ``kept`` is a host array (it may be written to), a Value, or a :class:`Part` of a pack: one attribute, so that no interrupt can
    find it half changed. ``content`` is the same with the Value of a part in its place.
    """

    __slots__ = ("__weakref__", "_face", "kept")

    def __init__(self, content):
        self.kept, self._face = content, None
        if content.__class__ is not Value:
            _cell_of_host[id(content)] = ref(self)

    @property
    def content(self):
        return self.kept.use() if self.kept.__class__ is Part else self.kept

    @content.setter
    def content(self, content):
        self.kept = content

    def __deepcopy__(self, memo):
        content = self.content
        return Cell(content if content.__class__ is Value else content.copy())

    def __reduce__(self):
        device = self.device
        return _restored, (np.array(self.peek()), device and (device.platform, device.id))

    @property
    def device(self):
        """The JAX device that it is bound to; ``None`` for what NumPy code sees."""
        return self.aval.device

    @property
    def aval(self):
        """Shape and dtype of what is held."""
        kept = self.kept
        return kept.aval if kept.__class__ is Value or kept.__class__ is Part else Aval(kept.shape, kept.dtype)

    def use(self):
        """The Value for one use now."""
        if self.kept.__class__ is Value:
            return self.kept
        if self.kept.__class__ is Part:
            return self.kept.use()
        if is_held(self):
            return engine.value_of(self.kept)
        self.kept = taken_over(self.kept)
        return self.kept

    def array(self):
        """Hand out the array as code of its device sees it; a host array is made if it is not there yet."""
        if self.kept.__class__ is not Value and self.kept.__class__ is not Part:
            return self.kept
        if self.aval.device is not None:
            return _on_device(self)
        host = np.array(self.peek(), order="C")
        _cell_of_host[id(host)] = ref(self)
        self.kept = host
        return host

    def peek(self):
        """The contents for reading only, at no later cost: what comes back must not be written to or handed out."""
        kept = self.kept
        return np.asarray(engine.fetch(kept)) if kept.__class__ is Value else kept.peek() if kept.__class__ is Part else kept

    def put(self, value):
        """Replace the contents: at once in a host array that somebody holds, else whenever it is looked at."""
        if self.device is not TRACED:
            untraced(value)
        if self.kept.__class__ is not Value and self.kept.__class__ is not Part and is_held(self):
            np.copyto(self.kept, engine.fetch(value))
        else:
            self.kept = value

    def roll_back(self, new, old):
        """The update that was to make ``new`` has failed."""
        if self.kept is new:
            self.kept = old


class Part:
    """Where the numbers of a cell are in a pack. It never changes: when the pack gets other numbers, so do all its cells."""

    __slots__ = ("aval", "home", "number", "pack", "start")

    def __init__(self, pack, number, start, cell):
        self.pack, self.number, self.start, self.aval, self.home = pack, number, start, cell.aval, ref(cell)

    def use(self):
        """The Value for one use now."""
        return self.pack.cut_out(self)

    def peek(self):
        """The numbers for reading only."""
        return self.pack.peek()[self.start : self.start + math.prod(self.aval.shape)].reshape(self.aval.shape)


def untraced(contents):
    """``contents``, of which numbers can be made: what a link keeps outlives the transformation that a tracer belongs to."""
    if contents is not None and contents.aval.device is TRACED:
        raise TypeError(
            "a link cannot hold a JAX tracer, neither in a parameter, its gradient nor a persistent array: its numbers exist only inside "
            "the transformation. Transform a pure function of the parameters instead, such as functional() makes of a link"
        )
    return contents


def _restored(array, device):
    if device is None:
        return Cell(array)
    from ._device import JaxDevice  # it is made of cells

    return JaxDevice.parse("{}:{}".format(*device)).send(array)._cell


def _on_device(cell):
    if cell.aval.device is TRACED:
        return cell.content.array
    face = cell._face and cell._face()
    if face is None:
        from ._array import ndarray  # it is made of cells

        face = ndarray(cell)
        cell._face = ref(face)
    return face


# id(host array) -> its cell, so that an array that comes back in (``p.array = q.array``) shares its cell. Entries of cells that
# died or hold something else by now are found to be stale by comparing, and swept out now and then.
_cell_of_host: dict = {}
_SWEEP_AT = [1 << 12]


def cell_of(host):
    """The cell of a host array, a new one where no cell holds this very array."""
    reference = _cell_of_host.get(id(host))
    cell = reference and reference()
    if cell is not None and cell.kept is host:
        return cell
    if len(_cell_of_host) > _SWEEP_AT[0]:
        for key, reference in list(_cell_of_host.items()):
            cell = reference()
            if cell is None or id(cell.kept) != key:
                _cell_of_host.pop(key, None)
        _SWEEP_AT[0] = 2 * len(_cell_of_host) + (1 << 12)
    return Cell(host)


def is_held(cell):
    """Whether somebody but the cell can see its host array."""
    if _references(cell) > _UNHELD or not engine.COUNTS:
        return True
    host = cell.kept
    if host.base is None:
        return not host.flags.owndata
    return type(host.base) is not np.ndarray or not host.base.flags.owndata or _base_references(host) > _UNHELD_BASE


def _references(cell):
    return sys.getrefcount(cell.kept)


def _base_references(array):
    return sys.getrefcount(array.base)


# Calibrated by running the code itself, since what a call adds to a count differs between versions of Python.
_UNHELD = _references(Cell(np.empty(1)))
_UNHELD_BASE = _base_references(np.empty(2)[:1])


def taken_over(host):
    """A Value from a host array that is nobody else's from now on."""
    if host.nbytes < LARGE or host.dtype.kind not in "biufc" or not host.dtype.isnative:
        return engine.value_of(host)
    if host.ctypes.data % ALIGNMENT == 0:
        # XLA would borrow aligned memory, whatever may_alias says, and what is borrowed cannot be donated to an update.
        raw = np.empty(host.nbytes + 2 * ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT + ALIGNMENT // 2
        unaligned = raw[start : start + host.nbytes].view(host.dtype).reshape(host.shape)
        np.copyto(unaligned, host)
        host = unaligned
    with jax.enable_x64(True):
        value = Value(Aval(host.shape, host.dtype), jax.device_put(host, may_alias=False))
    if host.nbytes >= HUGE:
        # JAX lets go of what it has copied at the next garbage collection only: a model would be there twice until then.
        value.array.block_until_ready()
        gc.collect(0)
    return value


def publish(cells, values, take_back=None):
    """Replace the contents of many cells by an update's results, as one step that no signal can tear.

    The old buffers may be donated. Where a host array is held, the replay is done here and written into it: whoever holds it sees
    the update at once, before any hook that comes after it. If it fails, ``take_back()`` is called and the cells are what they were.
    """
    replaced, late, old = [], [], None
    with signals_held():
        for cell, value in zip(cells, values, strict=True):
            if cell.kept.__class__ is Value or cell.kept.__class__ is Part:
                old, cell.kept = cell.kept, value
                if old.__class__ is Part:
                    old = old.use()
                old.home = value.home = ref(cell)
                replaced.append((cell, old, value))
            elif is_held(cell):
                late.append((cell, value))
            else:
                cell.kept = value
                value.home = ref(cell)
        if replaced and take_back is not None:
            replaced[0] = (_Counted(replaced[0][0], take_back), *replaced[0][1:])
        engine.update(replaced)
        failing = None if replaced else take_back
        replaced = old = None  # what this frame holds could not be donated
        try:
            for cell, value in late:
                cell.put(value)
        except Exception:
            if failing is not None and value.array is None:
                failing()
            raise


class _Counted:
    """Stands for a cell: that its update fails is told."""

    def __init__(self, cell, take_back):
        self.cell, self.take_back = cell, take_back

    def roll_back(self, new, old):
        if self.cell.kept is new:
            self.take_back()
        self.cell.roll_back(new, old)
