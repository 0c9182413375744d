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

_CHECKS = {"forward": ("x",), "backward": ("x", "gy"), "double_backward": ("x", "gy", "ggx")}


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

        def check_double_backward(self, x, gy, ggx):
            from ..gradient_check import check_double_backward

            check_double_backward(_squared(func) if is_linear else func, x, gy, ggx, **self.double_backward_options)

    members = {}
    for check, arrays in _CHECKS.items():
        if not (old_style and check == "double_backward"):
            for test in (_test(check, arrays, "cpu", cuda.to_cpu), attr.gpu(_test(check, arrays, "gpu", cuda.to_gpu))):
                members[test.__name__] = test
    if node_class is not None:
        label = name if label_expected is None else label_expected
        members["test_label"] = lambda self: self.assertEqual(node_class().label, label)

    def decorate(cls):
        assert issubclass(cls, unittest.TestCase), f"unary_math_function_unittest: expected a TestCase, got {cls}"
        tested = type(cls.__name__, (Tests, cls), {"__module__": cls.__module__, **members})
        return parameterize(*product({"shape": [(3, 2), ()], "dtype": [np.float16, np.float32, np.float64]}))(tested)

    return decorate


def _test(check, arrays, kind, send):
    def test(self):
        getattr(self, f"check_{check}")(*[send(getattr(self, name)) for name in arrays])

    test.__name__ = f"test_{check}_{kind}"
    return test


def _make_data(shape, dtype):
    return [np.random.uniform(-1, 1, shape).astype(dtype, copy=False) for _ in range(3)]


def _squared(func):
    def squared(x):
        y = func(x)
        return y * y

    return squared
