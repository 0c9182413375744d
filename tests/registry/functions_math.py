"""Arithmetic, elementary functions, reductions, products of matrices."""

import operator

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Number, Spec, elementwise, real

_OVERFLOW = "sums of the largest numbers overflow"


def _unary(name, ref, low=-4, high=4, **more):
    bad = Bad(f"{name}: expected x to be floating point", InvalidType, x=np.int32([1]))
    return Spec(name, ref, elementwise(low, high), errors=[bad], **more)


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
]


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
    _operator("var ** var", operator.pow, _POSITIVE, real(3, 2, low=-2, high=2), extremes="powers overflow", zero="log 0"),
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
