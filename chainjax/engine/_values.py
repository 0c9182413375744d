"""Numbers and numbers-to-be.

An :class:`Aval` says what an array is (shape, dtype, where), a :class:`Value` is one immutable array that may not have
been computed yet. Avals are interned, so that signatures are found by identity. A Value is in one of three states:

- *concrete*: ``array`` holds it (a ``jax.Array``, a private ``numpy.ndarray`` or a Python scalar);
- *pending* or *let go*: ``tape`` is the tape that recorded it and ``slot`` its place there; asking the tape makes it;
- *donated*: neither; its buffer went into an update of the cell that ``home`` refers to.

Only handles (variables, gradients, states) and graph nodes refer to Values; entries of a tape refer to slots. That is how
a replay knows what somebody can still see.
"""

import math

import numpy as np

import jax

#: In place of a device: the array is a JAX tracer, and is computed at once instead of being recorded.
TRACED = "traced"

# Zero-copy handover to XLA needs this alignment; below the size a copy inside XLA is cheaper than looking.
ALIGNMENT, LARGE = 64, 1 << 16

_MOST_AVALS = 1 << 15


class Aval:
    """Shape and dtype of an array, the device it is bound to (``None``: JAX's default), weakly typed or not. Interned."""

    __slots__ = ("device", "dtype", "nbytes", "shape", "weak")
    _table: dict = {}

    def __new__(cls, shape, dtype, device=None, weak=False):
        key = (shape, dtype, device, weak)
        aval = cls._table.get(key)
        if aval is None:
            if len(cls._table) >= _MOST_AVALS:
                cls._table.clear()  # what was recorded under the old objects is compiled again if it comes back
            aval = object.__new__(cls)
            aval.shape, aval.dtype, aval.device, aval.weak = tuple(map(int, shape)), np.dtype(dtype), device, weak
            aval.nbytes = math.prod(aval.shape) * aval.dtype.itemsize
            cls._table[key] = aval
        return aval

    def __repr__(self):
        where = "" if self.device is None else f" on {self.device}"
        return f"{self.shape} {self.dtype}{where}"

    @property
    def spec(self):
        """What JAX traces with."""
        sharding = None
        if self.device is not None and self.device is not TRACED:
            sharding = jax.sharding.SingleDeviceSharding(self.device)
        return jax.ShapeDtypeStruct(self.shape, self.dtype, sharding=sharding, weak_type=self.weak)


class Value:
    """One array, immutable, perhaps not computed yet. See the module's text for its states.

    ``wide``, which few have, is the same with what other devices have in its place (see ``backends/_mesh.py``).
    """

    __slots__ = ("__weakref__", "array", "aval", "home", "slot", "tape", "wide")

    def __init__(self, aval, array=None, tape=None, slot=-1):
        self.aval, self.array, self.tape, self.slot, self.home = aval, array, tape, slot, None

    def __repr__(self):
        state = "concrete" if self.array is not None else "pending" if self.tape is not None else "donated"
        return f"<Value {self.aval} {state}>"


_SCALARS = {
    float: Aval((), np.dtype(np.float64), weak=True),
    int: Aval((), np.dtype(np.int64), weak=True),
    bool: Aval((), np.dtype(np.bool_)),
    complex: Aval((), np.dtype(np.complex128), weak=True),
}


def value_of(x):
    """The Value of an array as it is now: NumPy arrays are copied (their owner may write to them), scalars stay weak."""
    aval = _SCALARS.get(x.__class__)
    if aval is not None:
        return Value(aval, x)
    if isinstance(x, np.ndarray):
        if x.dtype.kind not in "biufcV" or x.dtype.hasobject:
            raise TypeError(f"cannot compute with an array of dtype {x.dtype}; convert it to numbers first")
        if not x.dtype.isnative:
            x = x.astype(x.dtype.newbyteorder("="))
        return Value(Aval(x.shape, x.dtype), snapshot(x))
    if isinstance(x, jax.core.Tracer):
        return Value(Aval(x.shape, np.dtype(x.dtype), TRACED), x)
    if isinstance(x, jax.Array):
        return Value(Aval(x.shape, np.dtype(x.dtype), next(iter(x.devices())) if x.committed else None), x)
    if isinstance(x, np.generic):
        return Value(Aval((), x.dtype), np.asarray(x))
    raise TypeError(f"expected an array or a number, got {type(x).__name__}")


def own(array):
    """The Value of a NumPy array that the caller made and nobody will write to."""
    return Value(Aval(array.shape, array.dtype), array)


def snapshot(array):
    """A private copy that JAX may read whenever it likes: its own copying functions may still read after they return."""
    if array.nbytes < LARGE:
        return array.copy()
    copy = empty(array.shape, array.dtype)
    np.copyto(copy, array)
    return copy


def empty(shape, dtype):
    """A NumPy array to be filled, which XLA can take over as it is."""
    nbytes = math.prod(shape) * dtype.itemsize
    raw = np.empty(nbytes + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + nbytes].view(dtype).reshape(shape)
