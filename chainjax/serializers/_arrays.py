"""Values on their way to a file and back."""

import contextlib
import math

import numpy as np

from .. import engine
from ..backends._array import ndarray
from ..backends._cell import Cell
from ..backends._device import JaxDevice
from ..serializer import Deserializer
from ..variable import Variable
from ._errors import BadFileError, MismatchError, MissingKeyError
from ._journal import Journal


def inside(value):
    """What is behind a value: the cell of a variable (``None`` without an array) or of an accelerator's array, else the value."""
    if isinstance(value, Variable):
        return None if value._contents is None else value._cell()
    return value._cell if isinstance(value, ndarray) else value


def host_array(value):
    """The NumPy array to write for a value, only to be read; ``None`` stays."""
    value = inside(value)
    if value is None:
        return None
    array = value.peek() if isinstance(value, Cell) else np.asarray(value)
    if array.dtype == object and not isinstance(value, np.ndarray):
        raise TypeError(f"expected an array, a number or a string to save, got {type(value).__name__}")
    if array.dtype.isbuiltin == 2:  # not NumPy's own: bfloat16 and the like, which no other reader of the file knows
        array = array.astype(np.float32)
    return array


#: No deflated bytes become more than this many times as many.
DEFLATE_RATIO = 1032

# Numbers that were compressed better than this could be a bomb, or zeros: both are small files.
_SUSPICIOUS_RATIO = 100


class Allowance:
    """How many bytes of suspiciously well compressed numbers a load may still make whose size only the file says.

    A parameter that has a shape bounds what is read for it, whatever a file claims. One that waits for its shape does not.
    """

    def __init__(self, left=256 << 20):
        self.left = left

    def take(self, nbytes, stored, name):
        """Raise if ``nbytes`` made from ``stored`` bytes in the file are too many."""
        if nbytes <= _SUSPICIOUS_RATIO * stored:
            return
        self.left -= nbytes
        if self.left < 0:
            raise BadFileError(
                f"{name} would become {nbytes} bytes from {stored} in the file, which may be made to fill the memory; if it is right, "
                "give the array its shape before loading"
            )


class Reader(Deserializer):
    """What loading from any format has in common. A format says how a key is looked up.

    Attributes:
        defaults: values for keys that the file may lack.
    """

    _takes_cells = True
    _casting = "safe"
    _journal = None
    _allowance = None
    defaults: dict = {}

    def load(self, obj):
        """Load into an object. If that fails, links and optimizers are what they were before."""
        if self._journal is not None:
            obj.serialize(self)
            return
        self._journal = Journal()
        try:
            self._remember(obj)
            obj.serialize(self)
        except BaseException:
            self._journal.undo()
            raise
        finally:
            self._journal = None

    def _hand_down(self, part):
        """Give the reader of a part what one load has in common."""
        if self._allowance is None:
            self._allowance = Allowance()
        part._journal, part._allowance = self._journal, self._allowance
        return part

    def __contains__(self, key):
        raise NotImplementedError

    def _is_kept(self, key):
        """Whether the value is to stay as it is, whatever the file says."""
        return not self.strict and key not in self

    def _look_up(self, key):
        """``(shape, dtype, read, stored)`` of what is saved under a key, ``None`` for a saved ``None``.

        ``read(dtype)`` gives the array, ``stored`` is how many bytes of the file it is made from.
        """
        raise NotImplementedError

    def _name(self, key):
        """File and key for messages."""
        raise NotImplementedError

    def __call__(self, key, value):
        if key in self.defaults and key not in self:
            return self.defaults[key]
        if self._is_kept(key):
            return value
        found = self._look_up(key)
        if found is None:
            return None
        shape, dtype, read, stored = found
        if isinstance(value, Variable) and value._contents is None:
            self._expect_bounded(key, shape, dtype, stored)
            array = self._read(key, read, dtype)
            value.initialize(shape)
            self._put(key, value._cell(), shape, dtype, lambda wanted: array.astype(wanted, copy=False))
        elif value is None:
            self._expect_bounded(key, shape, dtype, stored)
            return self._read(key, read, dtype)
        elif isinstance(value, np.ndarray):
            self.expect(key, value.shape, value.dtype, shape, dtype)
            array = self._read(key, read, value.dtype)
            self._remember(value)
            np.copyto(value, array)
        elif isinstance(cell := inside(value), Cell):
            self._put(key, cell, shape, dtype, read)
        else:
            self._expect_bounded(key, shape, dtype, stored)
            return self._scalar(key, type(value), dtype, self._read(key, read, dtype))
        return value

    def _expect_bounded(self, key, shape, dtype, stored):
        if self._allowance is None:
            self._allowance = Allowance()
        self._allowance.take(math.prod(map(int, shape)) * dtype.itemsize, stored, self._name(key))

    def _remember(self, obj):
        if self._journal is not None:
            self._journal.remember(obj)

    @contextlib.contextmanager
    def _reading(self, key):
        try:
            yield
        except (BadFileError, MemoryError):
            raise
        except Exception as exc:  # whatever h5py, zipfile, zlib, NumPy's parser or a pickle that was asked for may raise
            raise BadFileError(f"{self._name(key)} cannot be read: {exc}") from exc

    def _read(self, key, read, dtype):
        with self._reading(key):
            return read(dtype)

    def _put(self, key, cell, shape, dtype, read):
        aval = cell.aval
        self.expect(key, aval.shape, aval.dtype, shape, dtype)
        self._remember(cell)
        value = engine.own(self._read(key, read, aval.dtype))
        cell.put(value if aval.device is None else JaxDevice(aval.device).send_value(value))

    def expect(self, key, shape, dtype, found_shape, found_dtype):
        """Raise unless what the file has under a key fits an array.

        Raises:
            MismatchError: another shape, or a dtype that cannot be cast to the array's within its kind.
        """
        if tuple(found_shape) != tuple(shape) or not np.can_cast(found_dtype, dtype, "same_kind"):
            raise MismatchError(
                f"{self._name(key)}: expected shape {tuple(shape)}, dtype {dtype}, got shape {tuple(found_shape)}, dtype {found_dtype}; "
                "the file was made by a model of other sizes or types"
            )

    def _scalar(self, key, kind, dtype, array):
        exact = kind is int and dtype.kind in "iu"
        if dtype.kind in "iufc" and not exact and not np.can_cast(dtype, kind, self._casting):
            raise MismatchError(
                f"{self._name(key)}: expected {kind.__name__}, got an array of shape {array.shape}, dtype {dtype}, which cannot be "
                "loaded safely"
            )
        try:
            return kind(array[()], "utf-8") if issubclass(kind, str) and isinstance(array[()], bytes) else kind(array)
        except (TypeError, ValueError) as exc:
            raise MismatchError(
                f"{self._name(key)}: expected {kind.__name__}, got an array of shape {array.shape}, dtype {dtype}: {exc}"
            ) from exc

    def _missing(self, key, what, there):
        there = sorted(map(str, there))  # names of damaged HDF5 files can be bytes
        listed = ", ".join(map(repr, there[:8])) + (f" and {len(there) - 8} more" if len(there) > 8 else "")
        known = f"there is {listed}; " if there else ""
        return MissingKeyError(f"{self._name(key)}: there is no such {what}; {known}with strict=False what a file lacks stays as it is")
