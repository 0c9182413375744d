"""``chainjax.ndarray``: what ``.array`` is on ``@jax`` devices.

It has NumPy's reading interface and stays on its device; a write replaces what its cell holds, so all variables that share
the array see it, as with CuPy. (Views do not alias their base yet.)
"""

import numpy as np

import jax

from .. import engine
from ._cell import Cell


class ndarray:
    """An array on a JAX device. Made by ``device.send(array)``, not by hand.

    ``.jax`` is the ``jax.Array`` as it is now, ``.get()`` a NumPy copy.
    """

    __slots__ = ("__weakref__", "_cell")
    __array_priority__ = 100

    def __init__(self, cell):
        self._cell = cell

    @property
    def jax(self):
        """The contents as ``jax.Array``."""
        return engine.fetch(self._cell.use())

    @property
    def jax_device(self):
        return self._cell.aval.device

    @property
    def shape(self):
        return self._cell.aval.shape

    @property
    def dtype(self):
        return self._cell.aval.dtype

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def size(self):
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def nbytes(self):
        return self._cell.aval.nbytes

    @property
    def device(self):
        """The JAX device that holds the numbers."""
        return self.jax_device

    def get(self, stream=None):
        """A NumPy copy."""
        return np.array(self.jax)

    def set(self, arr, stream=None):
        """Overwrite with the numbers of a NumPy array of the same shape."""
        self[...] = arr

    def item(self):
        return self.get().item()

    def tolist(self):
        return self.get().tolist()

    def copy(self):
        return self._new(self._cell.use())

    def astype(self, dtype, copy=True):
        """The numbers in another dtype."""
        dtype = np.dtype(dtype)
        if not copy and dtype == self.dtype:
            return self
        sig = engine.signature_of(_astype, (("dtype", engine.static_key(dtype)),), (self._cell.aval,), "astype")
        return self._new(engine.record(sig, [self._cell.use()])[0])

    def fill(self, value):
        self[...] = value

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.get(), dtype)

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of an array without axes")
        return self.shape[0]

    def __iter__(self):
        return map(self.__getitem__, range(len(self)))  # JAX knows no index that is too large, by which Python would see the end

    def __float__(self):
        return float(self.get())

    def __int__(self):
        return int(self.get())

    def __bool__(self):
        return bool(self.get())

    def __repr__(self):
        return repr(self.get())

    def __str__(self):
        return str(self.get())

    def __getitem__(self, index):
        with jax.enable_x64(True):
            return self._new(engine.value_of(self.jax[index]))

    def __setitem__(self, index, new):
        with jax.enable_x64(True):
            new = new.jax if isinstance(new, ndarray) else new
            self._cell.put(engine.value_of(self.jax.at[index].set(new)))

    def _new(self, value):
        return ndarray(Cell(value))


def _astype(x, dtype):
    return x.astype(dtype)
