"""Functions written by users: FunctionNode and the old Function, in NumPy."""

import numpy as np
import pytest

import chainjax
from chainjax import Function, FunctionNode, Variable
from chainjax.utils import type_check


class Times(FunctionNode):
    """x * y in NumPy, differentiable twice."""

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2, in_types[0].shape == in_types[1].shape)

    def forward(self, inputs):
        self.retain_inputs((0, 1))
        x, y = inputs
        assert type(x) is np.ndarray
        return (x * y,)

    def backward(self, indexes, grad_outputs):
        x, y = self.get_retained_inputs()
        return grad_outputs[0] * y, grad_outputs[0] * x


class Old(Function):
    def forward(self, inputs):
        return (inputs[0] ** 3,)

    def backward(self, inputs, grad_outputs):
        return (3 * inputs[0] ** 2 * grad_outputs[0],)


class Exp(FunctionNode):
    def forward(self, inputs):
        self.retain_outputs((0,))
        return (np.exp(inputs[0]),)

    def backward(self, indexes, grad_outputs):
        (y,) = self.get_retained_outputs()
        return (y * grad_outputs[0],)


@pytest.fixture
def xy():
    return Variable(np.float32([1, 2])), Variable(np.float32([3, 4]))


def test_between_built_in_functions(xy):
    x, y = xy
    (z,) = Times().apply((x * 2, y))
    loss = chainjax.functions.sum(z * z)
    loss.backward()
    np.testing.assert_allclose(x.grad, 8 * x.array * y.array**2)
    np.testing.assert_allclose(y.grad, 8 * x.array**2 * y.array)


def test_twice(xy):
    x, y = xy
    (z,) = Times().apply((x, y))
    (gx,) = chainjax.grad([z * z], [x], enable_double_backprop=True)
    (gxy,) = chainjax.grad([gx], [y])
    np.testing.assert_allclose(gxy.array, 4 * x.array * y.array)


def test_retained_outputs():
    x = Variable(np.float32([0, 1]))
    (y,) = Exp().apply((x,))
    y.grad = np.ones(2, "f")
    y.backward()
    np.testing.assert_allclose(x.grad, np.exp([0, 1]), 1e-6)


def test_types_are_checked_with_the_users_words(xy):
    with pytest.raises(type_check.InvalidType, match=r"Times \(Forward\)(.|\n)*in_types\[0\].shape == in_types\[1\].shape"):
        Times().apply((xy[0], np.zeros(3, "f")))


def test_forward_must_give_a_tuple_of_arrays():
    class Wrong(FunctionNode):
        def forward(self, inputs):
            return inputs[0]

    with pytest.raises(TypeError, match="must be a tuple"):
        Wrong().apply((np.zeros(2, "f"),))
    with pytest.raises(NotImplementedError, match="must define forward"):
        FunctionNode().apply((np.zeros(2, "f"),))


def test_the_number_of_gradients_is_checked(xy):
    class Short(Times):
        def backward(self, indexes, grad_outputs):
            return (grad_outputs[0],) * 3

    (z,) = Short().apply(xy)
    z.grad = np.ones(2, "f")
    with pytest.raises(ValueError, match="number of gradients"):
        z.backward()


def test_a_function_may_write_into_its_inputs():
    class Zeroing(FunctionNode):
        def forward(self, inputs):
            y = inputs[0] + 1
            inputs[0][...] = 0
            return (y,)

    x = Variable(np.float32([5]))
    (y,) = Zeroing().apply((x,))
    assert (y.array, x.array, (x + 1).array) == (6, 0, 1)


def test_old_functions_go_once(xy):
    x = xy[0]
    y = Old()(x)
    y.grad = np.ones(2, "f")
    y.backward()
    np.testing.assert_allclose(x.grad, 3 * x.array**2)
    x.cleargrad()
    (gx,) = chainjax.grad([Old()(x)], [x], enable_double_backprop=True)
    with pytest.raises(RuntimeError, match="cannot twice-differentiate"):
        (gx * 2).backward() if gx.size == 1 else chainjax.grad([gx * 2], [x])
