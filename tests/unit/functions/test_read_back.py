"""Backward of functions that read their output, after code has written to it (``h.array[...] *= mask``)."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: F.leaky_relu(x, slope=0.25), [1, 0.25]),
        (lambda x: F.leaky_relu(x, slope=-0.25), [-0.25, 1]),  # reads its input
        (lambda x: F.elu(x, alpha=2.0), [1, 1]),
        (lambda x: F.rrelu(x, r=np.float32([0.25, 0.5])), [1, 0.5]),
    ],
)
@pytest.mark.parametrize("second", [False, True])
def test_what_was_written_decides(function, expected, second):
    x = chainjax.Variable(np.float32([-2, 3]))
    y = function(x)
    y.array[...] = [2, -1]
    (gx,) = chainjax.grad([y], [x], [chainjax.Variable(np.ones(2, "f"))], enable_double_backprop=second)
    np.testing.assert_array_equal(gx.array, np.float32(expected))
