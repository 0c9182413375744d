"""Normalisation of each sample by itself."""

import operator

import numpy as np

import jax.numpy as jnp
from jax import lax

from ...differentiable import differentiable
from .._check import expect, expect_axis, expect_floating, expect_same_dtype
from ._batch import wide_of


def group_normalization(x, groups, gamma, beta, eps=1e-5):
    r"""Normalise each sample over groups of channels, then scale and shift.

    .. math:: y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta

    Args:
        x: float array ``(n, c, *s)``.
        groups: into how many groups the channels are divided, an int. Static.
        gamma: float array ``(c,)``, the scale.
        beta: float array ``(c,)``, the shift.
        eps: what is added to the variance. Traced.

    Returns:
        Variable of the shape and dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        TypeError: ``groups`` is no int.
        ValueError: ``groups`` does not divide the number of channels.

    Source: Wu, He 2018, arXiv:1803.08494.

    >>> one, zero = np.ones(2, "f"), np.zeros(2, "f")
    >>> F.group_normalization(np.float32([[1, 3]]), 1, one, zero, eps=1e-12).array
    array([[-1.,  1.]], dtype=float32)
    """
    if not isinstance(groups, int):
        raise TypeError(f"group_normalization: expected groups to be an int, got {type(groups).__name__}")
    return _group_normalization(x, gamma, beta, groups, eps)


@differentiable(
    node="GroupNormalization",
    path="normalization.group_normalization",
    attrs=("groups", "eps"),
    retain=(0, 1),
    static=("groups",),
)
def _group_normalization(x, gamma, beta, groups, eps=1e-5):
    who = "group_normalization"
    expect_floating(who, x=x, gamma=gamma)
    expect_same_dtype(who, gamma=gamma, beta=beta)
    fits = x.ndim >= 2 and gamma.shape == beta.shape == x.shape[1:2]
    expect(fits, who, "gamma and beta with one number for each channel of x", x=x, gamma=gamma, beta=beta)
    n, c = x.shape[:2]
    if c % groups:
        raise ValueError(f"{who}: expected groups to divide the {c} channels of x, got {groups}")
    wide = wide_of(x, gamma)
    x_hat = _standardised(x.reshape(n, groups, c // groups, *x.shape[2:]).astype(wide), tuple(range(2, x.ndim + 1)), eps)
    at = (slice(None),) + (None,) * (x.ndim - 2)
    return (x_hat.reshape(x.shape) * gamma.astype(wide)[at][None] + beta.astype(wide)[at][None]).astype(x.dtype)


def _standardised(x, axes, eps):
    """Mean 0 and variance 1 along axes."""
    x = x - x.mean(axes, keepdims=True)
    return x * lax.rsqrt((x * x).mean(axes, keepdims=True) + jnp.asarray(eps, x.dtype))


@differentiable(node="LayerNormalization", path="normalization.layer_normalization", attrs=("eps",), retain=(0, 1))
def layer_normalization(x, gamma, beta, eps=1e-5):
    r"""Normalise each row, then scale and shift: :math:`y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta`.

    Args:
        x: float array ``(n, c)``.
        gamma: float array ``(c,)`` of the dtype of ``x``, the scale.
        beta: the same, the shift.
        eps: what is added to the variance. Traced.

    Returns:
        Variable ``(n, c)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450.

    >>> F.layer_normalization(np.float32([[1, 3]]), np.ones(2, "f"), np.zeros(2, "f"), eps=1e-12).array
    array([[-1.,  1.]], dtype=float32)
    """
    who = "layer_normalization"
    expect_floating(who, x=x)
    expect_same_dtype(who, x=x, gamma=gamma, beta=beta)
    fits = x.ndim == 2 and gamma.shape == beta.shape == x.shape[1:]
    expect(fits, who, "x with two axes, gamma and beta with one number for each column", x=x, gamma=gamma, beta=beta)
    wide = wide_of(x)
    return (_standardised(x.astype(wide), (1,), eps) * gamma.astype(wide)[None] + beta.astype(wide)[None]).astype(x.dtype)


def normalize(x, eps=1e-5, axis=1):
    r"""Divide vectors by their length: :math:`y = x / (\|x\|_2 + \epsilon)`. The gradient at a vector of zeros is :math:`1 / \epsilon`.

    Args:
        x: float array, any shape ``(*s)``.
        eps: what is added to the length. Traced.
        axis: the axes along which a vector lies, an int or a tuple. Static.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point, or has no such axis.

    >>> F.normalize(np.float32([[3, 4]])).array
    array([[0.59999883, 0.7999984 ]], dtype=float32)
    """
    return _normalize(x, eps, tuple(map(operator.index, axis)) if isinstance(axis, (tuple, list)) else operator.index(axis))


@differentiable(node="NormalizeL2", path="normalization.l2_normalization", attrs=("eps", "axis"), retain=(0,), static=("axis",))
def _normalize(x, eps=1e-5, axis=1):
    expect_floating("normalize", x=x)
    expect_axis("normalize", x.ndim, axis)
    wide = x.astype(np.promote_types(x.dtype, np.float32))  # in half precision XLA takes 1e-5 for 0
    squares = jnp.sum(wide * wide, axis, keepdims=True)
    # The slope of the root at 0 is infinite, and infinity times the 0 of the inner gradient no number.
    none = squares == 0
    length = jnp.where(none, 0, jnp.sqrt(jnp.where(none, 1, squares)))
    return (wide / (length + jnp.asarray(eps, wide.dtype))).astype(x.dtype)


@differentiable(
    node="LocalResponseNormalization",
    path="normalization.local_response_normalization",
    attrs=("n", "k", "alpha", "beta"),
    retain=(0,),
    static=("n",),
)
def local_response_normalization(x, n=5, k=2, alpha=1e-4, beta=0.75):
    r"""Divide by the squares of neighbouring channels: :math:`y_i = x_i / (k + \alpha \sum_{j = i - n/2}^{i + n/2} x_j^2)^\beta`.

    Args:
        x: float array ``(n, c, *s)``.
        n: how many channels count. Static.
        k: what is added. Traced, as all below.
        alpha: the weight of the squares.
        beta: the exponent. What it is the exponent of must be positive; elsewhere the result is NaN.

    Returns:
        Variable of the shape and dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has less than two axes.

    Source: Krizhevsky, Sutskever, Hinton 2012, ImageNet classification with deep convolutional neural networks, section 3.3.

    >>> F.local_response_normalization(np.float32([[1, 2]]), k=1, alpha=1, beta=1).array.round(4)
    array([[0.1667, 0.3333]], dtype=float32)
    """
    who = "local_response_normalization"
    expect_floating(who, x=x)
    expect(x.ndim >= 2, who, "x with an axis of channels", x=x)
    c, half = x.shape[1], n // 2
    squares = jnp.pad(x * x, [(0, 0), (half, half)] + [(0, 0)] * (x.ndim - 2))
    # Shifted sums, which XLA fuses; its windowed sums are slow on a CPU.
    total = sum(squares[:, i : i + c] for i in range(2 * half + 1))
    k, alpha, beta = (jnp.asarray(a).astype(x.dtype) for a in (k, alpha, beta))
    return x * jnp.exp(-beta * jnp.log(k + alpha * total))  # the power of positive numbers; XLA's pow is 6 times slower on a CPU
