"""Arithmetic, elementary and special functions, reductions, linear algebra."""

import dataclasses
import operator
import sys
import warnings

import numpy as np
import scipy.special as special

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Number, Spec, distinct, elementwise, real, whole

_OVERFLOW = "sums of the largest numbers overflow"


def _unary(name, ref, low=-4, high=4, **more):
    bad = Bad(f"{name}: expected x to be floating point", InvalidType, x=np.int32([1]))
    return Spec(name, ref, elementwise(low, high), errors=[bad], **more)


def _package(x):
    """The package whose Variable ``x`` is: rows with a ``call`` of their own compare two."""
    name = type(x).__module__.partition(".")[0]
    return sys.modules[name if name == "chainer" else "chainjax"]


def _pair(name, ref, cases, **more):
    first = next(iter(cases[0]))
    bad = Bad(f"{name}: expected {first} to be floating point", InvalidType, **{first: np.int32([1])})
    return Spec(name, lambda x1, **x2: ref(x1, *x2.values()), cases, errors=[bad, *more.pop("errors", [])], **more)


def _selection(name, ref):
    return Spec(
        name,
        lambda x, axis=None, keepdims=False: np.asarray(ref(x, axis=axis, keepdims=keepdims)),
        [{"x": distinct(3, 2)}, {"x": distinct(3, 2, 1), "axis": (0, -1), "keepdims": True}, {"x": real()}],
        errors=[
            Bad(f"{name}: expected axis between -2 and 1", InvalidType, axis=2),
            Bad(f"{name}: expected x to be floating point", InvalidType, x=np.int32([1])),
            Bad("duplicate value in axis", ValueError, axis=(0, -2)),
            Bad("expected axis to be None, an int or a tuple of ints", TypeError, axis=(1, "x")),
            Bad(f"{name}: expected numbers to choose from", ValueError, x=np.zeros((0, 2), "f")),
        ],
    )


def _place(name, ref):
    return Spec(
        name,
        lambda x, axis=None: np.asarray(ref(x, axis), np.int32),
        [{"x": distinct(3, 2)}, {"x": distinct(2, 3), "axis": -1}],
        result="int32",
        orders=0,
        errors=[
            Bad(f"{name}: expected axis between -2 and 1", InvalidType, axis=2),
            Bad(f"{name}: expected axis to be an int or None", TypeError, axis=(0,)),
        ],
    )


def _cumulative(name, ref, extremes):
    return Spec(
        name,
        lambda x, axis=None: ref(x, axis),
        [{"x": real(3, 2), "axis": 0}, {"x": real(2, 3)}, {"x": real(2, 1, 3), "axis": -1}, {"x": real(0, 3), "axis": 0}],
        extremes=extremes,
        errors=[
            Bad(f"{name}: expected axis between -2 and 1", InvalidType, axis=-3),
            Bad(f"{name}: expected axis to be an int or None", TypeError, axis=(0,)),
        ],
    )


def _along(x, y, axis=1):
    return y.reshape(y.shape + (1,) * (x.ndim - axis - y.ndim))


def _complex(name, ref):
    def both(x):
        y = ref(x[0] + 1j * x[1])
        return y.real, y.imag

    return Spec(
        name,
        both,
        [{"x": (real(2, 3), real(2, 3))}, {"x": (real(4), real(4))}],
        extremes=_OVERFLOW,
        errors=[
            Bad(f"{name}: expected arrays of one shape", InvalidType, x=(np.zeros(2, "f"), np.zeros(3, "f"))),
            Bad(f"{name}: expected arrays with axes", InvalidType, x=(np.float32(1), np.float32(1))),
        ],
    )


def _matrices(name, ref, extremes):
    """Of the numbers of ``distinct(2, 2)`` no two products are equal, so the matrix is regular."""
    batch = name.startswith("batch_")
    one = np.zeros((1, 1, 1), "f")
    return Spec(
        name,
        lambda a: np.asarray(ref(a)),
        [{"a": distinct(1, 2, 2)}, {"a": real(3, 1, 1, low=0.5)}] if batch else [{"a": distinct(2, 2)}, {"a": real(1, 1, low=0.5)}],
        extremes=extremes,
        zero=extremes,
        errors=[
            Bad(f"{name}: expected a with {3 if batch else 2} axes", InvalidType, a=one[0] if batch else one),
            Bad("expected square matrices", InvalidType, a=np.zeros((1, 2, 1) if batch else (2, 1), "f")),
        ],
    )


def _regular(a):
    return a + 3 * np.eye(a.shape[-1], dtype=a.dtype)


def _inverses(name, ndim):
    shape = (1,) * (ndim - 2)
    return Spec(
        name,
        lambda a: np.linalg.inv(_regular(a)),
        [{"a": real(*shape, 2, 2, low=-1, high=1)}, {"a": real(*shape, 1, 1, low=-1, high=1)}],
        extremes="products of the largest numbers overflow",
        call=lambda a: getattr(_package(a).functions, name)(_regular(a)),
    )


def _cholesky(a):
    F = _package(a).functions
    return F.cholesky(F.matmul(a, a, transb=True) + np.eye(len(a), dtype=a.dtype))


def _batch_matmul(a, b, transa=False, transb=False):
    with warnings.catch_warnings(action="ignore"):
        return _package(a).functions.batch_matmul(a, b, transa, transb)


_ROW, _COL = np.int32([[0, 2, 0, -1], [1, 0, 0, 2]]), np.int32([[0, 1, 1, -1], [0, 1, 0, 1]])


def _coo(package, data):
    """Sparse matrices ``(3, 2)`` with padding, and a place that comes twice only after another."""
    rows, cols = (_ROW, _COL) if data.ndim == 2 else (_ROW[0], _COL[0])
    matrix = package.utils.CooMatrix(np.zeros(data.shape, data.dtype), rows, cols, (3, 2))
    matrix.data = data
    return matrix


def _sparse_matmul(data, dense, first=True, transa=False, transb=False):
    package = _package(dense)
    pair = (_coo(package, data), dense) if first else (dense, _coo(package, data))
    return package.functions.sparse_matmul(*pair, transa, transb)


def sparse_matmul(data, dense, first=True, transa=False, transb=False):
    matrix = np.zeros((*data.shape[:-1], 3, 2))
    for place in np.ndindex(data.shape):
        if (_ROW if data.ndim == 2 else _ROW[0])[place] >= 0:
            matrix[*place[:-1], (_ROW if data.ndim == 2 else _ROW[0])[place], (_COL if data.ndim == 2 else _COL[0])[place]] += data[place]
    pair = (matrix, dense) if first else (dense, matrix)
    a, b = (np.swapaxes(x, -1, -2) if trans else x for x, trans in zip(pair, (transa, transb), strict=True))
    return a @ b


def prod(x, axis=None, keepdims=False):
    return np.asarray(x.prod(axis, keepdims=keepdims))


_PRODUCTS = "sums of products of the largest numbers overflow"
_BIASED = [{"x": real(2, 3, 2), "y": real(3)}, {"x": real(2, 3), "y": real(2, 3), "axis": 0}, {"x": real(2, 3), "y": real()}]


def matmul(a, b, transa=False, transb=False):
    a = np.swapaxes(a, -1, -2) if transa and a.ndim > 1 else a
    return np.asarray(a @ (np.swapaxes(b, -1, -2) if transb and b.ndim > 1 else b))


def average(x, axis=None, weights=None, keepdims=False):
    if weights is None:
        return np.asarray(np.mean(x, axis, keepdims=keepdims))
    shape = x.shape if axis is None else [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
    return np.asarray(np.sum(x * weights.reshape(shape), axis, keepdims=keepdims) / weights.sum())


def sum_to(x, shape):
    x = x.sum(tuple(range(x.ndim - len(shape))))
    return np.asarray(x.sum(tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)).reshape(shape)


ROWS = [
    _unary("absolute", np.abs, kinks=lambda x: x),
    Spec(
        "add",
        lambda *xs: sum(xs[1:], xs[0]),
        [
            {"*xs": [real(3, 2), real(3, 2)]},
            {"*xs": [real(1), real(3, 1), real(2)]},
            {"*xs": [real(3, 2), Number(-2, 2)]},
            {"*xs": [real()]},
            {"*xs": [real(0, 3), real(3)]},
        ],
        errors=[
            Bad("Add: expected lhs and rhs that broadcast together", InvalidType, **{"*xs": [np.float32([1, 2]), np.float32([1, 2, 3])]})
        ],
    ),
    Spec(
        "average",
        average,
        [
            {"x": real(3, 2)},
            {"x": real(3, 2, 1), "axis": (0, -1), "keepdims": True},
            {"x": real(2, 3), "axis": 1, "weights": real(3, low=0.5, high=2)},
            {"x": real(2, 3), "weights": real(2, 3, low=0.5, high=2)},
            {"x": real()},
        ],
        extremes=_OVERFLOW,
        errors=[
            Bad("average: expected axis between -2 and 1", InvalidType, axis=2),
            Bad("average: expected x to be floating point", InvalidType, x=np.int32([1])),
            Bad("average: expected weights that fit x", InvalidType, weights=np.float32([1]), axis=0),
            Bad("average: weights go along one axis", ValueError, weights=np.float32([1]), axis=(0, 1)),
            Bad("duplicate value in axis", ValueError, axis=(0, 0)),
        ],
    ),
    _unary("cos", np.cos),
    _unary("exp", np.exp),
    Spec("floor", np.floor, elementwise(), orders=0),
    Spec("identity", lambda *xs: xs if len(xs) > 1 else xs[0], [{"*xs": [real(3, 2)]}, {"*xs": [real(), real(0)]}]),
    _unary("log", np.log, low=0.25),
    Spec(
        "matmul",
        matmul,
        [
            {"a": real(3, 2), "b": real(2, 4)},
            {"a": real(2, 2, 3), "b": real(1, 4, 2), "transa": True, "transb": True},
            {"a": real(2), "b": real(2)},
            {"a": real(3, 1, 2), "b": real(2)},
            {"a": real(0, 2), "b": real(2, 1)},
        ],
        extremes="sums of products of the largest numbers overflow",
        errors=[
            Bad("matmul: expected matrices that fit", InvalidType, b=np.zeros((3, 4), "f")),
            Bad("matmul: expected matrices that fit (one transposed)", InvalidType, transa=True),
            Bad("matmul: expected arrays with axes", InvalidType, a=np.float32(1)),
            Bad("matmul: expected a to be floating point", InvalidType, a=np.int32([[1]])),
        ],
    ),
    _unary("sin", np.sin),
    _unary("sqrt", np.sqrt, low=0.25, extremes="the slope at 0 is infinite"),
    _unary("square", np.square),
    Spec(
        "sum",
        lambda x, axis=None, keepdims=False: np.asarray(x.sum(axis, keepdims=keepdims)),
        [{"x": real(3, 2)}, {"x": real(3, 2, 1), "axis": (0, -1), "keepdims": True}, {"x": real(0, 3), "axis": 0}, {"x": real()}],
        extremes=_OVERFLOW,
        errors=[
            Bad("sum: expected axis between -2 and 1", InvalidType, axis=-3),
            Bad("sum: expected x to be floating point", InvalidType, x=np.int32([1])),
            Bad("duplicate value in axis", ValueError, axis=(0, 0)),
            Bad("expected axis to be None, an int or a tuple of ints", TypeError, axis=1.5),
        ],
    ),
    Spec(
        "sum_to",
        sum_to,
        [{"x": real(2, 3, 2), "shape": (3, 1)}, {"x": real(2), "shape": ()}, {"x": real(0, 3), "shape": (1, 3)}],
        extremes=_OVERFLOW,
        errors=[Bad("sum_to: expected a shape that (2,) broadcasts to", InvalidType, x=np.zeros((2, 3), "f"), shape=(2,))],
    ),
    _unary("tan", np.tan, low=-1.25, high=1.25),
    _unary("arccos", np.arccos, low=-0.75, high=0.75),
    _unary("arcsin", np.arcsin, low=-0.75, high=0.75),
    _unary("arctan", np.arctan),
    _unary("arctanh", np.arctanh, low=-0.75, high=0.75),
    _pair(
        "arctan2",
        np.arctan2,
        [
            {"x1": real(3, 2), "x2": real(3, 2, low=0.25)},
            {"x1": real(2), "x2": real(3, 1, low=0.25)},
            {"x1": real(), "x2": real(low=0.25)},
        ],
        extremes="the slopes are quotients by a sum of squares",
        zero="the origin has no angle",
        oracle={1: "Chainer's gradients have the shape of the result"},
        errors=[Bad("arctan2: expected x1 and x2 that broadcast together", InvalidType, x2=np.zeros(5, "f"))],
    ),
    _place("argmax", np.argmax),
    _place("argmin", np.argmin),
    _matrices("batch_det", np.linalg.det, "sums of products of the largest numbers overflow"),
    _inverses("batch_inv", 3),
    Spec(
        "batch_l2_norm_squared",
        lambda x: (x.reshape(len(x), -1) ** 2).sum(1),
        [{"x": real(3, 2)}, {"x": real(2, 3, 2)}],
        extremes="squares overflow",
        errors=[
            Bad("batch_l2_norm_squared: expected x with two axes or more", InvalidType, x=np.float32([1])),
            Bad("batch_l2_norm_squared: expected x to be floating point", InvalidType, x=np.int32([[1]])),
        ],
    ),
    Spec(
        "batch_matmul",
        lambda a, b, transa=False, transb=False: matmul(*(x if x.ndim == 3 else x[..., None] for x in (a, b)), transa, transb),
        [
            {"a": real(2, 3, 1), "b": real(2, 1, 4)},
            {"a": real(2, 3), "b": real(2, 4), "transa": False, "transb": True},
            {"a": real(2, 3), "b": real(2, 3), "transa": True},
        ],
        extremes=_PRODUCTS,
        call=_batch_matmul,
        errors=[
            Bad("batch_matmul: expected a to be floating point", InvalidType, a=np.zeros((2, 3, 1), "i")),
            Bad("batch_matmul: expected a with 2 or 3 axes", InvalidType, a=np.zeros(2, "f")),
            Bad("batch_matmul: expected matrices that fit", InvalidType, a=np.zeros((2, 3, 2), "f")),
        ],
    ),
    Spec(
        "bias",
        lambda x, y, axis=1: x + _along(x, y, axis),
        _BIASED,
        extremes=_OVERFLOW,
        errors=[Bad("bias: expected y of the shape of x from axis 0 on", InvalidType, axis=0)],
    ),
    Spec("ceil", np.ceil, elementwise(), orders=0),
    Spec(
        "cholesky",
        lambda a: np.linalg.cholesky(a @ a.T + np.eye(len(a))),
        [{"a": real(3, 2, low=-1, high=1)}, {"a": real(1, 1)}],
        dtypes=("float64", "float32"),
        extremes="squares overflow",
        call=_cholesky,
    ),
    Spec(
        "clip",
        lambda x, x_min, x_max: np.clip(x, x_min, x_max),
        [
            {"x": real(3, 2), "x_min": -1.5, "x_max": Number(0.5, 2)},
            {"x": real(), "x_min": None, "x_max": 1},
            {"x": real(0, 3), "x_min": -1, "x_max": None},
        ],
        kinks=lambda x, x_min, x_max: np.minimum(*[np.inf if e is None else np.abs(x - e) for e in (x_min, x_max)]),
        errors=[
            Bad("clip: expected x to be floating point", InvalidType, x=np.int32([1])),
            Bad("clip: expected x_min below x_max", ValueError, x_min=3),
            Bad("clip: expected x_min or x_max", ValueError, x_min=None, x_max=None),
        ],
    ),
    _unary("cosh", np.cosh),
    _cumulative("cumprod", np.cumprod, "products of the largest numbers overflow"),
    _cumulative("cumsum", np.cumsum, _OVERFLOW),
    _matrices("det", np.linalg.det, "sums of products of the largest numbers overflow"),
    _unary("digamma", special.digamma, low=2, high=8, extremes="a pole at 0"),
    Spec(
        "einsum",
        lambda *xs: np.asarray(np.einsum(*xs)),
        [
            {"*operands": ["ij,jk->ki", real(3, 2), real(2, 4)]},
            {"*operands": ["...i,i", real(2, 3, 2), real(2)]},
            {"*operands": [real(2, 2), [0, 0], []]},
            {"*operands": ["i,j,ij->ij", real(2), real(3), real(2, 3)]},
        ],
        extremes=_PRODUCTS,
        errors=[
            Bad("einsum: expected x0 to be floating point", InvalidType, **{"*operands": ["i", np.int32([1])]}),
            Bad("einsum: expected an axis for each of 'ij'", InvalidType, **{"*operands": ["ij", np.float32([1])]}),
            Bad("einsum: expected length 2 for 'i'", InvalidType, **{"*operands": ["i,i", np.zeros(2, "f"), np.zeros(3, "f")]}),
            Bad("einsum: expected the ellipsis in the result", ValueError, **{"*operands": ["...i->i", np.zeros((2, 3), "f")]}),
            Bad("einsum: expected the names of the result among", ValueError, **{"*operands": ["i->j", np.zeros(2, "f")]}),
            Bad("einsum: expected names for each of 1 arrays", ValueError, **{"*operands": ["i,i", np.zeros(2, "f")]}),
            Bad("einsum: expected letters for axes, got '1'", ValueError, **{"*operands": ["1", np.zeros(2, "f")]}),
            Bad("at most one '->'", ValueError, **{"*operands": ["i->i->", np.zeros(2, "f")]}),
            Bad("einsum: expected ints and Ellipsis", TypeError, **{"*operands": [np.zeros(2, "f"), ["i"]]}),
            Bad("einsum: expected subscripts or arrays", ValueError, **{"*operands": []}),
        ],
    ),
    _unary("erf", special.erf),
    _unary("erfc", special.erfc, high=2),
    _unary("erfcinv", special.erfcinv, low=0.25, high=1.75, extremes="half of the smallest normal number is 0"),
    _unary("erfcx", special.erfcx, low=-2, high=8),
    _unary("erfinv", special.erfinv, low=-0.75, high=0.75),
    _unary("expm1", np.expm1),
    _complex("fft", np.fft.fft),
    Spec("fix", np.trunc, elementwise(), orders=0),
    _pair(
        "fmod",
        np.fmod,
        [
            {"x": real(3, 2, low=5.25, high=5.75), "divisor": real(3, 2, low=2, high=2.5)},  # no multiple between
            {"x": real(low=-5.75, high=-5.25), "divisor": real(low=2, high=2.5)},
        ],
        extremes="the quotient by the smallest numbers overflows",
        zero="0 divided by 0",
    ),
    _complex("ifft", np.fft.ifft),
    _inverses("inv", 2),
    _unary("lgamma", special.gammaln, low=2.5, high=8, extremes="a pole at 0"),
    Spec(
        "linear_interpolate",
        lambda p, x, y: p * x + (1 - p) * y,
        [{"p": real(3, 2, low=-1, high=2), "x": real(3, 2), "y": real(3, 2)}, {"p": real(), "x": real(), "y": real()}],
        extremes="products of the largest numbers overflow",
        errors=[
            Bad("linear_interpolate: expected arrays of one shape", InvalidType, x=np.zeros(2, "f")),
            Bad("linear_interpolate: expected p and x and y of one dtype", InvalidType, x=np.zeros((3, 2))),
        ],
    ),
    _unary("log10", np.log10, low=0.25),
    _unary("log1p", np.log1p, low=-0.75),
    _unary("log2", np.log2, low=0.25),
    _unary("log_ndtr", special.log_ndtr, low=-8, high=2),
    Spec(
        "logsumexp",
        lambda x, axis=None: np.asarray(np.log(np.exp(x).sum(axis))),
        [{"x": real(3, 2)}, {"x": real(3, 2, 1), "axis": (0, -1)}, {"x": real(2, 3), "axis": 1}, {"x": real()}],
        errors=[
            Bad("logsumexp: expected axis between -2 and 1", InvalidType, axis=2),
            Bad("logsumexp: expected x to be floating point", InvalidType, x=np.int32([1])),
            Bad("duplicate value in axis", ValueError, axis=(0, -2)),
        ],
    ),
    _selection("max", np.max),
    _pair(
        "maximum",
        np.maximum,
        [
            {"x1": real(3, 2), "x2": real(3, 2)},
            {"x1": distinct(2), "x2": real(3, 1, low=-0.8125, high=-0.6875)},  # between the numbers of the other
            {"x1": real(), "x2": real()},
        ],
        kinks=lambda x1, x2: x1 - x2,
        errors=[
            Bad("maximum: expected x1 and x2 that broadcast together", InvalidType, x2=np.zeros(5, "f")),
            Bad("maximum: expected x1 and x2 of one dtype", InvalidType, x2=np.zeros((3, 2))),
        ],
    ),
    _selection("min", np.min),
    _pair(
        "minimum",
        np.minimum,
        [
            {"x1": real(3, 2), "x2": real(3, 2)},
            {"x1": distinct(2), "x2": real(3, 1, low=-0.8125, high=-0.6875)},
            {"x1": real(), "x2": real()},
        ],
        kinks=lambda x1, x2: x1 - x2,
        errors=[Bad("minimum: expected x1 and x2 that broadcast together", InvalidType, x2=np.zeros(5, "f"))],
    ),
    _unary("ndtr", special.ndtr, low=-2),
    _unary("ndtri", special.ndtri, low=0.125, high=0.875),
    Spec(
        "polygamma",
        special.polygamma,
        [{"n": whole(3, 2, low=1, high=3), "x": real(3, 2, low=1)}, {"n": whole(low=0, high=2), "x": real(2, low=2)}],
        extremes="a pole at 0",
        errors=[
            Bad("polygamma: expected n to be integer", InvalidType, n=np.float32(1)),
            Bad("polygamma: expected x to be floating point", InvalidType, x=np.int32([1])),
        ],
    ),
    Spec(
        "prod",
        prod,
        [{"x": real(3, 2)}, {"x": real(3, 2, 1), "axis": (0, -1), "keepdims": True}, {"x": real(0, 3), "axis": 0}, {"x": real()}],
        extremes="products of the largest numbers overflow",
        errors=[
            Bad("prod: expected axis between -2 and 1", InvalidType, axis=-3),
            Bad("prod: expected x to be floating point", InvalidType, x=np.int32([1])),
            Bad("duplicate value in axis", ValueError, axis=(0, 0)),
        ],
    ),
    Spec(
        "rsqrt",
        lambda x: 1 / np.sqrt(x),
        elementwise(low=0.25),
        extremes="the slope at 0 is infinite",
        errors=[Bad("sqrt: expected x to be floating point", InvalidType, x=np.int32([1]))],
    ),
    Spec(
        "scale",
        lambda x, y, axis=1: x * _along(x, y, axis),
        _BIASED,
        extremes="products of the largest numbers overflow",
        errors=[Bad("scale: expected y of the shape of x from axis 0 on", InvalidType, axis=0)],
    ),
    Spec("sign", np.sign, elementwise(), orders=0),
    _unary("sinh", np.sinh),
    Spec(
        "sparse_matmul",
        sparse_matmul,
        [
            {"data": real(4), "dense": real(2, 2)},
            {"data": real(2, 4), "dense": real(2, 1, 3), "first": False, "transb": False},
            {"data": real(2, 4), "dense": real(2, 1, 3), "first": True, "transa": True, "transb": True},
        ],
        extremes=_PRODUCTS,
        call=_sparse_matmul,
        oracle={0: "SciPy of today takes no padding in one matrix"},
        errors=[
            Bad("sparse_matmul: expected matrices that fit the sparse (3, 2)", InvalidType, dense=np.zeros((3, 2), "f")),
            Bad("sparse_matmul: expected both one matrix, or both a batch", InvalidType, dense=np.zeros((1, 2, 2), "f")),
            Bad("sparse_matmul: expected dn to be floating point", InvalidType, dense=np.int32([[1], [1]])),
        ],
    ),
    Spec(
        "tensordot",
        lambda a, b, axes=2: np.asarray(np.tensordot(a, b, axes)),
        [
            {"a": real(2, 3, 2), "b": real(3, 2, 1)},
            {"a": real(2, 3), "b": real(3, 1), "axes": ((-1,), (0,))},
            {"a": real(2), "b": real(3), "axes": 0},
        ],
        extremes=_PRODUCTS,
        oracle={1: "Chainer takes no negative axes in pairs"},
        errors=[
            Bad("tensordot: expected axes to be a pair", ValueError, axes=((), (), ())),
            Bad("tensordot: expected axes to be an int or a pair", TypeError, axes=1.0),
            Bad("tensordot: expected equal lengths along the axes", ValueError, axes=(0, 0)),
            Bad("tensordot: expected as many axes of a as of b", ValueError, axes=((1, 2), 0)),
            Bad("tensordot: expected axes that a and b have", ValueError, axes=(3, 0)),
            Bad("tensordot: expected a to be floating point", InvalidType, a=np.int32([1])),
        ],
    ),
    Spec(
        "zeta",
        special.zeta,
        [{"x": Number(1.5, 4), "q": real(3, 2, low=1)}, {"x": 2, "q": real(low=1)}],
        extremes="a pole at 0",
        errors=[Bad("zeta: expected q to be floating point", InvalidType, q=np.int32([1]))],
    ),
]
ROWS.append(dataclasses.replace(next(row for row in ROWS if row.name == "average"), name="mean"))


def _operator(name, function, left, right, ref=None, **more):
    return Spec(name, ref or function, [{"a": left, "b": right}], call=lambda a, b: function(a, b), numpy=False, **more)


_A, _C, _POSITIVE = real(3, 2), Number(-2, 2), real(3, 2, low=0.25)

#: Operators and methods of variables. They are no names of ``chainjax.functions``, but obey the same laws.
OPERATORS = [
    _operator("var + number", operator.add, _A, _C),
    _operator("number + var", operator.add, _C, _A),
    _operator("var - var", operator.sub, _A, real(2), extremes=_OVERFLOW),
    _operator("var - number", operator.sub, _A, _C),
    _operator("number - var", operator.sub, _C, _A),
    _operator("var * var", operator.mul, _A, real(3, 1), extremes=_OVERFLOW),
    _operator("number * var", operator.mul, _C, _A),
    _operator("var / var", operator.truediv, _A, _POSITIVE, extremes="0 / 0, and a gradient of 1 / 0 ** 2"),
    _operator("var / number", operator.truediv, _A, Number(0.5, 2)),
    _operator("number / var", operator.truediv, Number(0.5, 2), _POSITIVE, extremes="the slope at the smallest number overflows"),
    _operator("var // number", operator.floordiv, _A, Number(0.5, 2), orders=0, oracle={0: "Chainer divides in float64 here"}),
    _operator("var ** var", operator.pow, _POSITIVE, real(3, 2, low=-1, high=2), extremes="powers overflow", zero="log 0"),
    _operator("var ** 3", operator.pow, _A, 3),
    _operator("var ** number", operator.pow, _POSITIVE, _C, extremes="the slope at 0 is infinite"),
    _operator("number ** var", operator.pow, Number(0.5, 2), _A),
    _operator("var @ var", operator.matmul, real(3, 2), real(2), extremes="sums of products of the largest numbers overflow"),
    Spec("-var", operator.neg, [{"a": _A}], call=operator.neg, numpy=False),
    Spec("abs(var)", np.abs, [{"x": _A}], kinks=lambda x: x, call=abs, numpy=False),
    Spec("var[...]", lambda x: x[1:, 0], [{"x": _A}], call=lambda x: x[1:, 0], numpy=False),
    Spec("var.T", np.transpose, [{"x": _A}], call=lambda x: x.T, numpy=False),
    Spec("var.reshape", lambda x: x.reshape(-1), [{"x": _A}], call=lambda x: x.reshape(-1), numpy=False),
    Spec("var.transpose", lambda x: x.transpose(1, 0), [{"x": _A}], call=lambda x: x.transpose(1, 0), numpy=False),
    Spec("var.mean", lambda x: x.mean(0), [{"x": _A}], call=lambda x: x.mean(axis=0), numpy=False, extremes=_OVERFLOW),
]
