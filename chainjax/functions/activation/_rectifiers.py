"""Functions that treat the two signs differently.

At 0 their gradients are Chainer's. Where a branch is not taken its argument is replaced, for what overflows there would spoil the
gradient (0 times infinity).
"""

import numpy as np

import jax
import jax.numpy as jnp

from ...config import config
from ...differentiable import differentiable, ignoring
from ...utils.argument import parse_kwargs
from .._check import expect, expect_axis, expect_floating, expect_same_dtype, value_now
from .._draw import draw


@differentiable(node="ReLUGrad2", path="activation.relu", retain=(0,))
def _relu_by_output(y, gy):
    return jnp.where(y > 0, gy, 0)


@ignoring("use_cudnn")
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


@differentiable(node="_LeakyReLUGrad", path="activation.leaky_relu")
def _leaky_relu_by_output(y, gy, slope=0.2):
    return jnp.where(y > 0, gy, slope * gy).astype(gy.dtype)


def _leaky_relu_seen(y, gy, slope):
    """Chainer reads the sign of the output, which is that of the input unless the slope is negative."""
    return _leaky_relu_by_output(y, gy, slope) if slope >= 0 else None


@differentiable(node="LeakyReLU", path="activation.leaky_relu", attrs=("slope",), by_output=_leaky_relu_seen)
def leaky_relu(x, slope=0.2):
    r"""Leaky rectified linear unit, elementwise: :math:`y = x` where :math:`x > 0`, else :math:`a x`.

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
    return jnp.where(x <= 0, slope * x, x).astype(x.dtype)


@differentiable(node="ELUGrad", path="activation.elu", retain=(0,))
def _elu_by_output(y, gy, alpha=1.0):
    return gy * jnp.where(y > 0, 1, y + alpha).astype(gy.dtype)


def _elu_seen(y, gy, alpha):
    """As with the leaky unit; with a negative ``alpha`` the sign is the input's."""
    return _elu_by_output(y, gy, alpha) if alpha >= 0 else None


@differentiable(node="ELU", path="activation.elu", attrs=("alpha",), by_output=_elu_seen)
def elu(x, alpha=1.0):
    r"""Exponential linear unit, elementwise: :math:`y = x` where :math:`x > 0`, else :math:`\alpha (e^x - 1)`.

    Args:
        x: float array, any shape ``(*s)``.
        alpha: the factor. Traced: changing it does not recompile.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    Source: Clevert, Unterthiner, Hochreiter 2015, arXiv:1511.07289.

    >>> F.elu(np.float32([-1, 2]), alpha=2.0).array.round(3)
    array([-1.264,  2.   ], dtype=float32)
    """
    expect_floating("elu", x=x)
    below = jnp.where(x > 0, 0, x)
    return jnp.where(x > 0, x, alpha * jnp.expm1(below)).astype(x.dtype)


def selu(x, alpha=1.6732632423543772, scale=1.0507009873554805):
    r"""Scaled exponential linear unit, elementwise: ``scale`` times :func:`elu`.

    With the default numbers means and variances of activations keep to 0 and 1 from layer to layer.

    Args:
        x: float array, any shape ``(*s)``.
        alpha: as in :func:`elu`. Traced.
        scale: the factor. Traced.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    Source: Klambauer, Unterthiner, Mayr, Hochreiter 2017, arXiv:1706.02515.

    >>> F.selu(np.float32([-1, 2])).array.round(3)
    array([-1.111,  2.101], dtype=float32)
    """
    return scale * elu(x, alpha)


def clipped_relu(x, z=20.0):
    r"""Rectified linear unit with a ceiling, elementwise: :math:`y = \min(\max(x, 0), z)`, with gradient 0 at 0 and at :math:`z`.

    Args:
        x: float array, any shape ``(*s)``.
        z: the ceiling, a float above 0. Traced.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.
        TypeError: ``z`` is no float.
        ValueError: ``z`` is not above 0.

    >>> F.clipped_relu(np.float32([-1, 2, 30])).array
    array([ 0.,  2., 20.], dtype=float32)
    """
    if not isinstance(z, float):
        raise TypeError(f"clipped_relu: expected z to be a float, got {z!r}")
    if not z > 0:
        raise ValueError(f"clipped_relu: expected z above 0, got {z}")
    return _clipped_relu(x, z)


@differentiable(node="ClippedReLU", path="activation.clipped_relu", attrs=("z",), retain=(0,))
def _clipped_relu(x, z=20.0):
    expect_floating("clipped_relu", x=x)
    return jnp.where(x <= 0, 0, jnp.where(x >= z, z, x)).astype(x.dtype)


def relu6(x):
    """:func:`clipped_relu` with the ceiling 6, of a float array ``x``.

    >>> F.relu6(np.float32([-1, 2, 30])).array
    array([0., 2., 6.], dtype=float32)
    """
    return _clipped_relu(x, 6.0)


def crelu(x, axis=1):
    r"""Concatenated rectified linear unit: :math:`\max(x, 0)` and :math:`\max(-x, 0)` one after the other along an axis.

    Args:
        x: float array ``(*s)``.
        axis: the axis, which gets twice as long. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.
        TypeError: ``axis`` is no int.

    Source: Shang, Sohn, Almeida, Lee 2016, arXiv:1603.05201.

    >>> F.crelu(np.float32([[-1, 2]])).array
    array([[0., 2., 1., 0.]], dtype=float32)
    """
    if not isinstance(axis, int):
        raise TypeError(f"crelu: expected axis to be an int, got {axis!r}")
    return _crelu(x, axis)


@differentiable(node="CReLU", path="activation.crelu", attrs=("axis",), static=("axis",), retain=(0,))
def _crelu(x, axis=1):
    expect_floating("crelu", x=x)
    expect_axis("crelu", x.ndim, axis)
    return jnp.concatenate([jax.nn.relu(x), jax.nn.relu(-x)], axis)


@differentiable(node="PReLUFunction", path="activation.prelu", retain=(0, 1))
def prelu(x, W):
    r"""Rectified linear unit with a learnt slope: :math:`y = x` where :math:`x \ge 0`, else :math:`W x`.

    Args:
        x: float array ``(n, *s, *t)``.
        W: array ``(*s)`` of slopes, often one for each channel or a single one.

    Returns:
        Variable of the shape and dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: He, Zhang, Ren, Sun 2015, arXiv:1502.01852.

    >>> F.prelu(np.float32([[-1, 2], [-3, -4]]), np.float32([0.5, 0.25])).array
    array([[-0.5,  2. ],
           [-1.5, -1. ]], dtype=float32)
    """
    return jnp.where(x >= 0, x, x * per_channel("prelu", x, W=W))


def per_channel(who, x, **named):
    """A parameter of the shape of the axes of ``x`` that follow the first, to be broadcast against ``x``."""
    ((name, a),) = named.items()
    expect_floating(who, x=x)
    expect_same_dtype(who, x=x, **named)
    fits = x.ndim > a.ndim and x.shape[1 : 1 + a.ndim] == a.shape
    expect(fits, who, f"{name} of the shape of x after its first axis", x=x, **named)
    return jnp.broadcast_to(a.reshape(a.shape + (1,) * (x.ndim - a.ndim - 1)), x.shape)


def rrelu(x, l=1.0 / 8, u=1.0 / 3, **kwargs):  # noqa: E741 (Chainer's name)
    r"""Randomised leaky rectified linear unit: :math:`y = x` where :math:`x \ge 0`, else :math:`r x`.

    In training :math:`r` is drawn for each element, evenly from ``l`` to ``u``; outside of it (``config.train``) it is their mean.
    On ``@numpy`` it is drawn by ``numpy.random.uniform``, so a seed of NumPy gives the same as in Chainer.

    Args:
        x: float array, any shape ``(*s)``.
        l: the lower bound, at least 0.
        u: the upper bound, below 1.
        r: the slopes to use in training instead, an array ``(*s)`` of the dtype of ``x``.
        return_r: give ``(y, r)``.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point, or ``r`` does not fit it.
        ValueError: the bounds are no such numbers, or the lower is not below the upper.

    Source: Xu, Wang, Chen, Li 2015, arXiv:1505.00853.

    >>> with chainjax.using_config("train", False):
    ...     F.rrelu(np.float32([-1, 2]), l=0.25, u=0.75).array
    array([-0.5,  2. ], dtype=float32)
    """
    r, return_r = parse_kwargs(kwargs, ("r", None), ("return_r", False), train="rrelu takes no train; use using_config('train', ...)")
    if not 0.0 <= l < u < 1.0:
        raise ValueError(f"rrelu: expected l at least 0, u above it and below 1, got l={l} and u={u}")
    expect_floating("rrelu", x=x)
    expect(r is None or (r.dtype == x.dtype and r.shape == x.shape), "rrelu", "r of the shape and dtype of x", x=x, r=r)
    if not config.train:
        y = _rrelu(x, (l + u) / 2)
        return (y, y.xp.full(x.shape, (l + u) / 2, x.dtype)) if return_r else y
    if r is None:
        r = draw(x, lambda: np.random.uniform(l, u, x.shape).astype(x.dtype), x.shape, _between, l=l, u=u, dtype=np.dtype(x.dtype).name)
    y = _rrelu(x, value_now(r))
    return (y, r) if return_r else y


def _between(drawn, l, u, dtype):  # noqa: E741
    return (l + (u - l) * drawn).astype(dtype)


@differentiable(node="_RReLUGrad", path="activation.rrelu")
def _rrelu_by_output(y, gy, r=0.0):
    return jnp.where(y >= 0, gy, gy * r).astype(gy.dtype)


@differentiable(node="RReLU", path="activation.rrelu", by_output=_rrelu_by_output)
def _rrelu(x, r=0.0):
    return jnp.where(x >= 0, x, x * r).astype(x.dtype)
