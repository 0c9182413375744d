"""S-shaped functions."""

import numpy as np

import jax
import jax.numpy as jnp

from ...differentiable import differentiable, ignoring
from .._check import expect_floating
from ._rectifiers import per_channel


@differentiable(node="SigmoidGrad", path="activation.sigmoid", retain=(0, 1))
def _sigmoid_by_output(y, gy):
    return gy * y * (1 - y)


@ignoring("use_cudnn")
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


@ignoring("use_cudnn")
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


@differentiable(node="HardSigmoid", path="activation.hard_sigmoid", retain=(0,))
def hard_sigmoid(x):
    r"""The sigmoid as three lines, elementwise: :math:`y = \min(\max(x / 5 + 1 / 2, 0), 1)`.

    Args:
        x: float array, any shape ``(*s)``.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    >>> F.hard_sigmoid(np.float32([-3, 0, 1, 3])).array
    array([0. , 0.5, 0.7, 1. ], dtype=float32)
    """
    expect_floating("hard_sigmoid", x=x)
    # By where(), for the gradient at the corners is 0; clip() would give half of the slope.
    return jnp.where(x <= -2.5, 0, jnp.where(x >= 2.5, 1, x * 0.2 + 0.5)).astype(x.dtype)


@differentiable(node="Softplus", path="activation.softplus", attrs=("beta",), retain=(0,))
def softplus(x, beta=1.0):
    r"""A smooth rectifier, elementwise: :math:`y = \log(1 + e^{\beta x}) / \beta`.

    Args:
        x: float array, any shape ``(*s)``.
        beta: how sharp the bend is: the larger, the nearer to :func:`relu`. Traced.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    >>> F.softplus(np.float32([-1, 0, 2])).array.round(3)
    array([0.313, 0.693, 2.127], dtype=float32)
    """
    expect_floating("softplus", x=x)
    return (jax.nn.softplus(beta * x) / beta).astype(x.dtype)


@differentiable(node="Swish", path="activation.swish", retain=(0, 1))
def swish(x, beta):
    r"""A smooth rectifier that dips below 0: :math:`y = x / (1 + e^{-\beta x})`.

    Args:
        x: float array ``(n, *s, *t)``.
        beta: array ``(*s)`` of scales, often one for each channel or a single one.

    Returns:
        Variable of the shape and dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Ramachandran, Zoph, Le 2017, arXiv:1710.05941.

    >>> F.swish(np.float32([[-1, 2]]), np.float32([1, 1])).array.round(3)
    array([[-0.269,  1.762]], dtype=float32)
    """
    dtype = np.promote_types(x.dtype, np.float32)  # in float16, 1 - sigmoid is 0 from 8 on
    wide, beta = x.astype(dtype), per_channel("swish", x, beta=beta).astype(dtype)
    return (wide * jax.nn.sigmoid(beta * wide)).astype(x.dtype)
