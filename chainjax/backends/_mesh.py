"""Several devices that compute the same program, each with numbers of its own.

To whoever records there is one device, the first; shapes, dtypes and devices are those of a program of its own. What the others
have in the place of a Value is in its ``wide``: one array of JAX over all devices, whose parts lie one after another along the first
axis (one number each where there is no axis). A tape that was opened while a thread has a mesh is compiled for all its devices and
takes and gives wide arrays, so each entry is recorded once. A Value that is not wide counts as the same everywhere.

Reading gives what the first device has, which is taken out when somebody reads. Where the devices' numbers differ, code that looks at
them would go one way for all, so as long as the mesh is ``strict`` that raises :class:`Looked`.
"""

import numpy as np

import jax
from jax import lax
from jax.sharding import NamedSharding, PartitionSpec

from .. import engine
from ..engine import Aval, Value
from ..engine._cache import Bounded
from ._cell import Cell

_AXIS = "devices"

# Bytes up to which an array is sent by way of the host. To send it from device to device takes Python 20 us for each.
_SMALL = 1 << 10

_scalar = jax.jit(lambda x: x.reshape(()))


class Looked(BaseException):
    """Code looks at numbers that are others on each device. No ``Exception``, which the user's code may catch."""


class Mesh:
    """Devices of JAX, the first of which the others do as. Equal to any other mesh of the same devices.

    Attributes:
        device: the first one.
        size: how many there are.
        strict: whether nobody may look at numbers of theirs.
    """

    strict = True

    def __init__(self, devices):
        self.devices, self.device, self.size = tuple(devices), devices[0], len(devices)
        self._mesh = jax.sharding.Mesh(np.array(self.devices), (_AXIS,))
        self._sharding = NamedSharding(self._mesh, PartitionSpec(_AXIS))
        self._constants = Bounded(most=1 << 10)

    def __eq__(self, other):
        return isinstance(other, Mesh) and other.devices == self.devices

    def __hash__(self):
        return hash(self.devices)

    # what the engine asks -------------------------------------------------------------------------------------------------

    def about_to_read(self, value):
        """Raise :class:`Looked` if that is not allowed now."""
        if self.strict and value.aval.device is self.device and (value.array is None or hasattr(value, "wide")):
            raise Looked

    def spec(self, aval):
        """What JAX traces with."""
        return jax.ShapeDtypeStruct(self._shape(aval.shape), aval.dtype, sharding=self._sharding, weak_type=aval.weak)

    def _shape(self, shape):
        return (self.size * shape[0], *shape[1:]) if shape else (self.size,)

    def spread(self, fn, avals):
        """A function of wide arrays that computes ``fn`` of their parts on each device; ``avals`` are those of one device."""

        def on_one(*xs):
            outs = fn(*[x.reshape(a.shape) for x, a in zip(xs, avals, strict=True)])
            return [y.reshape(y.shape or (1,)) for y in outs]

        on_one.__name__, spec = fn.__name__, PartitionSpec(_AXIS)
        return jax.shard_map(on_one, mesh=self._mesh, in_specs=spec, out_specs=spec, check_vma=False)

    def arrays(self, values):
        """The wide arrays of Values."""
        return [v.wide if hasattr(v, "wide") and v.wide.sharding == self._sharding else self._same(v) for v in values]

    def taken(self, value, wide):
        """Note a wide array as that of a Value. Returns what then stands for its array and for its tape."""
        value.wide = wide
        return None, self

    def realise(self, value, reason="read"):
        """In place of a tape: give ``value``, which is wide, its array."""
        value.array, value.tape = self.part(value, 0), None

    def held(self, values):
        """The arrays of Values, or their wide ones, whose holders are to be counted."""
        return [getattr(v, "wide", None) if v.array is None else v.array for v in values]

    def let_go(self, value):
        """Note that an update has consumed a Value, if it has."""
        if value.wide.is_deleted():
            value.array = value.tape = None
            del value.wide

    # what makes and takes apart -------------------------------------------------------------------------------------------

    def _same(self, value):
        """The wide array of a Value that is the same everywhere. It has memory of its own, and may be consumed."""
        if value.array is None:  # it is wide on another mesh
            value.tape.realise(value)
        array = value.array
        if not isinstance(array, (np.ndarray, jax.Array)):
            key = engine.static_key(array)
            found = self._constants.get(key)
            if found is None:
                found = self.wide([np.asarray(array, value.aval.dtype)] * self.size)
                self._constants.put(key, found)
            return found
        if isinstance(array, jax.Array) and (array.nbytes > _SMALL or not array.is_ready()):
            with jax.enable_x64(True):
                value.wide = self.joined([jax.device_put(array, d, may_alias=False) for d in self.devices])
        else:
            value.wide = self.wide([np.asarray(array)] * self.size)
        return value.wide

    def wide(self, parts):
        """A wide array of NumPy arrays of one shape, one for each device. They are copied."""
        with jax.enable_x64(True):
            return jax.device_put(np.concatenate(parts) if parts[0].ndim else np.array(parts), self._sharding)

    def joined(self, arrays):
        """A wide array of arrays of one shape and dtype, each on its device. Nothing is copied."""
        shape = self._shape(arrays[0].shape)
        return jax.make_array_from_single_device_arrays(shape, self._sharding, [a if a.ndim else a.reshape(1) for a in arrays])

    def part(self, value, number):
        """What a device has in the place of a Value."""
        if not hasattr(value, "wide"):
            return engine.fetch(value)
        part = value.wide.addressable_data(number)
        return part if value.aval.shape else _scalar(part)

    # what the devices have to do with one another -----------------------------------------------------------------------

    def together(self, values, *, copy):
        """The Value of a wide array of Values, one on each device; ``None`` if they are not alike. What is not copied is not consumed."""
        avals = [v.aval for v in values]
        if len({(a.shape, a.dtype) for a in avals}) > 1 or [a.device for a in avals] != list(self.devices):
            return None
        arrays = list(map(engine.fetch, values))
        made = Value(avals[0], arrays[0])
        if copy:
            with jax.enable_x64(True):
                arrays = [jax.device_put(a, d, may_alias=False) for a, d in zip(arrays, self.devices, strict=True)]
        made.wide = self.joined(arrays)
        return made

    def sent(self, parts):
        """The Value of a wide array of NumPy arrays, one for each device; ``None`` if they are not alike."""
        if len({(a.shape, a.dtype) for a in parts}) > 1:
            return None
        made = Value(Aval(parts[0].shape, parts[0].dtype, self.device))
        made.array, made.tape = self.taken(made, self.wide(parts))
        return made

    def sums(self, values):
        """Values of the sums over all devices, which all of them have."""
        return _record(_sums, values)

    def of_first(self, values):
        """Values of what the first device has, for all of them."""
        return _record(_of_first, values)


def _record(fn, values):
    return engine.record(engine.signature_of(fn, (), tuple([v.aval for v in values])), values) if values else []


def _sums(*xs):
    return [lax.psum(x, _AXIS) for x in xs] if _on_mesh() else list(xs)


def _of_first(*xs):
    if not _on_mesh():
        return list(xs)
    first = lax.axis_index(_AXIS) == 0
    # Booleans are not summed.
    wide = [x.astype(np.int8) if x.dtype == bool else x for x in xs]
    return [lax.psum(lax.select(first, w, jax.numpy.zeros_like(w)), _AXIS).astype(x.dtype) for w, x in zip(wide, xs, strict=True)]


def _on_mesh():
    """Whether what is traced now is for all devices: shapes are found, and what was let go is made again, for one."""
    try:
        lax.axis_size(_AXIS)
    except NameError:
        return False
    return True


class Beside:
    """In place of a Value's tape: the Value is what a device of a mesh has in the place of another one, or of what a cell holds.

    As long as nobody looks, nothing is copied, and a Value beside a cell follows it.
    """

    __slots__ = ("mesh", "number", "of")

    def __init__(self, mesh, of, number):
        self.mesh, self.of, self.number = mesh, of, number

    def value(self):
        """The Value."""
        aval = self.of.aval
        return Value(Aval(aval.shape, aval.dtype, self.mesh.devices[self.number], aval.weak), None, self)

    def realise(self, value, reason="read"):
        """Give ``value`` its array, a copy: others may consume the wide one."""
        of = self.of.use() if isinstance(self.of, Cell) else self.of
        engine.fetch(of)
        with jax.enable_x64(True):
            value.array = jax.device_put(self.mesh.part(of, self.number), self.mesh.devices[self.number], may_alias=False)


def follows(cell, of):
    """Whether a cell holds what another device has beside the cell ``of``."""
    kept = cell.kept
    return kept.__class__ is Value and kept.tape.__class__ is Beside and kept.tape.of is of
