"""Where the slope of a function jumps its gradient is Chainer's."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F

ZERO = np.zeros((1, 2), "f")


@pytest.mark.parametrize(
    "f",
    [
        F.absolute,
        lambda x: F.absolute_error(x, ZERO),
        lambda x: F.mean_absolute_error(x, ZERO),
        lambda x: F.huber_loss(x, ZERO, 1.0),
        lambda x: F.contrastive(x, ZERO, np.int32([0])),
        lambda x: F.hinge(x + np.float32([[1, -1]]), np.int32([0])),
    ],
)
def test_gradient_at_a_kink_is_0(f):
    x = chainjax.Variable(ZERO)
    F.sum(f(x)).backward()
    np.testing.assert_array_equal(x.grad, ZERO)


def test_norm_of_an_object_that_is_a_point():
    x, labels = chainjax.Variable(np.zeros((1, 2, 1, 2), "f")), np.int32([[[1, 2]]])
    F.sum(F.discriminative_margin_based_clustering_loss(x, labels, 0.5, 1.5, 2, norm=2)[0]).backward()
    np.testing.assert_array_equal(x.grad, np.zeros((1, 2, 1, 2)))
