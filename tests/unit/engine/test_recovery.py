"""What was let go after its backward pass, and is wanted again after its parameters were updated and replaced."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
from chainjax import optimizers


def _trained(function):
    """A link whose parameter was updated twice, the loss of the last time, whose graph is spent, and the parameter as it was then."""
    link = chainjax.Link()
    with link.init_scope():
        link.W = chainjax.Parameter(np.linspace(-1, 1, 9, dtype=np.float32).reshape(3, 3))
    optimizer = optimizers.SGD(0.1)
    optimizer.setup(link)
    for _ in range(2):
        before = np.copy(link.W._peek())
        loss = F.sum(function(link.W))
        link.cleargrads()
        loss.backward()
        optimizer.update()
    return link, loss, before


def _through_a_linear_map(W):
    return F.square(F.tanh(F.linear(np.ones((2, 3), np.float32), W)))


def test_a_result_let_go_is_made_though_its_parameter_has_another_array_now():
    link, loss, _ = _trained(_through_a_linear_map)
    present = link.W.array.copy()
    link.W.array = np.zeros((3, 3), np.float32)
    link.cleargrads()
    with pytest.warns(RuntimeWarning, match="was let go after its backward pass"):
        loss.backward()
    # What stands in for the numbers of before are the last ones that the array had.
    y = np.tanh(np.ones((2, 3)) @ present.T)
    np.testing.assert_allclose(link.W.grad, (2 * y * (1 - y**2)).T @ np.ones((2, 3)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_parameter_that_backward_does_not_read_again_counts_as_it_was(replaced):
    link, loss, before = _trained(F.tanh)
    if replaced:
        link.W.array = np.zeros((3, 3), np.float32)
    link.cleargrads()
    loss.backward()
    np.testing.assert_allclose(link.W.grad, 1 - np.tanh(before) ** 2, rtol=1e-4, atol=1e-5)
