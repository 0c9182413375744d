"""forget: the function is called again by backward, and nothing is computed before somebody looks."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
from chainjax import engine


def test_backward_calls_it_again_and_gives_parameters_their_gradients():
    calls, w = [], chainjax.Parameter(np.float32([3, 1]))

    def f(x):
        calls.append(chainjax.config.in_recomputing)
        return w * x * x, x + w

    x = chainjax.Variable(np.float32([1, 2]))
    y, z = F.forget(f, x)
    F.sum(y * z).backward()
    assert calls == [False, True]
    np.testing.assert_allclose(x.grad, [27, 16])
    np.testing.assert_allclose(w.grad, [7, 16])


def test_forward_waits_and_leaves_one_node():
    engine.flush()
    x = chainjax.Variable(np.ones(2, "f"))
    y = F.forget(lambda x: F.exp(F.exp(x)), x)
    assert len(engine.thread().tape.entries) == 2, "something was computed already"
    assert y.creator.inputs[0] is x.node
    np.testing.assert_allclose(y.array, np.exp(np.exp(x.array)), rtol=1e-6)


def test_it_must_give_variables():
    with pytest.raises(TypeError, match="expected a function"):
        F.forget(1)
    with pytest.raises(RuntimeError, match="but the 2nd is <class 'int'>"):
        F.forget(lambda x: (x, 1), np.ones(1, "f"))
    with pytest.raises(RuntimeError, match="<class 'list'>"):
        F.forget(lambda x: [x], np.ones(1, "f"))


def test_no_gradient_of_a_gradient():
    x = chainjax.Variable(np.ones((), "f"))
    with pytest.raises(RuntimeError, match="gradient of a gradient"):
        F.forget(F.exp, x).backward(enable_double_backprop=True)
