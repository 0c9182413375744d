"""Graphs of Theano, which is stood in for by functions of NumPy: it has no release for the NumPy of today."""

import sys
import types

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax.utils.type_check import InvalidType


def compiled(fn, *dtypes):
    """A function as Theano makes it: it says how many axes and which dtype its arguments have."""
    kinds = [types.SimpleNamespace(ndim=1, numpy_dtype=np.dtype(dtype)) for dtype in dtypes]
    fn.indices = [(types.SimpleNamespace(variable=types.SimpleNamespace(type=kind)),) for kind in kinds]
    return fn


def test_numbers_and_gradients_are_theanos():
    f = F.TheanoFunction(compiled(lambda x, n: [x * np.float32(n)], "f", "i"), lambda x, n, g: [np.float64(g * n), g * x])
    x, n = chainjax.Variable(np.float32([1, 2])), chainjax.Variable(np.int32([3, 4]))
    y = f(x, n)
    y.grad = np.float32([1, 10])
    y.backward()
    np.testing.assert_array_equal(y.array, [3, 8])
    np.testing.assert_array_equal(x.grad, [3, 40])
    assert x.grad.dtype == np.float32
    assert n.grad is None


@pytest.mark.parametrize(("xs", "message"), [(([1.0],), "1 inputs"), ((np.zeros((1, 1), "f"),), "1 axes"), ((np.zeros(1),), "float32")])
def test_inputs_must_fit(xs, message):
    xs = [np.asarray(x) for x in xs] * (2 if message == "1 inputs" else 1)
    with pytest.raises(InvalidType, match=message):
        F.TheanoFunction(compiled(lambda *xs: list(xs), "f"), None)(*xs)


def test_without_theano_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "theano", None)
    with pytest.raises(RuntimeError, match="theano is not installed"):
        L.TheanoFunction([], [])


def test_a_graph_is_compiled_twice(monkeypatch):
    class TensorVariable:
        def type(self, name):
            return name

    made = []

    def function(inputs, outputs, **options):
        made.append((inputs, outputs))
        return compiled(lambda *xs: [xs[0] * 2], *"f" * len(inputs))

    tensor = types.SimpleNamespace(TensorVariable=TensorVariable, grad=lambda cost, wrt, known_grads, disconnected_inputs: known_grads)
    monkeypatch.setitem(sys.modules, "theano", types.SimpleNamespace(tensor=tensor, function=function))
    x, y = TensorVariable(), TensorVariable()
    np.testing.assert_array_equal(L.TheanoFunction(x, [y])(np.float32([3])).array, [6])
    assert made == [((x,), (y,)), ([x, "g0"], {y: "g0"})]
    with pytest.raises(TypeError, match="outputs to be a TensorVariable"):
        L.TheanoFunction(x, 3)
