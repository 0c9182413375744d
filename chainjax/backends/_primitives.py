"""What NumPy does for the primitives of JAX: a table of forms.

A form is a function of arrays, or a text and the constants in it, ``("{}.reshape({})", shape)``: arrays come first, and NumPy's functions
are known by their names. Of what has several results it is a function that gives a list, or a list of forms, one for each. What is done
often on small arrays is a text: it takes as long as what NumPy does. All that can be known of an equation is worked out when it is read.
"""

import math

import numpy as np

#: What NumPy takes for a number, by kind of primitive, in seconds.
MOVE, ARITHMETIC, TRANSCENDENTAL, CHOICE, INDEXED = 0.3e-9, 0.4e-9, 1e-9, 1e-9, 3e-9

#: Arrays up to this many numbers are kept where they depend on no argument, and copied where a view would take longer.
SMALL = 4096

#: The names in texts.
NUMPY = vars(np)

#: Texts of an array of another shape, and of one repeated along some axes: two forms that are known better where they stand.
RESHAPED, REPEATED = "{}.reshape({})", "broadcast_to({}.reshape({}), {})"

#: The form of the argument itself.
SAME = ("{0}",)


def _floats(form):
    return lambda eqn: form if eqn.invars[0].aval.dtype.kind == "f" else None


def _of_one(text):
    """A form with a one of the same dtype."""
    return lambda eqn: (text, np.ones((), eqn.invars[0].aval.dtype)) if eqn.invars[0].aval.dtype.kind == "f" else None


def _always(form):
    return lambda eqn: form


def _integers(eqn):
    """Whether they are integers: what is computed of those is exact."""
    return eqn.invars[0].aval.dtype.kind in "biu"


def _reduced(ufunc):
    def make(eqn):
        axes, dtype, x = eqn.params["axes"], eqn.outvars[0].aval.dtype, eqn.invars[0].aval
        if ufunc in (np.logical_and, np.logical_or) and dtype.kind != "b":
            return None  # of integers it is bit by bit
        if math.prod([x.shape[axis] for axis in axes]) == 1:
            return RESHAPED, eqn.outvars[0].aval.shape
        if dtype.kind == "f":
            return f"{ufunc.__name__}.reduce({{}}, {{}})", axes[0] if len(axes) == 1 else axes
        return f"{ufunc.__name__}.reduce({{}}, {{}}, {{}})", axes, dtype

    return make


def _index_of(name):
    return lambda eqn: (f"{{}}.{name}({{}}).astype({{}})", eqn.params["axes"][0], eqn.params["index_dtype"])


def _cumulated(ufunc):
    def make(eqn):
        axis = eqn.params["axis"]
        back = (slice(None),) * axis + (slice(None, None, -1 if eqn.params["reverse"] else 1),)
        return f"{ufunc.__name__}.accumulate({{0}}[{{1}}], {{2}}, {{3}})[{{1}}]", back, axis, eqn.outvars[0].aval.dtype

    return make


def _converted(eqn):
    before, after = eqn.invars[0].aval.dtype, eqn.params["new_dtype"]
    if before.kind == "f" and after.kind in "iu":
        return None  # what does not fit is otherwise there
    return SAME if before == after else ("{}.astype({})", after)


def _is_cast_of_integers(eqn):
    before = eqn.invars[0].aval.dtype
    return before.kind in "biu" and np.can_cast(before, eqn.params["new_dtype"], "same_kind")


def _power(eqn):
    exponent = eqn.params["y"]
    if exponent == 2:
        return ("multiply({0}, {0})",)
    return (lambda x: x**exponent) if exponent >= 0 or eqn.invars[0].aval.dtype.kind == "f" else None


def _repeated(eqn):
    shape, axes, x = eqn.params["shape"], eqn.params["broadcast_dimensions"], eqn.invars[0].aval
    if len(eqn.invars) > 1:
        return None
    sizes = [1] * len(shape)
    for axis, size in zip(axes, x.shape, strict=True):
        sizes[axis] = size
    while sizes and sizes[0] == 1:
        del sizes[0]
    return REPEATED, tuple(sizes), tuple(shape)


def repeated(shape):
    """The form of an array that is repeated as it has this shape."""
    return ("{1}({0}, {2})", _filled, shape) if math.prod(shape) <= SMALL else ("broadcast_to({}, {})", shape)


def _filled(x, shape):
    y = np.empty(shape, x.dtype)  # a fifth of the time of the view
    y[...] = x
    return y


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
    return "{}[{}]", tuple(map(slice, p["start_indices"], p["limit_indices"], p["strides"] or (1,) * len(p["start_indices"])))


def _along(axis, part):
    """The index of a part of an axis."""
    return (slice(None),) * axis + (part,)


def _split(eqn):
    axis, ends = eqn.params["axis"], np.cumsum(eqn.params["sizes"]).tolist()
    return [("{}[{}]", _along(axis, slice(start, end))) for start, end in zip([0, *ends], ends, strict=False)]


def _unstacked(eqn):
    return [("{}[{}]", _along(eqn.params["axis"], n)) for n in range(len(eqn.outvars))]


def _turned(eqn):
    axes = eqn.params["dimensions"]
    return "{}[{}]", tuple([slice(None, None, -1 if i in axes else 1) for i in range(eqn.invars[0].aval.ndim)])


def _transposed(eqn):
    axes = eqn.params["permutation"]
    return SAME if tuple(axes) == tuple(range(len(axes))) else ("{}.transpose({})", axes)


def _in_a_row(eqn):
    n = len(eqn.invars)
    return f"concatenate(({'{}, ' * n}), {{}})", eqn.params["dimension"]


def _stacked(eqn):
    n, axis, shape = len(eqn.invars), eqn.params["axis"], eqn.invars[0].aval.shape
    parts = "".join([f"{{{i}}}.reshape({{{n}}}), " for i in range(n)])
    return f"concatenate(({parts}), {{{n + 1}}})", (*shape[:axis], 1, *shape[axis:]), axis


def _window(x, starts, sizes):
    """Where a slice lies: it is moved inside where it would end outside."""
    starts = [min(max(int(start), 0), whole - size) for start, whole, size in zip(starts, x.shape, sizes, strict=True)]
    return tuple([slice(start, start + size) for start, size in zip(starts, sizes, strict=True)])


def _updated(x, part, *starts):
    y = np.array(x)
    y[_window(x, starts, part.shape)] = part
    return y


def _selected(eqn):
    which = eqn.invars[0].aval
    if which.dtype != bool:
        return None
    if which.shape == ():
        return ("{2} if {0} else {1}",)
    return ("{3}({0}, {1}, {2}, {4})", select, np.dtype(f"u{eqn.outvars[0].aval.dtype.itemsize}")) if math.prod(which.shape) else np.where


def select(which, no, yes, bits):
    """Numbers of ``yes`` or ``no``, moved as of dtype ``bits``. Often all are of one, and to look takes less than to choose."""
    if which.item(which.argmin()):
        return yes
    if not which.item(which.argmax()):
        return no
    if which.size < 1024:
        return np.where(which, yes, no)
    # np.where takes 8 ns for a number where one cannot be foretold from the one before, and this 0.4.
    mask, no, yes, dtype = which.astype(bits), no.view(bits), yes.view(bits), no.dtype
    np.negative(mask, out=mask)
    np.bitwise_and(mask, np.bitwise_xor(no, yes), out=mask)
    np.bitwise_xor(mask, no, out=mask)
    return mask.view(dtype)


def _reshaped(eqn):
    return (RESHAPED, eqn.outvars[0].aval.shape) if eqn.params.get("dimensions") is None or eqn.primitive.name != "reshape" else None


def _product(eqn):
    """A product of matrices: axes in the order of the batch, those that stay, those that are summed over."""
    ((left_sum, right_sum), (left_batch, right_batch)), (a, b) = eqn.params["dimension_numbers"], [v.aval for v in eqn.invars]
    out = eqn.outvars[0].aval
    if a.dtype != b.dtype or a.dtype != out.dtype or out.dtype.kind != "f":
        return None
    left_free = [i for i in range(a.ndim) if i not in left_sum and i not in left_batch]
    right_free = [i for i in range(b.ndim) if i not in right_sum and i not in right_batch]
    batch, constants = [a.shape[i] for i in left_batch], []

    def turned(text, aval, order, shape):
        if order != sorted(order):
            constants.append(tuple(order))
            text += f".transpose({{{len(constants) + 1}}})"
        return reshaped(text, [aval.shape[i] for i in order], shape)

    def reshaped(text, before, shape):
        if list(before) == list(shape):
            return text
        constants.append(tuple(shape))
        return text + f".reshape({{{len(constants) + 1}}})"

    m, k, n = [math.prod([x.shape[i] for i in axes]) for x, axes in ((a, left_free), (a, left_sum), (b, right_free))]
    left = turned("{0}", a, [*left_batch, *left_free, *left_sum], [*batch, m, k])
    right = turned("{1}", b, [*right_batch, *right_sum, *right_free], [*batch, k, n])
    text = reshaped(f"{'matmul' if batch else 'dot'}({left}, {right})", [*batch, m, n], out.shape)
    return text, *constants


def _places(numbers, indices, operand, sizes, drops):
    """For gather and scatter: a function of the array of indices to the places, in the flat operand, of what is read or written.

    It says, too, where that lies inside; ``drops``: what does not is of no concern, else it is moved inside.

    ``numbers``: ``(window axes of the result, window axes that it lacks, batch axes of the operand, those of the indices, axes
    that indices are of)``.
    """
    window, lacking, batch, index_batch, start = numbers
    rank = indices.ndim - 1 + len(window)
    around = [i for i in range(rank) if i not in window]
    shape = [1] * rank
    for i, size in zip(around, indices.shape, strict=False):
        shape[i] = size

    def along(axis, size):
        return np.arange(size).reshape([size if i == axis else 1 for i in range(rank)])

    offsets, fixed, columns = iter(window), [], []
    for axis, (whole, size) in enumerate(zip(operand, sizes, strict=True)):
        stride = math.prod(operand[axis + 1 :])
        if axis in batch:
            fixed.append(along(around[index_batch[batch.index(axis)]], whole) * stride)
        elif axis in start:
            columns.append((start.index(axis), whole - size, stride))
        if axis not in lacking and axis not in batch:
            fixed.append(along(next(offsets), size) * stride)
    if not start:
        fixed.append(np.zeros(shape, np.intp))
    fixed = [part for part in fixed if not start or part.size != 1 or part.any()]
    if math.prod([max(sizes) for sizes in zip(shape, *[part.shape for part in fixed], strict=True)]) <= SMALL:
        fixed = [sum(fixed)] if fixed else []

    def places(i):
        inside, parts = True, list(fixed)
        for column, last, stride in columns:
            begin = i[..., column].astype(np.intp).reshape(shape)
            if begin.size and (begin.item(begin.argmin()) < 0 or begin.item(begin.argmax()) > last):
                if drops:
                    inside = inside & (begin >= 0) & (begin <= last)
                begin = np.minimum(np.maximum(begin, 0), last)
            parts.append(begin if stride == 1 else begin * stride)
        found = parts[0]
        for part in parts[1:]:
            found = found + part
        return found, inside

    return places


def _gathered(eqn):
    n, sizes, mode = eqn.params["dimension_numbers"], eqn.params["slice_sizes"], eqn.params["mode"].name
    (operand, indices), fill = [v.aval for v in eqn.invars], eqn.params["fill_value"]
    if n.offset_dims != tuple(sorted(n.offset_dims)) or 0 in operand.shape:
        return None
    numbers = n.offset_dims, n.collapsed_slice_dims, n.operand_batching_dims, n.start_indices_batching_dims, n.start_index_map
    if fill is None:
        dtype = operand.dtype
        fill = {"f": np.nan, "b": True, "u": np.iinfo(dtype).max if dtype.kind == "u" else 0}.get(dtype.kind)
        fill = np.iinfo(dtype).min if fill is None else fill
    of_rows, drops = _is_of_rows(eqn), mode in ("FILL_OR_DROP", "ONE_HOT")
    if of_rows and not drops:
        return ("{}.take({}[..., 0], 0, None, 'clip')",)
    places, last = _places(numbers, indices, operand.shape, sizes, drops), operand.shape[0] - 1

    def gather(x, i):
        if of_rows and i.size and i.item(i.argmin()) >= 0 and i.item(i.argmax()) <= last:
            return x.take(i[..., 0], 0, None, "clip")
        found, inside = places(i)
        y = x.take(found)
        return y if inside is True or inside.all() else np.where(inside, y, x.dtype.type(fill))

    return gather


def _is_of_rows(eqn):
    """Whether a gather takes whole rows."""
    n, x = eqn.params["dimension_numbers"], eqn.invars[0].aval
    before = eqn.invars[1].aval.ndim - 1
    plain = n.offset_dims == tuple(range(before, before + x.ndim - 1)) and n.collapsed_slice_dims == n.start_index_map == (0,)
    return plain and not n.operand_batching_dims and eqn.params["slice_sizes"] == (1, *x.shape[1:])


def _moves_rows(eqn):
    return _is_of_rows(eqn) and eqn.params["mode"].name == "PROMISE_IN_BOUNDS"


def _scattered(adds):
    def make(eqn):
        n, mode = eqn.params["dimension_numbers"], eqn.params["mode"].name
        operand, indices, updates = [v.aval for v in eqn.invars]
        window = n.update_window_dims
        if window != tuple(sorted(window)) or 0 in operand.shape or mode == "CLIP":
            return None
        numbers = window, n.inserted_window_dims, n.operand_batching_dims, n.scatter_indices_batching_dims, n.scatter_dims_to_operand_dims
        sizes, left = [], [updates.shape[i] for i in window]
        for axis in range(operand.ndim):
            absent = axis in n.inserted_window_dims or axis in n.operand_batching_dims
            sizes.append(1 if absent else left.pop(0))
        # What would lie outside is left out, whatever the mode: XLA does so.
        places = _places(numbers, indices, operand.shape, sizes, True)

        def scatter(x, i, new):
            (found, inside), y = places(i), x.copy()
            if inside is not True and not inside.all():
                inside = np.broadcast_to(inside, new.shape)
                found, new = found[inside], new[inside]
            if adds:
                np.add.at(y.reshape(-1), found.reshape(-1), new.reshape(-1))  # of one axis each: a fifth of the time
            else:
                y.reshape(-1)[found] = new
            return y

        return scatter

    return make


def _is_of_one(eqn):
    """Whether there is but one place to write to: of several that are the same, any may be the last."""
    return math.prod(eqn.invars[1].aval.shape[:-1]) == 1


def _iota(eqn):
    p = eqn.params
    if eqn.invars:
        return None
    y = np.arange(p["shape"][p["dimension"]], dtype=p["dtype"])
    return "{}", np.broadcast_to(y.reshape([-1 if i == p["dimension"] else 1 for i in range(len(p["shape"]))]), p["shape"])


#: primitive -> how to make the form of an equation (None: it is not known here), whether it is exact (or a function of the equation that
#: says so), seconds for a number.
PRIMITIVES = {
    **{
        name: (_always(form), _integers, ARITHMETIC)
        for name, form in {
            "add": np.add, "add_any": np.add, "sub": np.subtract, "mul": np.multiply, "neg": np.negative, "max": np.maximum,
            "min": np.minimum, "abs": np.abs, "sign": np.sign, "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
            "gt": np.greater, "ge": np.greater_equal, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
            "not": np.invert, "square": np.square, "clamp": ("minimum(maximum({1}, {0}), {2})",),
        }.items()
    },
    **{
        name: (_floats(form), False, TRANSCENDENTAL)
        for name, form in {
            "div": np.divide, "exp": np.exp, "log": np.log, "exp2": np.exp2, "expm1": np.expm1, "log1p": np.log1p, "tanh": np.tanh,
            "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
            "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
            "rem": np.fmod, "floor": np.floor, "ceil": np.ceil, "is_finite": np.isfinite,
        }.items()
    },
    "rsqrt": (_of_one("divide({1}, sqrt({0}))"), False, TRANSCENDENTAL),
    "logistic": (_of_one("divide({1}, add({1}, exp(negative({0}))))"), False, TRANSCENDENTAL),
    "one_minus_square": (_of_one("subtract({1}, multiply({0}, {0}))"), False, TRANSCENDENTAL),
    **{
        name: (_reduced(ufunc), _integers, ARITHMETIC)
        for name, ufunc in {
            "reduce_sum": np.add, "reduce_prod": np.multiply, "reduce_max": np.maximum, "reduce_min": np.minimum,
            "reduce_and": np.logical_and, "reduce_or": np.logical_or,
        }.items()
    },
    "pow": (lambda eqn: np.power if {v.aval.dtype.kind for v in eqn.invars} == {"f"} else None, False, 2 * TRANSCENDENTAL),
    "round": (lambda eqn: np.rint if eqn.params["rounding_method"].name == "TO_NEAREST_EVEN" else None, True, TRANSCENDENTAL),
    "integer_pow": (_power, False, TRANSCENDENTAL),
    "argmax": (_index_of("argmax"), True, ARITHMETIC),
    "argmin": (_index_of("argmin"), True, ARITHMETIC),
    "cumsum": (_cumulated(np.add), _integers, ARITHMETIC),
    "cumprod": (_cumulated(np.multiply), _integers, ARITHMETIC),
    "cummax": (_cumulated(np.maximum), True, ARITHMETIC),
    "cummin": (_cumulated(np.minimum), True, ARITHMETIC),
    "dot_general": (_product, False, 0),
    "scatter-add": (_scattered(adds=True), _integers, INDEXED),
    "scatter": (_scattered(adds=False), _is_of_one, INDEXED),
    "gather": (_gathered, _moves_rows, INDEXED),
    "platform_index": (_always(("{}", np.zeros((), np.int32))), True, 0),  # of which the branch makes nothing
    "iota": (_iota, True, 0),
    "stop_gradient": (_always(SAME), True, 0),
    "copy": (_always(SAME), True, 0),
    "optimization_barrier": (lambda eqn: [(f"{{{i}}}",) for i in range(len(eqn.invars))], True, 0),
    "broadcast_in_dim": (_repeated, True, 0),
    "concatenate": (_in_a_row, True, MOVE),
    "convert_element_type": (_converted, _is_cast_of_integers, ARITHMETIC),
    "dynamic_slice": (lambda eqn: lambda x, *starts, sizes=eqn.params["slice_sizes"]: x[_window(x, starts, sizes)], True, 0),
    "dynamic_update_slice": (_always(_updated), True, MOVE),
    "pad": (_padded, True, MOVE),
    "reshape": (_reshaped, True, 0),
    "rev": (_turned, True, 0),
    "select_n": (_selected, True, CHOICE),
    "slice": (_sliced, True, 0),
    "split": (_split, True, 0),
    "squeeze": (_reshaped, True, 0),
    "stack": (_stacked, True, MOVE),
    "transpose": (_transposed, True, 0),
    "unstack": (_unstacked, True, 0),
}  # fmt: skip
