"""S-shaped functions."""

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect_floating


@differentiable(node="SigmoidGrad", path="activation.sigmoid", retain=(0, 1))
def _sigmoid_by_output(y, gy):
    return gy * y * (1 - y)


@differentiable(node="Sigmoid", path="activation.sigmoid", by_output=_sigmoid_by_output)
def sigmoid(x):
    r"""Logistic sigmoid, elementwise: :math:`y = (1 + e^{-x})^{-1}`.

    Args:
        x: float array, any shape ``(*s)``.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    >>> F.sigmoid(np.float32([0, 2])).array
    array([0.5      , 0.8807971], dtype=float32)
    """
    expect_floating("sigmoid", x=x)
    return half_tanh(x)


def half_tanh(x):
    """The logistic sigmoid by way of tanh, which overflows nowhere."""
    return jnp.tanh(x * 0.5) * 0.5 + 0.5


@differentiable(node="TanhGrad", path="activation.tanh", retain=(0, 1))
def _tanh_by_output(y, gy):
    return gy * (1 - y * y)


@differentiable(node="Tanh", path="activation.tanh", by_output=_tanh_by_output)
def tanh(x):
    r"""Hyperbolic tangent, elementwise: :math:`y = (e^x - e^{-x}) / (e^x + e^{-x})`.

    Args:
        x: float array, any shape ``(*s)``.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    >>> F.tanh(np.float32([0, 1])).array
    array([0.       , 0.7615942], dtype=float32)
    """
    expect_floating("tanh", x=x)
    return jnp.tanh(x)
