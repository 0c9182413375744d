"""Losses of regressions."""

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_floating, expect_same_dtype


@differentiable(node="MeanSquaredError", path="loss.mean_squared_error", retain=(0, 1))
def mean_squared_error(x0, x1):
    r"""Mean of the squared differences, :math:`\frac{1}{n} \sum_i (x_{0i} - x_{1i})^2`.

    Args:
        x0: float array, any shape.
        x1: float array of the same shape and dtype.

    Returns:
        Variable of shape ``()`` and the dtype of ``x0``.

    Raises:
        InvalidType: shapes or dtypes differ, or are not floating point.

    >>> float(F.mean_squared_error(np.float32([1, 2]), np.float32([1, 4])).array)
    2.0
    """
    expect_floating("mean_squared_error", x0=x0)
    expect_same_dtype("mean_squared_error", x0=x0, x1=x1)
    expect(x0.shape == x1.shape, "mean_squared_error", "arrays of one shape", x0=x0, x1=x1)
    difference = (x0 - x1).ravel()
    return jnp.asarray(difference @ difference / difference.size, x0.dtype)
