"""Functions that treat the two signs differently."""

import jax
import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect_floating


@differentiable(node="ReLUGrad2", path="activation.relu", retain=(0,))
def _relu_by_output(y, gy):
    return jnp.where(y > 0, gy, 0)


@differentiable(node="ReLU", path="activation.relu", by_output=_relu_by_output)
def relu(x):
    r"""Rectified linear unit, elementwise: :math:`y = \max(x, 0)`, with gradient 0 at 0.

    Args:
        x: float array, any shape ``(*s)``.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    >>> F.relu(np.float32([-1, 0, 2])).array
    array([0., 0., 2.], dtype=float32)
    """
    expect_floating("relu", x=x)
    return jax.nn.relu(x)  # maximum() alone would have gradient 1/2 at 0


@differentiable(node="LeakyReLU", path="activation.leaky_relu", attrs=("slope",))
def leaky_relu(x, slope=0.2):
    r"""Leaky rectified linear unit, elementwise: :math:`y = x` where :math:`x \ge 0`, else :math:`a x`.

    Args:
        x: float array, any shape ``(*s)``.
        slope: the factor :math:`a`. Traced: changing it does not recompile.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    Source: Maas, Hannun, Ng 2013, Rectifier nonlinearities improve neural network acoustic models.

    >>> F.leaky_relu(np.float32([-1, 2])).array
    array([-0.2,  2. ], dtype=float32)
    """
    expect_floating("leaky_relu", x=x)
    return jnp.where(x >= 0, x, slope * x).astype(x.dtype)
