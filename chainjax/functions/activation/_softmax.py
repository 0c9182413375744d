"""Normalised exponentials."""

import jax
import jax.numpy as jnp

from ...differentiable import differentiable, ignoring
from .._check import expect_axis, expect_floating


@differentiable(node="SoftmaxGrad", path="activation.softmax", static=("axis",), retain=(0, 1))
def _softmax_by_output(y, gy, axis):
    return y * (gy - (y * gy).sum(axis, keepdims=True))


@ignoring("use_cudnn")
@differentiable(node="Softmax", path="activation.softmax", attrs=("axis",), static=("axis",), by_output=_softmax_by_output)
def softmax(x, axis=1):
    r"""Softmax along an axis: :math:`y_c = e^{x_c} / \sum_d e^{x_d}`.

    Args:
        x: float array, any shape ``(*s)``.
        axis: the axis of the sum. Static.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.

    >>> F.softmax(np.float32([[0, 0, 0, 0]])).array
    array([[0.25, 0.25, 0.25, 0.25]], dtype=float32)
    """
    expect_floating("softmax", x=x)
    expect_axis("softmax", x.ndim, axis)
    return jax.nn.softmax(x, axis) if x.size else x


@differentiable(node="LogSoftmaxGrad", path="activation.log_softmax", static=("axis",), retain=(0, 1))
def _log_softmax_by_output(y, gy, axis):
    return gy - jnp.exp(y) * gy.sum(axis, keepdims=True)


@ignoring("use_cudnn")
@differentiable(node="LogSoftmax", path="activation.log_softmax", attrs=("axis",), static=("axis",), by_output=_log_softmax_by_output)
def log_softmax(x, axis=1):
    r"""Logarithm of the softmax along an axis: :math:`y_c = x_c - \log \sum_d e^{x_d}`.

    Args:
        x: float array, any shape ``(*s)``.
        axis: the axis of the sum. Static.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.

    >>> F.log_softmax(np.float32([[0, 0]])).array
    array([[-0.6931472, -0.6931472]], dtype=float32)
    """
    expect_floating("log_softmax", x=x)
    expect_axis("log_softmax", x.ndim, axis)
    return jax.nn.log_softmax(x, axis) if x.size else jnp.zeros_like(x)
