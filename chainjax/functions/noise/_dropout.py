"""Noise that keeps networks from relying on single units."""

import numpy as np

import jax.numpy as jnp

from ... import engine
from ...config import config
from ...differentiable import differentiable
from ...engine._random import uniform
from ...utils.argument import parse_kwargs
from ...variable import Variable, as_variable
from .._check import expect, expect_floating, value_now


def dropout(x, ratio=0.5, **kwargs):
    r"""Zeros in random places: :math:`y = m x` with :math:`m = 0` with probability ``ratio``, else :math:`1 / (1 - ratio)`.

    Outside of training (``config.train``) it gives ``x`` back. On ``@numpy`` the mask is drawn by ``numpy.random.rand``, so a seed
    of NumPy gives the same one as in Chainer.

    Args:
        x: float array, any shape ``(*s)``.
        ratio: the probability of zero, from 0 to 1, 1 excluded. Traced.
        mask: the mask to use instead of a random one, an array ``(*s)``.
        return_mask: give ``(y, mask)``; the mask is ``None`` outside of training.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.
        ValueError: ``ratio`` is no such number.

    >>> with chainjax.using_config("train", False):
    ...     F.dropout(np.float32([1, 2])).array
    array([1., 2.], dtype=float32)
    """
    mask, return_mask = parse_kwargs(
        kwargs, ("mask", None), ("return_mask", False), train="dropout takes no train; use using_config('train', ...)"
    )
    if not config.train:
        return (as_variable(x), None) if return_mask else as_variable(x)
    if not 0.0 <= ratio < 1.0:
        raise ValueError(f"dropout: expected ratio at least 0 and below 1, got {ratio}")
    if mask is not None:
        y = _dropout_masked(x, value_now(mask))
        return (y, mask) if return_mask else y
    device = x._aval.device if isinstance(x, Variable) else value_now(x).aval.device
    if device is not None and device is not engine.TRACED:
        keep = uniform(x.shape, device)
        y, scaled = _dropout_drawn(x, keep, ratio)
        return (y, Variable(engine.fetch(scaled[0]))) if return_mask else y
    keep = np.asarray(np.random.rand(*x.shape) >= ratio)  # for no axes NumPy draws a bare float
    scale = np.dtype(x.dtype).type(1.0 / (1 - ratio))
    y = _dropout(x, engine.own(keep), float(scale))
    return (y, keep * scale) if return_mask else y


@differentiable(node="Dropout", path="noise.dropout", attrs=("dropout_ratio",))
def _dropout(x, keep=0, scale=1.0):
    expect_floating("dropout", x=x)
    return jnp.where(keep, x * scale, 0).astype(x.dtype)


@differentiable(node="Dropout", path="noise.dropout", attrs=("dropout_ratio",))
def _dropout_masked(x, mask=0):
    expect_floating("dropout", x=x)
    expect(mask.shape == x.shape, "dropout", "a mask of the shape of x", x=x, mask=mask)
    return x * mask.astype(x.dtype)


@differentiable(node="Dropout", path="noise.dropout", attrs=("dropout_ratio",), states=1)
def _dropout_drawn(x, drawn=0, ratio=0.5):
    expect_floating("dropout", x=x)
    mask = jnp.where(drawn >= ratio, 1 / (1 - ratio), 0).astype(x.dtype)
    return x * mask, mask
