"""``chainjax.ndarray``: what ``.array`` is on ``@jax`` devices, and how functions of NumPy's names compute with it.

It has NumPy's interface and stays on its device. What is computed with it is recorded as all else and waits until somebody
reads a number: :func:`call` makes a function of ``jax.numpy`` one entry of the tape, and methods, operators and the module
``xp`` are tables of names for it. A write replaces what the cell of the array holds, so all variables that share the array see
it, as with CuPy. (Views do not alias their base yet: write ``x[0] = v``, not ``y = x[0]; y[...] = v``.)
"""

import functools
import math
import numbers

import numpy as np

import jax
import jax.numpy as jnp

from .. import engine
from . import _index
from ._cell import Cell


class ndarray:
    """An array on a JAX device. Made by ``device.send(array)``, not by hand.

    ``.jax`` is the ``jax.Array`` as it is now, ``.get()`` a NumPy copy. Arithmetic, comparisons and methods are NumPy's, dtypes
    included; arrays of NumPy or of other devices are to be sent here first (``xp.asarray``).
    """

    __slots__ = ("__weakref__", "_cell")
    __array_priority__ = 100
    __hash__ = None

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
        return math.prod(self.shape)

    @property
    def nbytes(self):
        return self._cell.aval.nbytes

    @property
    def device(self):
        """The JAX device that holds the numbers."""
        return self.jax_device

    @property
    def T(self):
        """The array with its axes in reverse."""
        return call("transpose", (self,))

    @property
    def real(self):
        return call("real", (self,))

    @property
    def imag(self):
        return call("imag", (self,))

    def get(self, stream=None):
        """A NumPy copy."""
        return np.array(self.jax)

    def set(self, arr, stream=None):
        """Overwrite with the numbers of a NumPy array of the same shape."""
        self[...] = arr

    def item(self, *args):
        return self.get().item(*args)

    def tolist(self):
        return self.get().tolist()

    def copy(self, order="C"):
        return ndarray(Cell(self._cell.use()))

    def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
        """The numbers in another dtype."""
        dtype = np.dtype(dtype)
        return self if not copy and dtype == self.dtype else call("astype", (self, dtype))

    def reshape(self, *shape, order="C"):
        """The numbers in another shape: ``reshape(2, 3)`` or ``reshape((2, 3))``."""
        return call("reshape", (self, shape[0] if len(shape) == 1 else shape), {"order": order})

    def transpose(self, *axes):
        """The axes in another order, by default in reverse."""
        return call("transpose", (self, axes[0] if len(axes) == 1 else axes or None))

    def flatten(self, order="C"):
        """The numbers in one axis."""
        return call("ravel", (self,), {"order": order})

    def sort(self, axis=-1):
        """Sort in place."""
        self[...] = call("sort", (self,), {"axis": axis})

    def fill(self, value):
        self[...] = value

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.get(), dtype)

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of an array without axes")
        return self.shape[0]

    def __iter__(self):
        return map(self.__getitem__, range(len(self)))

    def __contains__(self, item):
        return bool((self == item).any())

    def __float__(self):
        return float(self.get())

    def __int__(self):
        return int(self.get())

    def __complex__(self):
        return complex(self.get())

    def __index__(self):
        return self.get().__index__()

    def __bool__(self):
        return bool(self.get())

    def __repr__(self):
        return repr(self.get())

    def __str__(self):
        return str(self.get())

    def __format__(self, spec):
        return format(self.get(), spec)

    def __getitem__(self, index):
        form, starts, arrays = _index.parse("ndarray", self.shape, index)
        return _recorded(_index.taken, [self, starts], arrays, form)

    def __setitem__(self, index, new):
        here = self._cell.use()
        if not isinstance(new, (ndarray, jax.Array, *_SCALARS)):
            new = np.asarray(new)
        if isinstance(index, ndarray) and index.dtype == bool and index.shape == self.shape and np.ndim(new) == 0:
            written = _recorded(_where, [index, self, new])  # so that the mask need not be read
        else:
            form, starts, arrays = _index.parse("ndarray", self.shape, index)
            written = _recorded(_index.put, [here, new, starts], arrays, form)
        self._cell.put(written._cell.kept)


#: What numbers are in arguments: of no dtype of their own, as in NumPy.
_SCALARS = (bool, int, float, complex, np.generic)


def _where(mask, x, new):
    return jnp.where(mask, jnp.asarray(new).astype(x.dtype), x)


def _recorded(fn, operands, arrays=(), form=None):
    """An entry ``fn(*operands, arrays..., form)`` of indexing."""
    values = [_value(o) for o in (*operands, *arrays)]
    static = () if form is None else (("form", form), ("n", len(operands)))
    sig = engine.signature_of(_indexing[fn] if form is not None else fn, static, tuple([v.aval for v in values]), fn.__name__)
    return ndarray(Cell(engine.record(sig, values)[0]))


def _take(*xs, form, n):
    x, starts = xs[:n]
    return _index.taken(x, xs[n:], starts, form)


def _put(*xs, form, n):
    x, new, starts = xs[:n]
    return _index.put(x, jnp.asarray(new).astype(x.dtype), xs[n:], starts, form)


_indexing = {_index.taken: _take, _index.put: _put}


def _value(x):
    if isinstance(x, engine.Value):
        return x
    return x._cell.use() if isinstance(x, ndarray) else engine.value_of(x.item() if isinstance(x, np.generic) else x)


# Calls of functions ------------------------------------------------------------------------------------------------------------

#: In place of an array among the static arguments of a call.
_ARRAY = type("_ARRAY", (), {})

#: Functions whose results have shapes that depend on numbers: found out at the first call, and computed at once.
_at_once: set = set()


def call(path, args, kwargs=None, traced=(float, complex)):
    """A function of ``jax.numpy`` of arrays of one device: one entry of the tape, with NumPy's dtypes.

    Args:
        path: its name, such as ``"sum"`` or ``"linalg.norm"``.
        args: arrays, numbers and whatever the function takes; lists and tuples of them too.
        kwargs: the same by name; with ``out``, the result is written there.
        traced: the classes of numbers that are traced as arrays are. The others fix the program.

    Returns:
        An :class:`ndarray`, or a tuple of them.

    Raises:
        TypeError: there are arrays of NumPy among them.
    """
    kwargs = dict(kwargs or {})
    out = kwargs.pop("out", None)
    values, static, tree = _leaves(path, (args, kwargs), traced)
    results = None
    if path not in _at_once:
        form = (("path", path), ("static", tuple(static)), ("tree", engine.static_key(tree)))
        try:
            sig = engine.signature_of(_computed, form, tuple([v.aval for v in values]), path)
        except (jax.errors.JAXTypeError, jax.errors.JAXIndexError):
            _at_once.add(path)
        else:
            results = engine.record(sig, values)
            results = results[0] if sig.single else tuple(results)
    if results is None:
        with jax.enable_x64(True):
            results = _computed(
                *map(engine.fetch, values), **dict(zip(("path", "static", "tree"), (path, map(engine.thaw, static), tree), strict=True))
            )
        results = jax.tree.map(engine.value_of, results)
    results = jax.tree.map(lambda value: ndarray(Cell(value)), results)
    if out is None:
        return results
    out[...] = results
    return out


def _leaves(path, arguments, traced):
    """Of nested arguments the Values, the static keys of the others, and the structure."""
    values, static = [], []
    leaves, tree = jax.tree.flatten(arguments, is_leaf=lambda x: x is None)
    for leaf in leaves:
        if isinstance(leaf, np.generic):
            leaf = leaf.item()
        if isinstance(leaf, (ndarray, jax.Array)) or leaf.__class__ in traced:
            values.append(_value(leaf))
            static.append(engine.static_key(_ARRAY))
        elif isinstance(leaf, np.ndarray):
            raise TypeError(
                f"{path}: expected arrays of one device, got one of NumPy, {leaf.shape} {leaf.dtype}; xp.asarray sends it there"
            )
        else:
            static.append(engine.static_key(leaf))
    return values, static, tree


def _computed(*xs, path, static, tree):
    xs = iter(xs)
    args, kwargs = jax.tree.unflatten(tree, [next(xs) if s is _ARRAY else s for s in static])
    function, numpy = _found(jnp, path), _found(np, path)
    # Arrays of several dtypes and ranks meet here as they do in NumPy.
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        if not isinstance(numpy, np.ufunc) or kwargs or len(args) != numpy.nin:
            result = function(*[_widened(path, a) for a in args], **kwargs)
            return result.astype(np.int64) if path == "searchsorted" else result
        if numpy.signature is None:
            np.broadcast_shapes(*map(np.shape, args))  # for NumPy's error
        kinds = numpy.resolve_dtypes((*map(_kind, args), *[None] * numpy.nout))
        given = [jnp.asarray(a, kind) if hasattr(a, "dtype") else a for a, kind in zip(args, kinds, strict=False)]
        outs = function(*given)
        if numpy.nout == 1:
            return outs.astype(kinds[-1])
        return tuple([o.astype(kind) for o, kind in zip(outs, kinds[numpy.nin :], strict=True)])


#: Functions for which whole numbers are float64 in NumPy, and those that sum them in 64 bits.
_AVERAGES = {"mean", "std", "var", "average", "median", "percentile", "quantile", "linalg.norm", "linalg.det", "linalg.inv"}
_SUMS = {"cumsum", "cumprod"}


def _widened(path, x):
    if path not in _AVERAGES | _SUMS or getattr(x, "dtype", np.dtype(float)).kind not in "biu":
        return x
    return x.astype(np.float64 if path in _AVERAGES else np.zeros(1, x.dtype).sum().dtype)


def _found(module, path):
    return functools.reduce(lambda found, name: getattr(found, name, None), path.split("."), module)


_WEAK = {"i": int, "u": int, "f": float, "c": complex}


def _kind(x):
    """A dtype, or the class of a number that has none of its own."""
    if not hasattr(x, "dtype"):
        return type(x) if type(x) is not bool else np.dtype(bool)
    return _WEAK[x.dtype.kind] if getattr(x, "weak_type", False) else np.dtype(x.dtype)


# Tables of names ---------------------------------------------------------------------------------------------------------------

_METHODS = (
    "all any argmax argmin argpartition argsort clip conj conjugate cumprod cumsum diagonal dot max mean min nonzero prod ravel repeat "
    "round searchsorted squeeze std sum swapaxes take trace var"
)

_OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "power",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "left_shift",
    "rshift": "right_shift",
}
_COMPARISONS = {"lt": "less", "le": "less_equal", "eq": "equal", "ne": "not_equal", "gt": "greater", "ge": "greater_equal"}
_UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}


def _operator(name, reflected=False):
    # Powers of whole numbers are products, so those fix the program; other numbers may be another one each time.
    traced = (float, complex) if name == "power" else (float, complex, int, bool)

    def operate(self, other):
        if not isinstance(other, (ndarray, np.ndarray, np.generic, numbers.Number, jax.Array)):
            return NotImplemented
        return call(name, (other, self) if reflected else (self, other), traced=traced)

    return operate


def _in_place(name):
    operate = _operator(name)

    def update(self, other):
        new = operate(self, other)
        if new is NotImplemented:
            return new
        if not np.can_cast(new.dtype, self.dtype, "same_kind"):
            raise TypeError(f"{name}: expected a result that fits into an array of {self.dtype}, got {new.dtype}; make a new array of it")
        if new.shape != self.shape:
            raise ValueError(f"{name}: expected an operand that fits into an array of shape {self.shape}, got a result of {new.shape}")
        self._cell.put(new.astype(self.dtype, copy=False)._cell.kept)
        return self

    return update


def _method(name):
    def method(self, *args, **kwargs):
        return call(name, (self, *args), kwargs)

    method.__doc__ = f"``xp.{name}`` of this array."
    return method


def _name(cls, name, function):
    function.__name__ = name
    function.__qualname__ = f"{cls.__name__}.{name}"
    setattr(cls, name, function)


for _n in _METHODS.split():
    _name(ndarray, _n, _method(_n))
for _n, _function in _UNARY.items():
    _name(ndarray, f"__{_n}__", _method(_function))
for _n, _function in _COMPARISONS.items():
    _name(ndarray, f"__{_n}__", _operator(_function))
for _n, _function in _OPERATORS.items():
    _name(ndarray, f"__{_n}__", _operator(_function))
    _name(ndarray, f"__r{_n}__", _operator(_function, reflected=True))
    _name(ndarray, f"__i{_n}__", _in_place(_function))
