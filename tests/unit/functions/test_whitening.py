"""What the laws reach by chance alone."""

import numpy as np

import chainjax
import chainjax.functions as F


def test_gradients_where_eigenvalues_are_equal():
    """The derivative of an eigenvector is infinite there, that of the whitened array is not, in any order."""
    x = chainjax.Variable(np.array([[0, 1.5], [-2, 0.5], [-1, -1.5], [1, -0.5]]))  # its covariance is a multiple of the identity
    away = chainjax.Variable(x.array + 1e-6 * np.arange(8).reshape(4, 2))

    def gradients(x):
        weights = np.arange(8.0).reshape(4, 2) ** 2
        loss = F.sum(F.decorrelated_batch_normalization(x, groups=1, eps=0.5) * weights)
        (gx,) = chainjax.grad([loss], [x], enable_double_backprop=True)
        return gx.array, chainjax.grad([F.sum(gx * gx)], [x])[0].array

    for here, there in zip(gradients(x), gradients(away), strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-3, atol=1e-3)
