"""Parameters whose arrays share memory are updated one after another, as in Chainer."""

import numpy as np
import pytest

import chainjax
from chainjax import optimizers


@pytest.mark.parametrize("rows", [slice(0, 1), slice(None)])
def test_a_parameter_that_is_a_view_of_another_is_updated_with_it(rows):
    link = chainjax.Link()
    with link.init_scope():
        link.W = chainjax.Parameter(np.ones((2, 3), np.float32))
        link.b = chainjax.Parameter(np.zeros((2, 3), np.float32)[rows])
    link.b.array = link.W.array[rows]
    optimizer = optimizers.SGD(0.25)
    optimizer.setup(link)
    for param in link.params():
        param.grad = np.ones(param.shape, np.float32)
    optimizer.update()
    expected = np.full((2, 3), 0.75, np.float32)
    expected[rows] -= 0.25
    np.testing.assert_array_equal(link.W.array, expected)
    np.testing.assert_array_equal(link.b.array, expected[rows])
