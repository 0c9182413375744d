"""The first tier: kernels run by NumPy, as long as that is cheaper than to compile them.

To compile the smallest kernel takes as long as a thousand runs, and many are not run so often: those of the first steps of a loop, which
is a program of its own after them, and those of sequences, trees and batches of shapes that nobody sees again. On a small array NumPy is
faster than the call of a compiled kernel, too: such kernels are never compiled. What a kernel does is read off its jaxpr once.

How long it runs here, and how often, is estimated from the sizes of its arrays and not measured, so that a program gives the same numbers
each time. NumPy rounds otherwise than XLA; what only moves numbers is the same to the bit, and only that is done here under
``config.deterministic``. Only where arrays are in the host's memory.
"""

import functools
import math
import operator
from typing import NamedTuple

import numpy as np

import jax
from jax.extend import core as jex

from ..engine import _replay
from ..engine._values import snapshot

#: What is estimated, in seconds: to compile a kernel, and each equation of it; to call one; to call a function of NumPy.
COMPILE, COMPILE_EQUATION, CALL, CALL_NUMPY = 30e-3, 3e-3, 35e-6, 1.5e-6

#: What NumPy takes for a number, by kind of primitive, and XLA for any.
MOVE, ARITHMETIC, TRANSCENDENTAL, CHOICE, INDEXED, XLA = 0.3e-9, 0.4e-9, 1e-9, 3e-9, 8e-9, 0.1e-9

#: For a product of two numbers in a product of matrices, of which one often is small: NumPy, XLA.
PRODUCT, PRODUCT_XLA = 35e-12, 16e-12

#: Larger results are not worth the copies.
LARGEST = 16 << 20

#: ``False``: only what moves numbers is done here.
COMPUTES = True


class ByNumpy:
    """A kernel run by NumPy. As with a program, ``needs`` is what it takes beside its arguments; ``left`` counts its runs down.

    ``exact``: it gives what the compiled kernel gives, to the bit. ``loses``: seconds that a run takes longer than as a part of a program.
    """

    __slots__ = ("device", "exact", "fn", "left", "loses", "needs")

    def __init__(self, fn, device, exact, numpy, xla, equations):
        self.fn, self.device, self.exact, self.needs = fn, device, exact, 0
        self.loses = max(numpy - xla, 0.0)
        loses = numpy - xla - CALL
        self.left = math.inf if loses <= 0 else (COMPILE + COMPILE_EQUATION * equations) // loses

    def call(self, *arrays):
        self.left -= 1
        results = self.fn(*[a if a.__class__ is np.ndarray else np.asarray(a) for a in arrays])
        if self.device is None:
            return [r if _is_ours(r) else np.array(r) for r in results]
        return jax.device_put([snapshot(np.asarray(r)) for r in results], self.device, may_alias=False)


def _is_ours(array):
    """Whether an array has memory of NumPy. A buffer of JAX may be overwritten, by an update, while somebody still reads here."""
    while array.__class__ is np.ndarray:
        if array.base is None:
            return True
        array = array.base
    return False


def by_numpy(sig, exact=False):
    """A signature as a :class:`ByNumpy`; ``None`` where it does what is not known here or is large, or its arrays are elsewhere.

    Args:
        sig: what is to be computed.
        exact: only if it gives the same to the bit.
    """
    if (sig.device or jax.devices()[0]).platform != "cpu" or sum(a.nbytes for a in sig.outs) > LARGEST:
        return None
    if hasattr(sig, "move"):
        return ByNumpy(sig.move, sig.device, True, CALL_NUMPY * len(sig.avals), 0, 1)
    code = code_of(sig.kernel.trace(*[a.spec for a in sig.avals]).jaxpr)
    if code is None or not (code.exact or (COMPUTES and not exact)):
        return None
    kernel = ByNumpy(code.fn, sig.device, *code[1:])
    return kernel if kernel.left >= 1 else None


class Code(NamedTuple):
    """A jaxpr as a function of NumPy arrays to a list of them, whether it is exact, and what it takes (see above)."""

    fn: object
    exact: bool
    numpy: float
    xla: float
    equations: int


def code_of(closed):
    """A closed jaxpr as :class:`Code`; ``None`` if there is something in it that is not known here."""
    if any(v.aval.dtype.name not in _DTYPES for v in (*closed.jaxpr.invars, *closed.jaxpr.outvars)):
        return None
    reader = _Reader(len(closed.jaxpr.invars))
    outs = reader.read(closed, range(reader.size))
    if outs is None:
        return None
    exact = all(code.exact for code in reader.codes)
    costs = [sum(costs) for costs in zip((0.0, 0.0, 0), *[code[2:] for code in reader.codes], strict=True)]
    return Code(functools.partial(_run, reader.literals, reader.steps, outs), exact, *costs)


class _Reader:
    """What jaxprs do, as ``steps``: function, places of its arguments, whether it gives several arrays. ``codes`` has their costs.

    Places count from 0 on, arguments first, up to ``size``; those of ``literals`` count down from -1.
    """

    def __init__(self, size):
        self.size, self.literals, self.steps, self.codes = size, [], [], []

    def literal(self, value):
        self.literals.append(value)
        return -len(self.literals)

    def read(self, closed, ins):
        """Append what a jaxpr does with what is in the places ``ins``: the places of its results, ``None`` if it is not known here."""

        def place(v):
            return self.literal(np.asarray(v.val, v.aval.dtype)) if isinstance(v, jex.Literal) else places[v]

        places = dict(zip(closed.jaxpr.invars, ins, strict=True))
        places.update((v, self.literal(np.asarray(c))) for v, c in zip(closed.jaxpr.constvars, closed.consts, strict=True))
        for eqn in _needed(closed.jaxpr):
            if any(v.aval.dtype.name not in _DTYPES for v in eqn.outvars):
                return None
            arguments, inner = [place(v) for v in eqn.invars], _inner(eqn)
            results = self.step(eqn, arguments) if inner is None else self.read(inner, arguments)
            if results is None:
                return None
            places.update(zip(eqn.outvars, results, strict=True))
        return [place(v) for v in closed.jaxpr.outvars]

    def step(self, eqn, arguments):
        code, start, n = _known(eqn), self.size, len(eqn.outvars)
        if code is None:
            return None
        self.size += n
        self.steps.append((code.fn, arguments, n > 1 or eqn.primitive.multiple_results))
        self.codes.append(code)
        return range(start, self.size)


def _inner(eqn):
    """The jaxpr that an equation calls, if it does nothing else."""
    name, params = eqn.primitive.name, eqn.params
    return params.get("call_jaxpr") if name.startswith("custom_") else params["jaxpr"] if name in ("jit", "pjit") else None


def _run(literals, steps, outs, *env):
    env = list(env)
    for fn, ins, several in steps:
        ys = fn(*[env[i] if i >= 0 else literals[-1 - i] for i in ins])
        if several:
            env.extend(ys)
        else:
            env.append(ys)
    return [env[i] if i >= 0 else literals[-1 - i] for i in outs]


def _needed(jaxpr):
    """The equations that outputs depend on."""
    live, found = {v for v in jaxpr.outvars if not isinstance(v, jex.Literal)}, []
    for eqn in reversed(jaxpr.eqns):
        if not live.isdisjoint(eqn.outvars):
            live.update(v for v in eqn.invars if not isinstance(v, jex.Literal))
            found.append(eqn)
    return found[::-1]


def _known(eqn):
    """An equation as :class:`Code`, of one array or of a list where it gives several."""
    name, params = eqn.primitive.name, eqn.params
    if name == "scan":
        return _scan(eqn)
    if name == "cond":
        return _branch(eqn)
    entry = _PRIMITIVES.get(name)
    if entry is None:
        return None
    make, exact, per_number = entry
    fn = make(eqn)
    if fn is None:
        return None
    sizes = [math.prod(v.aval.shape) for v in (*eqn.invars, *eqn.outvars)]
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        work = math.prod(eqn.outvars[0].aval.shape) * math.prod([eqn.invars[0].aval.shape[i] for i in contracted])
        return Code(fn, False, work * PRODUCT + 3 * CALL_NUMPY, work * PRODUCT_XLA, 1)
    if callable(exact):
        exact = exact(eqn)
    if per_number == INDEXED:
        return Code(fn, exact, sizes[2] * INDEXED + sizes[0] * MOVE * (name != "gather") + 8 * CALL_NUMPY, max(sizes) * XLA, 1)
    return Code(fn, exact, max(sizes) * per_number + CALL_NUMPY, max(sizes) * XLA, 1)


# What NumPy computes. An entry makes a function of arrays from an equation, or gives None for a form of it that is not known here. ------

_DTYPES = {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"}


def _floats(fn):
    return lambda eqn: fn if eqn.invars[0].aval.dtype.kind == "f" else None


def _always(fn):
    return lambda eqn: fn


def _integers(eqn):
    """Whether they are integers: what is computed of those is exact."""
    return eqn.invars[0].aval.dtype.kind in "biu"


def _reduced(ufunc):
    def make(eqn):
        axes, dtype = eqn.params["axes"], eqn.outvars[0].aval.dtype
        if ufunc in (np.logical_and, np.logical_or) and dtype.kind != "b":
            return None  # of integers it is bit by bit
        return lambda x: ufunc.reduce(x, axes, dtype)

    return make


def _index_of(fn):
    def make(eqn):
        (axis,), dtype = eqn.params["axes"], eqn.params["index_dtype"]
        return lambda x: fn(x, axis).astype(dtype)

    return make


def _cumulated(ufunc):
    def make(eqn):
        axis, dtype = eqn.params["axis"], eqn.outvars[0].aval.dtype
        back = (slice(None),) * axis + (slice(None, None, -1 if eqn.params["reverse"] else 1),)
        return lambda x: ufunc.accumulate(x[back], axis, dtype)[back]

    return make


def _converted(eqn):
    before, after = eqn.invars[0].aval.dtype, eqn.params["new_dtype"]
    if before.kind == "f" and after.kind in "iu":
        return None  # what does not fit is otherwise there
    return lambda x: x.astype(after)


def _is_cast_of_integers(eqn):
    before = eqn.invars[0].aval.dtype
    return before.kind in "biu" and np.can_cast(before, eqn.params["new_dtype"], "same_kind")


def _power(eqn):
    exponent = eqn.params["y"]
    if exponent == 2:
        return lambda x: x * x
    return (lambda x: x**exponent) if exponent >= 0 or eqn.invars[0].aval.dtype.kind == "f" else None


def _broadcast(eqn):
    shape, axes, x = eqn.params["shape"], eqn.params["broadcast_dimensions"], eqn.invars[0].aval
    if len(eqn.invars) > 1:
        return None
    sizes = [1] * len(shape)
    for axis, size in zip(axes, x.shape, strict=True):
        sizes[axis] = size
    if math.prod(shape) > 4096:
        return lambda x: np.broadcast_to(x.reshape(sizes), shape)

    def broadcast(x):
        y = np.empty(shape, x.dtype)  # a fifth of the time of the view
        y[...] = x.reshape(sizes)
        return y

    return broadcast


def _padded(eqn):
    shape, source, target = eqn.outvars[0].aval.shape, [], []
    for n, size, (low, _, inside) in zip(eqn.invars[0].aval.shape, shape, eqn.params["padding_config"], strict=True):
        # Number i goes to low + i * step, if that is inside.
        step = inside + 1
        first, end = max(0, -(low // step)), min(n, -(-(size - low) // step))
        source.append(slice(first, max(first, end)))
        target.append(slice(low + first * step, max(low + first * step, low + (end - 1) * step + 1), step))
    source, target = tuple(source), tuple(target)

    def pad(x, value):
        y = np.full(shape, value, x.dtype)
        y[target] = x[source]
        return y

    return pad


def _sliced(eqn):
    p = eqn.params
    window = tuple(map(slice, p["start_indices"], p["limit_indices"], p["strides"] or (1,) * len(p["start_indices"])))
    return lambda x: x[window]


def _split(eqn):
    ends, axis = np.cumsum(eqn.params["sizes"][:-1]), eqn.params["axis"]
    return lambda x: np.split(x, ends, axis)


def _window(x, starts, sizes):
    """Where a slice lies: it is moved inside where it would end outside."""
    starts = [min(max(int(start), 0), whole - size) for start, whole, size in zip(starts, x.shape, sizes, strict=True)]
    return tuple([slice(start, start + size) for start, size in zip(starts, sizes, strict=True)])


def _updated(x, part, *starts):
    y = x.copy()
    y[_window(x, starts, part.shape)] = part
    return y


def _selected(eqn):
    if eqn.invars[0].aval.dtype != bool:
        return None

    def select(which, no, yes):
        # np.where takes thirty times as long as to look whether all are the same, and often they are.
        if which.all():
            return yes
        return np.where(which, yes, no) if which.any() else no

    return select


def _reshaped(eqn):
    shape = eqn.params["new_sizes"]
    return (lambda x: x.reshape(shape)) if eqn.params["dimensions"] is None else None


def _product(eqn):
    """A product of matrices: axes in the order of the batch, those that stay, those that are summed over."""
    ((left_sum, right_sum), (left_batch, right_batch)), (a, b) = eqn.params["dimension_numbers"], [v.aval for v in eqn.invars]
    dtype = eqn.outvars[0].aval.dtype
    if a.dtype != b.dtype or a.dtype != dtype or dtype.kind != "f":
        return None
    left_free = [i for i in range(a.ndim) if i not in left_sum and i not in left_batch]
    right_free = [i for i in range(b.ndim) if i not in right_sum and i not in right_batch]
    left_order, right_order = (*left_batch, *left_free, *left_sum), (*right_batch, *right_sum, *right_free)
    batch = [a.shape[i] for i in left_batch]
    summed = math.prod([a.shape[i] for i in left_sum])
    left = (*batch, math.prod([a.shape[i] for i in left_free]), summed)
    right = (*batch, summed, math.prod([b.shape[i] for i in right_free]))
    shape = eqn.outvars[0].aval.shape
    return lambda x, y: (x.transpose(left_order).reshape(left) @ y.transpose(right_order).reshape(right)).reshape(shape)


def _places(numbers, indices, operand, sizes, mode):
    """For gather and scatter: the index arrays of what is read or written, and where that lies inside.

    ``numbers``: ``(window axes of the result, window axes that it lacks, batch axes of the operand, those of the indices, axes
    that indices are of)``.
    """
    window, lacking, batch, index_batch, start = numbers
    around = [i for i in range(indices.ndim - 1 + len(window)) if i not in window]
    rank = len(around) + len(window)
    found, inside = [], True
    offsets = iter(window)
    for axis, (whole, size) in enumerate(zip(operand, sizes, strict=True)):
        place = np.zeros((1,) * rank, np.int64)
        if axis in batch:
            at = around[index_batch[batch.index(axis)]]
            place = np.arange(whole).reshape([whole if i == at else 1 for i in range(rank)])
        elif axis in start:
            begin = indices[..., start.index(axis)].astype(np.int64)
            begin = begin.reshape([indices.shape[around.index(i)] if i in around else 1 for i in range(rank)])
            if mode in ("FILL_OR_DROP", "ONE_HOT"):
                inside = inside & (begin >= 0) & (begin <= whole - size)
            place = np.minimum(np.maximum(begin, 0), whole - size)
        if axis not in lacking and axis not in batch:
            at = next(offsets)
            place = place + np.arange(size).reshape([size if i == at else 1 for i in range(rank)])
        found.append(place)
    return tuple(found), inside


def _gathered(eqn):
    n, sizes, mode = eqn.params["dimension_numbers"], eqn.params["slice_sizes"], eqn.params["mode"].name
    operand, fill = eqn.invars[0].aval, eqn.params["fill_value"]
    if n.offset_dims != tuple(sorted(n.offset_dims)) or 0 in operand.shape:
        return None
    numbers = n.offset_dims, n.collapsed_slice_dims, n.operand_batching_dims, n.start_indices_batching_dims, n.start_index_map
    if fill is None:
        dtype = operand.dtype
        fill = {"f": np.nan, "b": True, "u": np.iinfo(dtype).max if dtype.kind == "u" else 0}.get(dtype.kind)
        fill = np.iinfo(dtype).min if fill is None else fill
    of_rows, clips = _is_of_rows(eqn), mode in ("PROMISE_IN_BOUNDS", "CLIP")

    def gather(x, i):
        if of_rows and (clips or not i.size or (i.item(i.argmin()) >= 0 and i.item(i.argmax()) < len(x))):
            return x.take(i[..., 0], 0, mode="clip")
        places, inside = _places(numbers, i, x.shape, sizes, mode)
        found = x[places]
        return found if inside is True or inside.all() else np.where(inside, found, x.dtype.type(fill))

    return gather


def _is_of_rows(eqn):
    """Whether a gather takes whole rows."""
    n, x = eqn.params["dimension_numbers"], eqn.invars[0].aval
    before = eqn.invars[1].aval.ndim - 1
    plain = n.offset_dims == tuple(range(before, before + x.ndim - 1)) and n.collapsed_slice_dims == n.start_index_map == (0,)
    return plain and not n.operand_batching_dims and eqn.params["slice_sizes"] == (1, *x.shape[1:])


def _moves_rows(eqn):
    return _is_of_rows(eqn) and eqn.params["mode"].name == "PROMISE_IN_BOUNDS"


def _scattered(eqn, into=np.add.at):
    n, mode = eqn.params["dimension_numbers"], eqn.params["mode"].name
    operand, updates = eqn.invars[0].aval, eqn.invars[2].aval
    window = n.update_window_dims
    if window != tuple(sorted(window)) or 0 in operand.shape:
        return None
    numbers = window, n.inserted_window_dims, n.operand_batching_dims, n.scatter_indices_batching_dims, n.scatter_dims_to_operand_dims
    sizes, left = [], [updates.shape[i] for i in window]
    for axis in range(len(operand.shape)):
        absent = axis in n.inserted_window_dims or axis in n.operand_batching_dims
        sizes.append(1 if absent else left.pop(0))

    if into is np.add.at and _is_rows_of(eqn):
        return _add_rows

    def scatter(x, i, new):
        # What would lie outside is left out, whatever the mode: XLA does so.
        places, inside = _places(numbers, i, x.shape, sizes, "FILL_OR_DROP")
        y = x.copy()
        if inside is not True and not inside.all():
            inside = np.broadcast_to(inside, new.shape)
            places, new = tuple([np.broadcast_to(p, new.shape)[inside] for p in places]), new[inside]
        into(y, places, new)
        return y

    return scatter if mode != "CLIP" else None


def _is_rows_of(eqn):
    """Whether a scatter is of whole rows."""
    n, x, before = eqn.params["dimension_numbers"], eqn.invars[0].aval, eqn.invars[1].aval.ndim - 1
    plain = n.update_window_dims == tuple(range(before, before + x.ndim - 1)) and n.scatter_dims_to_operand_dims == (0,)
    return plain and n.inserted_window_dims == (0,) and not n.operand_batching_dims and eqn.invars[2].aval.shape[before:] == x.shape[1:]


def _add_rows(x, i, new):
    y, i, new = x.copy(), i.ravel(), new.reshape(-1, *x.shape[1:])
    order = np.argsort(i, kind="stable")
    i = i[order]
    first = np.flatnonzero(np.diff(i, prepend=i[:1] - 1))
    if len(first):
        rows, sums = i[first], np.add.reduceat(new[order], first, 0)
        inside = (rows >= 0) & (rows < len(x))
        y[rows[inside]] += sums[inside]
    return y


def _is_of_one(eqn):
    """Whether there is but one place to write to: of several that are the same, any may be the last."""
    return math.prod(eqn.invars[1].aval.shape[:-1]) == 1


def _iota(eqn):
    p = eqn.params
    if eqn.invars:
        return None
    y = np.arange(p["shape"][p["dimension"]], dtype=p["dtype"])
    y = np.broadcast_to(y.reshape([-1 if i == p["dimension"] else 1 for i in range(len(p["shape"]))]), p["shape"])
    return lambda: y


def _clamped(low, x, high):
    return np.minimum(np.maximum(x, low), high)


def _scan(eqn):
    p = eqn.params
    body = code_of(p["jaxpr"])
    if body is None:
        return None
    n_consts, n_carry, length = p["num_consts"], p["num_carry"], p["length"]
    outs = [v.aval for v in eqn.outvars[n_carry:]]
    times = range(length)[:: -1 if p["reverse"] else 1]
    fn = body.fn

    def scan(*args):
        consts, carry, xs = args[:n_consts], args[n_consts : n_consts + n_carry], args[n_consts + n_carry :]
        ys = [np.empty(aval.shape, aval.dtype) for aval in outs]
        for t in times:
            results = fn(*consts, *carry, *[x[t] for x in xs])
            carry = results[:n_carry]
            for y, result in zip(ys, results[n_carry:], strict=True):
                y[t] = result
        return [*carry, *ys]

    return Code(scan, body.exact, length * (body.numpy + 4 * CALL_NUMPY), length * (body.xla + 1e-6), body.equations + 5)


def _branch(eqn):
    """One of several codes, by the first argument, or by the platform."""
    branches, platforms = eqn.params["branches"], eqn.params.get("branches_platforms")
    if platforms is not None:
        code = code_of(next(b for b, names in zip(branches, platforms, strict=True) if names is None or "cpu" in names))
        return code and code._replace(fn=lambda _, *xs: code.fn(*xs))
    codes = [code_of(b) for b in branches]
    if None in codes:
        return None
    fns, dearest = [code.fn for code in codes], max(codes, key=lambda code: code.numpy)
    exact, equations = all(code.exact for code in codes), sum(code.equations for code in codes)
    return Code(lambda i, *xs: fns[min(max(int(i), 0), len(fns) - 1)](*xs), exact, dearest.numpy + CALL_NUMPY, dearest.xla, equations)


#: primitive -> how to make it, whether it is exact (or a function of the equation that says so), seconds for a number.
_PRIMITIVES = {
    **{
        name: (_always(fn), _integers, ARITHMETIC)
        for name, fn in {
            "add": np.add, "add_any": np.add, "sub": np.subtract, "mul": np.multiply, "neg": np.negative, "max": np.maximum,
            "min": np.minimum, "abs": np.abs, "sign": np.sign, "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
            "gt": np.greater, "ge": np.greater_equal, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
            "not": np.invert, "square": np.square, "clamp": _clamped,
        }.items()
    },
    **{
        name: (_floats(fn), False, TRANSCENDENTAL)
        for name, fn in {
            "div": np.divide, "exp": np.exp, "log": np.log, "exp2": np.exp2, "expm1": np.expm1, "log1p": np.log1p, "tanh": np.tanh,
            "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "logistic": lambda x: 1 / (1 + np.exp(-x)),
            "one_minus_square": lambda x: 1 - x * x, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
            "atan": np.arctan, "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh, "asinh": np.arcsinh, "acosh": np.arccosh,
            "atanh": np.arctanh, "rem": np.fmod, "floor": np.floor, "ceil": np.ceil, "is_finite": np.isfinite,
        }.items()
    },
    **{
        name: (_reduced(fn), _integers, ARITHMETIC)
        for name, fn in {
            "reduce_sum": np.add, "reduce_prod": np.multiply, "reduce_max": np.maximum, "reduce_min": np.minimum,
            "reduce_and": np.logical_and, "reduce_or": np.logical_or,
        }.items()
    },
    "pow": (lambda eqn: np.power if {v.aval.dtype.kind for v in eqn.invars} == {"f"} else None, False, 2 * TRANSCENDENTAL),
    "round": (lambda eqn: np.rint if eqn.params["rounding_method"].name == "TO_NEAREST_EVEN" else None, True, TRANSCENDENTAL),
    "integer_pow": (_power, False, TRANSCENDENTAL),
    "argmax": (_index_of(np.argmax), True, ARITHMETIC),
    "argmin": (_index_of(np.argmin), True, ARITHMETIC),
    "cumsum": (_cumulated(np.add), _integers, ARITHMETIC),
    "cumprod": (_cumulated(np.multiply), _integers, ARITHMETIC),
    "cummax": (_cumulated(np.maximum), True, ARITHMETIC),
    "cummin": (_cumulated(np.minimum), True, ARITHMETIC),
    "dot_general": (_product, False, 0),
    "scatter-add": (_scattered, _integers, INDEXED),
    "scatter": (lambda eqn: _scattered(eqn, operator.setitem), _is_of_one, INDEXED),
    "gather": (_gathered, _moves_rows, INDEXED),
    "platform_index": (_always(lambda: np.int32(0)), True, 0),  # of which the branch makes nothing
    "iota": (_iota, True, 0),
    "stop_gradient": (_always(lambda x: x), True, 0),
    "copy": (_always(np.copy), True, MOVE),
    "optimization_barrier": (_always(lambda *xs: xs), True, 0),
    "broadcast_in_dim": (_broadcast, True, 0),
    "concatenate": (lambda eqn: lambda *xs, axis=eqn.params["dimension"]: np.concatenate(xs, axis), True, MOVE),
    "convert_element_type": (_converted, _is_cast_of_integers, ARITHMETIC),
    "dynamic_slice": (lambda eqn: lambda x, *starts, sizes=eqn.params["slice_sizes"]: x[_window(x, starts, sizes)], True, 0),
    "dynamic_update_slice": (_always(_updated), True, MOVE),
    "pad": (_padded, True, MOVE),
    "reshape": (_reshaped, True, 0),
    "rev": (lambda eqn: lambda x, axes=eqn.params["dimensions"]: np.flip(x, axes), True, 0),
    "select_n": (_selected, True, CHOICE),
    "slice": (_sliced, True, 0),
    "split": (_split, True, MOVE),
    "squeeze": (lambda eqn: lambda x, axes=eqn.params["dimensions"]: x.squeeze(axes), True, 0),
    "stack": (lambda eqn: lambda *xs, axis=eqn.params["axis"]: np.stack(xs, axis), True, MOVE),
    "transpose": (lambda eqn: lambda x, axes=eqn.params["permutation"]: x.transpose(axes), True, 0),
    "unstack": (lambda eqn: lambda x, axis=eqn.params["axis"]: list(np.moveaxis(x, axis, 0)), True, 0),
}  # fmt: skip

_replay.without_xla[0] = by_numpy
