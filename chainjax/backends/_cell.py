"""The host boundary: one place that holds an array, as NumPy code sees it and as programs use it.

A cell holds either a host array or a Value. What shares an array in Chainer shares a cell here. Reading a cell hands out a
real, writable ``numpy.ndarray``; from then on that array is the truth, because its holder may write to it at any time:

- while somebody else holds it, every use takes a fresh snapshot, and every update is replayed and written back into it;
- once nobody does, the next use takes it over for good, and from then on all that cost is gone.

Who holds it is asked of the reference count; views and buffers count through their base. An array that does not own its
memory counts as held for ever, unless it is the only view of an array that does.
"""

import sys
from weakref import ref

import numpy as np

import jax

from .. import engine
from ..engine import TRACED, Aval, Value
from ..engine._interrupts import held as signals_held
from ..engine._values import LARGE


class Cell:
    """A place that holds an array: ``host`` if that is not ``None``, else ``value``. ``value`` is ``None`` while ``host`` is set."""

    __slots__ = ("__weakref__", "_face", "host", "value")

    def __init__(self, value=None, host=None):
        self.host, self.value, self._face = host, value, None
        if host is not None:
            _cell_of_host[id(host)] = ref(self)

    def __deepcopy__(self, memo):
        return Cell(self.value) if self.host is None else Cell(host=self.host.copy())

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
        return self.value.aval if self.host is None else Aval(self.host.shape, self.host.dtype)

    def use(self):
        """The Value for one use now."""
        host = self.host
        if host is None:
            return self.value
        aval = Aval(host.shape, host.dtype)
        host = None
        if is_held(self):
            return engine.value_of(self.host)
        self._hold(_taken_over(aval, self.host))
        return self.value

    def array(self):
        """Hand out the array as code of its device sees it; a host array is made if it is not there yet."""
        if self.host is None:
            if self.value.aval.device is not None:
                return _on_device(self)
            host = np.array(engine.fetch(self.value))
            self.host, self.value = host, None
            _cell_of_host[id(host)] = ref(self)
        return self.host

    def peek(self):
        """The contents for reading only, at no later cost: what comes back must not be written to or handed out."""
        return self.host if self.host is not None else np.asarray(engine.fetch(self.value))

    def put(self, value):
        """Replace the contents: at once in a host array that somebody holds, else whenever it is looked at."""
        if self.host is not None and is_held(self):
            np.copyto(self.host, engine.fetch(value))
        else:
            self._hold(value)

    def _hold(self, value):
        if self.host is not None:
            self.release()
        self.value = value

    def release(self):
        """Let the host array go: nobody holds it."""
        _cell_of_host.pop(id(self.host), None)
        self.host = None

    def roll_back(self, new, old):
        """The update that was to make ``new`` has failed."""
        if self.value is new:
            self.value = old


def _restored(array, device):
    if device is None:
        return Cell(host=array)
    from ._device import JaxDevice  # it is made of cells

    return JaxDevice.parse("{}:{}".format(*device)).send(array)._cell


def _on_device(cell):
    if cell.value.aval.device is TRACED:
        return cell.value.array
    face = cell._face and cell._face()
    if face is None:
        from ._array import ndarray  # it is made of cells

        face = ndarray(cell)
        cell._face = ref(face)
    return face


# id(host array) -> its cell, so that an array that comes back in (``p.array = q.array``) shares its cell. An entry of a cell
# that died is stale, and found to be so by comparing.
_cell_of_host: dict = {}
_SWEEP_AT = [1 << 12]


def cell_of(host):
    """The cell of a host array, a new one where no cell holds this very array."""
    reference = _cell_of_host.get(id(host))
    cell = reference and reference()
    if cell is not None and cell.host is host:
        return cell
    if len(_cell_of_host) > _SWEEP_AT[0]:
        for key in [k for k, r in list(_cell_of_host.items()) if r() is None]:
            _cell_of_host.pop(key, None)
        _SWEEP_AT[0] = 2 * len(_cell_of_host) + (1 << 12)
    return Cell(host=host)


def is_held(cell):
    """Whether somebody but the cell can see its host array."""
    if _references(cell) > _UNHELD or not engine.COUNTS:
        return True
    host = cell.host
    if host.base is None:
        return not host.flags.owndata
    return type(host.base) is not np.ndarray or not host.base.flags.owndata or _base_references(host) > _UNHELD_BASE


def _references(cell):
    return sys.getrefcount(cell.host)


def _base_references(array):
    return sys.getrefcount(array.base)


# Calibrated by running the code itself, since what a call adds to a count differs between versions of Python.
_UNHELD = _references(Cell(host=np.empty(1)))
_UNHELD_BASE = _base_references(np.empty(2)[:1])


def _taken_over(aval, host):
    """A Value from a host array that is nobody else's from now on."""
    if host.nbytes < LARGE or host.dtype.kind not in "biufc" or not host.dtype.isnative:
        return engine.value_of(host)
    with jax.enable_x64(True):
        # Copied into memory of XLA's own: a borrowed buffer could not be donated to the first update.
        return Value(aval, jax.device_put(host, may_alias=False))


def publish(cells, values):
    """Replace the contents of many cells by an update's results, as one step that no signal can tear.

    The old buffers may be donated. Where a host array is held, the caller's flush is followed by a write-back: what comes
    back is the list of ``(cell, value)`` for :func:`write_back`.
    """
    late = [(cell, value) for cell, value in zip(cells, values, strict=True) if cell.host is not None and is_held(cell)]
    if late:
        free = [(cell, value) for cell, value in zip(cells, values, strict=True) if cell.host is None or not is_held(cell)]
    else:
        free = list(zip(cells, values, strict=True))
    with signals_held():
        engine.update([(cell, cell.value, value) for cell, value in free])
        for cell, value in free:
            old = cell.value
            if old is None:
                cell.release()
            else:
                old.home = ref(cell)
            cell.value = value
            value.home = ref(cell)
    return late


def write_back(late):
    for cell, value in late:
        cell.put(value)
