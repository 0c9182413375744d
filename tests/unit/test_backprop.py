"""Backpropagation: which gradients there are, in which order functions are gone through, what is kept."""

import gc
import weakref

import numpy as np
import pytest

import chainjax
from chainjax import Variable
from chainjax import functions as F


@pytest.fixture
def x():
    return Variable(np.array(3, "f"))


def test_a_diamond_is_gone_through_once(x):
    y = x * x
    z = y * 2 + y * y
    z.backward()
    assert x.grad == 2 * 3 * 2 + 4 * 27


def test_deep_graphs_do_not_recurse(x):
    y = x
    for _ in range(3000):
        y = y + 1
    y.backward()
    assert x.grad == 1


def test_gradients_on_the_way_are_dropped_or_retained(x):
    y = x * 2
    (y * 3).backward()
    assert y.grad is None
    y = x * 2
    z = y * 3
    z.backward(retain_grad=True)
    assert (y.grad, z.grad) == (3, 1)


def test_only_a_scalar_starts_with_one():
    x = Variable(np.ones(2, "f"))
    with pytest.raises(TypeError, match="no gradient to start from"):
        (x * 2).backward()
    with pytest.warns(DeprecationWarning, match="squeeze"):
        (Variable(np.ones(1, "f")) * 2).backward()


def test_where_no_gradient_is_wanted_none_is_needed():
    x = Variable(np.ones(2, "f"), requires_grad=False)
    (x * 2).backward()
    assert x.grad is None


def test_third_derivative(x):
    g, expected = x * x * x, (27, 18, 6)
    for e in expected:
        (g,) = chainjax.grad([g], [x], enable_double_backprop=True)
        assert g.array == e


def test_grad_leaves_the_leaves_alone(x):
    y = Variable(np.array(2, "f"))
    gx, none = chainjax.grad([x * y], [x, Variable(np.array(1, "f"))])
    assert gx.array == 2
    assert none is None
    assert x.grad is None
    assert y.grad is None


def test_grad_of_what_lies_between(x):
    y = x * 2
    z = y * y
    gy, gx = chainjax.grad([z], [y, x])
    assert (gy.array, gx.array) == (12, 24)


def test_grad_adds_and_sets(x):
    (gx,) = chainjax.grad([x * 2], [x], grad_outputs=[Variable(np.array(5, "f"))], grad_inputs=[Variable(np.array(1, "f"))], set_grad=True)
    assert gx.array == 11
    assert x.grad == 11


def test_from_several_outputs_at_once(x):
    y, z = x * 2, x * 3
    y.grad, z.grad = np.array(1, "f"), np.array(10, "f")
    chainjax.backward([y, z])
    assert x.grad == 32


@pytest.mark.parametrize(
    ("args", "error", "message"), [((3, []), TypeError, "tuple or a list"), (([], [], [1]), ValueError, "same length")]
)
def test_arguments_are_checked(args, error, message):
    with pytest.raises(error, match=message):
        chainjax.grad(*args)


def test_loss_scale_multiplies(x):
    (x * 2).backward(loss_scale=8)
    assert x.grad == 16


def test_a_second_backward_through_the_same_graph(x):
    y = x * x
    y.backward()
    y.grad = None
    y.backward()
    assert x.grad == 12


def test_nothing_outlives_the_graph(x):
    y = x * x
    ref = weakref.ref(y.creator)
    y.backward()
    del y
    gc.collect()
    assert ref() is None


def test_integer_outputs_of_selection_carry_gradients():
    x = Variable(np.float32([[1, 2], [3, 4]]))
    F.sum(x[[1, 1, 0]]).backward()
    np.testing.assert_array_equal(x.grad, [[1, 1], [2, 2]])


def test_a_gradient_given_to_another_output_counts():
    x = Variable(np.zeros(4, "f"))
    a, b = F.split_axis(x, 2, 0)
    a.grad, b.grad = np.array([1, 2], "f"), np.array([3, 4], "f")
    b.backward()
    np.testing.assert_array_equal(x.grad, [1, 2, 3, 4])
    (gx,) = chainjax.grad([b], [x], [b])  # grad goes only where it must
    np.testing.assert_array_equal(gx.array, [0, 0, 0, 0])
