"""Dtypes, shapes and values of all operators, with scalars, NumPy scalars and arrays on both sides."""

import operator

import numpy as np

import chainer
import chainer.functions as F
from chainer import Variable

VALUES = True
ARITHMETIC = ["add", "sub", "mul", "truediv", "pow", "floordiv"]


def show(y):
    """What there is to say of a result; values are asked for where float32 is all there is, since each costs a computation."""
    if isinstance(y, Variable):
        return "Variable {} {} {}".format(y.dtype, y.shape, y.array if y.dtype == np.float32 and VALUES else "")
    if isinstance(y, np.ndarray):
        kinds = {type(item).__name__ for item in y.ravel()} if y.dtype == object else ""
        return "array {} {} {}".format(y.dtype, y.shape, kinds or y)
    return type(y).__name__


def kind(exc):
    """The class of an error, as far as Python or Chainer know it."""
    return next(c.__name__ for c in type(exc).__mro__ if c.__module__ == "builtins" or c.__name__ == "InvalidType")


def attempt(what, function, *args):
    """Print what a call gives, or the type of the error."""
    try:
        print(what, show(function(*args)))
    except Exception as exc:
        print(what, "raises", kind(exc))


for dtype in ["float16", "float32", "float64"]:
    x = Variable(np.array([1, 2, 4], dtype))
    VALUES = False
    for name in ARITHMETIC:
        do = getattr(operator, name)
        for scalar in [2, 0.5, True, np.float32(3), np.float64(1.5), np.float16(2), np.int32(2), np.int64(3)]:
            label = "{} {} {} {!s}".format(dtype, name, type(scalar).__name__, scalar)
            attempt(label, do, x, scalar)
            attempt(label + " reversed", do, scalar, x)
        for other in ["float16", "float32", "float64", "int32"]:
            array = np.array([2, 2, 1], other)
            label = "{} {} array of {}".format(dtype, name, other)
            attempt(label, do, x, array)
            attempt(label + " on the left", do, array, x)
            attempt(label + " as Variable", do, x, Variable(array))
        attempt("{} {} array without axes".format(dtype, name), do, x, np.array(2, dtype))
        attempt("{} {} array without axes on the left".format(dtype, name), do, np.array(2, dtype), x)
        attempt("{} {} broadcast".format(dtype, name), do, x, np.ones((2, 1), dtype))
        attempt("{} {} does not fit".format(dtype, name), do, x, np.ones((2,), dtype))
        attempt("{} {} list".format(dtype, name), do, x, [1, 2, 3])
        attempt("{} {} None".format(dtype, name), do, x, None)
        attempt("{} {} str".format(dtype, name), do, x, "1")
    VALUES = True
    for name in ARITHMETIC:
        do = getattr(operator, name)
        attempt(name + " 2", do, x, 2)
        attempt("0.5 " + name, do, 0.5, x)
        attempt(name + " array", do, x, np.array([2, 2, 1], dtype))
    attempt(dtype + " neg", operator.neg, x)
    attempt(dtype + " pos", operator.pos, x)
    attempt(dtype + " abs", abs, x)
    attempt(dtype + " matmul", operator.matmul, x, x)
    attempt(dtype + " matmul array", operator.matmul, x, np.ones((3, 2), dtype))
    attempt(dtype + " matmul array on the left", operator.matmul, np.ones((2, 3), dtype), x)
    print(dtype, "pos is the same", (+x) is x)

for dtype in ["int32", "uint8"]:
    x = Variable(np.array([1, 2, 4], dtype))
    for name in ARITHMETIC:
        do = getattr(operator, name)
        for scalar in [2, 0.5, np.int32(2)]:
            label = "{} {} {}".format(dtype, name, type(scalar).__name__)
            attempt(label, do, x, scalar)
            attempt(label + " reversed", do, scalar, x)
        attempt("{} {} array".format(dtype, name), do, x, np.array([2, 2, 1], dtype))
    attempt(dtype + " neg", operator.neg, x)
    attempt(dtype + " abs", abs, x)
    attempt(dtype + " sum", F.sum, x)

# Without axes.
x = Variable(np.array(3, np.float32))
for name in ARITHMETIC:
    do = getattr(operator, name)
    attempt("no axes {} 2".format(name), do, x, 2)
    attempt("no axes 2 {}".format(name), do, 2, x)
    attempt("no axes {} float64".format(name), do, x, np.float64(2))
    attempt("no axes {} array".format(name), do, x, np.ones((2,), np.float32))
print("len", end=" ")
attempt("of no axes", len, x)
print(len(Variable(np.zeros((4, 2), np.float32))), x.ndim, x.size, x.shape, x.item(), type(x.item()).__name__)
for what in [bool, float, int, complex, hash, iter, list]:
    attempt(what.__name__, what, x)
print("elements", [show(v) for v in Variable(np.array([1, 2], np.float32))])
for name in ["lt", "le", "gt", "ge", "eq", "ne"]:
    attempt("compare " + name, getattr(operator, name), x, x)

# Gradients of all of them, both sides, broadcast.
a_data, b_data = np.array([[1, 2, 3]], np.float32), np.array([[2], [0.5]], np.float32)
for name in ["add", "sub", "mul", "truediv", "pow"]:
    a, b = Variable(a_data), Variable(b_data)
    y = getattr(operator, name)(a, b)
    y.grad = np.arange(6, dtype=np.float32).reshape(2, 3)
    y.backward()
    print("gradients of", name, a.grad, b.grad, a.grad.dtype)
    a = Variable(a_data)
    y = getattr(operator, name)(a, b_data)
    y.grad = np.ones((2, 3), np.float32)
    y.backward()
    print("gradient with array", name, a.grad)
    b = Variable(b_data)
    y = getattr(operator, name)(a_data, b)
    y.grad = np.ones((2, 3), np.float32)
    y.backward()
    print("gradient with array on the left", name, b.grad)
    for scalar in [2, 0.5, np.float64(1.5)]:
        a = Variable(a_data)
        y = getattr(operator, name)(a, scalar)
        y.grad = np.ones_like(y.array)
        y.backward()
        print("gradient with scalar", name, scalar, a.grad, a.grad.dtype)
        a = Variable(a_data)
        y = getattr(operator, name)(scalar, a)
        y.grad = np.ones_like(y.array)
        y.backward()
        print("gradient with scalar on the left", name, scalar, a.grad, a.grad.dtype)

# In place operators make new variables.
x = Variable(np.array([1, 2], np.float32))
y = x
y += 1
print("x", x.array, "y", y.array, y is x)
y *= np.array([2, 3], np.float32)
print("y", y.array)
y -= x
y /= 2
y **= 2
print("y", y.array)
y.grad = np.ones(2, np.float32)
y.backward()
print("x.grad", x.grad)

# Indexing.
x = Variable(np.arange(12, dtype=np.float32).reshape(3, 4))
for index in [0, -1, (1, 2), slice(1, None), (slice(None), 1), (Ellipsis, 0), None, ([0, 2],), np.array([2, 0]), slice(None, None, -1), 7]:
    attempt("index {}".format(index), lambda index=index: x[index])
attempt("index of floats", lambda: x[0.5])
attempt("index of bools", lambda: x[np.array([True, False, True])])
attempt("assignment", operator.setitem, x, 0, 1)
attempt("T", lambda: x.T)
attempt("reshape", x.reshape, 4, 3)
attempt("reshape tuple", x.reshape, (2, -1))
attempt("reshape wrongly", x.reshape, 5)
attempt("transpose", x.transpose, 1, 0)
attempt("transpose tuple", x.transpose, (1, 0))
attempt("mean", x.mean)
attempt("mean axis", lambda: x.mean(axis=1))

for config in ["float16", "float32", "float64"]:
    with chainer.using_config("dtype", np.dtype(config)):
        print("config", config, chainer.get_dtype(), chainer.links.Linear(2, 2).W.dtype)
with chainer.using_config("dtype", chainer.mixed16):
    print("config", chainer.get_dtype(), chainer.get_dtype(map_mixed16=np.float32), chainer.links.Linear(2, 2).W.dtype, chainer.mixed16)
