"""Tests of functions of one array that NumPy has too."""

import unittest
import warnings

import numpy as np

from .. import functions
from ..backends import cuda
from ..function import Function
from ..variable import Variable
from . import attr
from .array import assert_allclose
from .parameterized import parameterize, product


def unary_math_function_unittest(
    func,
    func_expected=None,
    label_expected=None,
    make_data=None,
    is_linear=None,
    forward_options=None,
    backward_options=None,
    double_backward_options=None,
):
    """Class decorator: tests of forward, backward and double backward over shapes and dtypes.

    Args:
        func: the function, or an instance of an old-style ``Function``.
        func_expected: the same for NumPy arrays, called as ``func_expected(x, dtype=...)``; by default NumPy's of its name.
        label_expected: the label of the class of the node, where ``functions`` has it.
        make_data: ``(shape, dtype)`` to input, gradient, and gradient of gradient; by default uniform in [-1, 1].
        is_linear: deprecated.
        forward_options, backward_options, double_backward_options: tolerances that differ from the usual.

    Raises:
        ValueError: NumPy has no function of that name.
    """
    attr.check_available()
    old_style = isinstance(func, Function)
    name = type(func).__name__.lower() if old_style else func.__name__
    node_class = type(func) if old_style else getattr(functions, name.capitalize(), None)
    expected = getattr(np, name, None) if func_expected is None else func_expected
    if expected is None:
        raise ValueError(f"unary_math_function_unittest: NumPy has no function {name}; give func_expected")
    if label_expected is not None and node_class is None:
        raise ValueError(f"unary_math_function_unittest: label_expected={label_expected!r} is given, but the class of {name} is not known")
    if is_linear is not None:
        warnings.warn("unary_math_function_unittest: is_linear is deprecated; leave it out", DeprecationWarning, stacklevel=2)

    class Tests:
        def setUp(self):
            self.x, self.gy, *rest = (make_data or _make_data)(self.shape, self.dtype)
            self.ggx = rest[0] if rest else None
            half = self.dtype == np.float16
            eps = np.finfo(np.float16).eps
            wide = {"dtype": np.float64, **({"eps": 2**-4, "atol": 2**-4, "rtol": 2**-4} if half else {"atol": 1e-4, "rtol": 1e-4})}
            self.forward_options = {**({"atol": eps, "rtol": eps} if half else {"atol": 1e-4, "rtol": 1e-4}), **(forward_options or {})}
            self.backward_options = {**wide, **(backward_options or {})}
            self.double_backward_options = {**wide, **(double_backward_options or {})}

        def check_forward(self, x):
            y = func(Variable(x))
            assert y.dtype == x.dtype, f"{name}: expected {x.dtype}, the dtype of the input, got {y.dtype}"
            assert_allclose(y.array, expected(cuda.to_cpu(x), dtype=x.dtype), **self.forward_options)

        def check_backward(self, x, gy):
            from ..gradient_check import check_backward

            check_backward(func, x, gy, **self.backward_options)

        def test_forward_cpu(self):
            self.check_forward(self.x)

        @attr.gpu
        def test_forward_gpu(self):
            self.check_forward(cuda.to_gpu(self.x))

        def test_backward_cpu(self):
            self.check_backward(self.x, self.gy)

        @attr.gpu
        def test_backward_gpu(self):
            self.check_backward(cuda.to_gpu(self.x), cuda.to_gpu(self.gy))

        if not old_style:

            def check_double_backward(self, x, gy, ggx):
                from ..gradient_check import check_double_backward

                check_double_backward(_squared(func) if is_linear else func, x, gy, ggx, **self.double_backward_options)

            def test_double_backward_cpu(self):
                self.check_double_backward(self.x, self.gy, self.ggx)

            @attr.gpu
            def test_double_backward_gpu(self):
                self.check_double_backward(cuda.to_gpu(self.x), cuda.to_gpu(self.gy), cuda.to_gpu(self.ggx))

        if node_class is not None:

            def test_label(self):
                self.assertEqual(node_class().label, name if label_expected is None else label_expected)

    def decorate(cls):
        assert issubclass(cls, unittest.TestCase), f"unary_math_function_unittest: expected a TestCase, got {cls}"
        both = type(cls.__name__, (Tests, cls), {"__module__": cls.__module__})
        return parameterize(*product({"shape": [(3, 2), ()], "dtype": [np.float16, np.float32, np.float64]}))(both)

    return decorate


def _make_data(shape, dtype):
    return [np.random.uniform(-1, 1, shape).astype(dtype, copy=False) for _ in range(3)]


def _squared(func):
    def squared(x):
        y = func(x)
        return y * y

    return squared
