"""Arithmetic between variables, arrays and numbers, as functions and as operators.

A Python number takes the dtype of the variable, whatever its own, and is traced: another number is the same program. An array
takes it too; two variables must agree.
"""

import numpy as np

import jax.numpy as jnp

from ...backends._array import ndarray
from ...config import is_debug
from ...differentiable import differentiable
from ...variable import Variable
from .._check import expect, expect_broadcastable, expect_floating, expect_same_dtype
from .._kinks import magnitude
from ..array._shape import broadcast_to, reshape
from ._elementwise import sqrt
from ._linalg import matmul
from ._rounding import floor

_PATH = "math.basic_math"


def _binary(name, label, fn, floating=True, retain=(0, 1)):
    def body(lhs, rhs):
        if floating:
            expect_floating(name, lhs=lhs)
        expect_same_dtype(name, lhs=lhs, rhs=rhs)
        expect_broadcastable(name, lhs=lhs, rhs=rhs)
        return fn(*jnp.broadcast_arrays(lhs, rhs))

    body.__name__ = name
    return differentiable(node=name, path=_PATH, label=label, retain=retain, integers=not floating)(body)


def _with_number(name, label, fn, floating=False, retain=(), static=()):
    def body(x, value=0.0):
        if floating:
            expect_floating(name, x=x)
        return fn(x, value if static else jnp.asarray(value).astype(x.dtype))

    body.__name__ = name
    return differentiable(node=name, path=_PATH, label=label, attrs=("value",), retain=retain, static=static)(body)


_add = _binary("Add", "_ + _", lambda x, y: x + y, floating=False, retain=())
_sub = _binary("Sub", "_ - _", lambda x, y: x - y, floating=False, retain=())
_mul = _binary("Mul", "_ * _", lambda x, y: x * y)
_div = _binary("Div", "_ / _", lambda x, y: x / y)
_pow = _binary("PowVarVar", "_ ** _", lambda x, y: x**y)
_add_number = _with_number("AddConstant", "_ + {}", lambda x, v: x + v)
_sub_from_number = _with_number("SubFromConstant", "{} - _", lambda x, v: v - x)
_mul_number = _with_number("MulConstant", "_ * {}", lambda x, v: v * x)
_div_number = _with_number("DivFromConstant", "{} / _", lambda x, v: v / x, floating=True, retain=(0,))
_pow_number = _with_number("PowVarConst", "_ ** {}", lambda x, v: x**v, floating=True, retain=(0,))
# A small whole exponent is static: multiplying is much faster than a general power, and such exponents do not change.
_pow_whole = _with_number("PowVarConst", "_ ** {}", lambda x, v: x**v, floating=True, retain=(0,), static=("value",))
_number_pow = _with_number("PowConstVar", "{} ** _", lambda x, v: v**x, floating=True)


@differentiable(node="MultiAdd", integers=True, path=_PATH)
def _add_many(*xs):
    expect_same_dtype("add", **{f"x{i}": x for i, x in enumerate(xs)})
    total, *rest = jnp.broadcast_arrays(*xs)
    for x in rest:
        total = total + x
    return total


@differentiable(node="Neg", integers=True, path=_PATH, label="__neg__")
def _neg(x):
    return -x


@differentiable(node="Absolute", path=_PATH, label="|_|", retain=(0,))
def absolute(x):
    r"""Absolute value of ``x``, elementwise: :math:`y = |x|`, with gradient 0 at 0.

    >>> F.absolute(np.float32([-1, 2])).array
    array([1., 2.], dtype=float32)
    """
    expect_floating("absolute", x=x)
    return magnitude(x)


def _operand(x, other):
    """The other operand: a variable, or an array in the dtype of ``x``."""
    if isinstance(other, Variable):
        return other
    if not isinstance(other, (np.ndarray, ndarray)) and not hasattr(other, "aval"):
        raise TypeError(f"expected a Variable, an array or a number, got {type(other)}")
    return other.astype(x.dtype, copy=False) if isinstance(other, (np.ndarray, ndarray)) else other


def add(*xs):
    """Sum of ``*xs``, two operands or one or more arrays, elementwise.

    >>> F.add(np.float32([1]), np.float32([2]), np.float32([3])).array
    array([6.], dtype=float32)
    """
    if len(xs) != 2:
        return _add_many(*xs)
    x, other = xs
    return _add_number(x, other) if np.isscalar(other) else _add(x, _operand(x, other))


def sub(self, rhs):
    return _add_number(self, -rhs) if np.isscalar(rhs) else _sub(self, _operand(self, rhs))


def rsub(self, rhs):
    return _sub_from_number(self, rhs) if np.isscalar(rhs) else _sub(_operand(self, rhs), self)


def mul(self, rhs):
    return _mul_number(self, rhs) if np.isscalar(rhs) else _mul(self, _operand(self, rhs))


def div(self, rhs):
    return _mul_number(self, 1.0 / rhs) if np.isscalar(rhs) else _div(self, _operand(self, rhs))


def rdiv(self, rhs):
    return _div_number(self, rhs) if np.isscalar(rhs) else _div(_operand(self, rhs), self)


def floordiv(self, rhs):
    return floor(div(self, rhs))


def rfloordiv(self, rhs):
    return floor(rdiv(self, rhs))


def pow(self, rhs):
    if not np.isscalar(rhs):
        return _pow(self, _operand(self, rhs))
    return _pow_whole(self, rhs) if type(rhs) is int and abs(rhs) <= 16 else _pow_number(self, rhs)


def rpow(self, rhs):
    return _number_pow(self, rhs) if np.isscalar(rhs) else _pow(_operand(self, rhs), self)


def rmatmul(self, rhs):
    return matmul(_operand(self, rhs), self)


def neg(self):
    return _neg(self)


def rsqrt(x):
    r"""Reciprocal of the square root, elementwise: :math:`y = 1 / \sqrt x`.

    Args:
        x: float array, any shape ``(*s)``.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    >>> F.rsqrt(np.float32([4])).array
    array([0.5], dtype=float32)
    """
    return rdiv(sqrt(x), 1.0)


def bias(x, y, axis=1):
    """``x`` plus ``y``, whose axes are those of ``x`` from ``axis`` on.

    Args:
        x: array of any shape.
        y: array of the same dtype, shape ``x.shape[axis : axis + y.ndim]``.
        axis: the axis of ``x`` that the first of ``y`` goes along. Static.

    Returns:
        Variable of the shape of ``x``.

    Raises:
        InvalidType: the shapes do not fit. In debug mode an ``AssertionError``, as in Chainer.

    >>> F.bias(np.zeros((1, 2, 2), "f"), np.float32([1, 2])).array
    array([[[1., 1.],
            [2., 2.]]], dtype=float32)
    """
    return _add(x, _along("bias", x, y, axis))


def scale(x, y, axis=1):
    """``x`` times ``y``, whose axes are those of ``x`` from ``axis`` on.

    Args:
        x: float array of any shape.
        y: array of the same dtype, shape ``x.shape[axis : axis + y.ndim]``.
        axis: the axis of ``x`` that the first of ``y`` goes along. Static.

    Returns:
        Variable of the shape of ``x``.

    Raises:
        InvalidType: the shapes do not fit. In debug mode an ``AssertionError``, as in Chainer.

    >>> F.scale(np.ones((1, 2, 2), "f"), np.float32([1, 2])).array
    array([[[1., 1.],
            [2., 2.]]], dtype=float32)
    """
    return _mul(x, _along("scale", x, y, axis))


def _along(who, x, y, axis):
    shape = (1,) * axis + y.shape + (1,) * (x.ndim - axis - y.ndim)
    if is_debug() and x.shape[axis : axis + y.ndim] != y.shape:
        raise AssertionError(f"{who}: expected y of the shape of x from axis {axis} on, got x {x.shape} and y {y.shape}")
    fits = len(shape) == x.ndim and all(a in (1, b) for a, b in zip(shape, x.shape, strict=True))
    expect(fits, who, f"y of the shape of x from axis {axis} on", x=x, y=y)
    expect_same_dtype(who, x=x, y=y)
    return broadcast_to(reshape(y, shape), x.shape)


OPERATORS = {
    "__neg__": neg,
    "__abs__": absolute,
    "__add__": add,
    "__radd__": add,
    "__sub__": sub,
    "__rsub__": rsub,
    "__mul__": mul,
    "__rmul__": mul,
    "__div__": div,
    "__truediv__": div,
    "__rdiv__": rdiv,
    "__rtruediv__": rdiv,
    "__floordiv__": floordiv,
    "__rfloordiv__": rfloordiv,
    "__pow__": pow,
    "__rpow__": rpow,
    "__matmul__": lambda self, rhs: matmul(self, _operand(self, rhs)),
    "__rmatmul__": rmatmul,
}
