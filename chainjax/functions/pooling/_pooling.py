"""Summaries of windows."""

import numpy as np

import jax.numpy as jnp
from jax import lax

from ...differentiable import differentiable
from .._args import out_size, padding, pair
from .._check import expect, expect_floating, expect_ndim


def max_pooling_2d(x, ksize, stride=None, pad=0, cover_all=True, return_indices=False):
    """The largest element of each window.

    Args:
        x: float array ``(n, c, h, w)``.
        ksize: size of a window, an int or ``(kh, kw)``. Static, as all below.
        stride: distance of windows, an int or ``(sy, sx)``; by default ``ksize``.
        pad: how far windows may reach beyond the edges, an int or ``(ph, pw)``.
        cover_all: let the last window stick out, so that every element is in one.
        return_indices: give ``(y, indices)``: where in its window each element was, row by row, as an array.

    Returns:
        Variable ``(n, c, oh, ow)`` of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is no batch of float images.

    >>> F.max_pooling_2d(np.arange(16, dtype="f").reshape(1, 1, 4, 4), 2).array
    array([[[[ 5.,  7.],
             [13., 15.]]]], dtype=float32)
    """
    k = pair(ksize)
    y = _max_pooling_2d(x, k, k if stride is None else pair(stride), pair(pad), bool(cover_all))
    if not return_indices:
        return y
    return y, _max_indices(x, k, k if stride is None else pair(stride), pair(pad), bool(cover_all)).array


_STATIC = ("ksize", "stride", "pad", "cover_all")


def _expect_images(who, x, ksize, stride, pad, cover_all):
    expect_floating(who, x=x)
    expect_ndim(who, 4, x=x)
    outs = [out_size(*of, cover_all) for of in zip(x.shape[2:], ksize, stride, pad, strict=True)]
    expect(min(outs) > 0, who, f"images that a window of {ksize} fits into", x=x)
    return [(0, 0), (0, 0), *padding(x.shape[2:], ksize, stride, pad, cover_all)], tuple(outs)


@differentiable(node="MaxPooling2D", path="pooling.max_pooling_2d", attrs=_STATIC, static=_STATIC)
def _max_pooling_2d(x, ksize, stride, pad, cover_all):
    pads, _ = _expect_images("max_pooling_2d", x, ksize, stride, pad, cover_all)
    return lax.reduce_window(x, np.array(-np.inf, x.dtype), lax.max, (1, 1, *ksize), (1, 1, *stride), pads)


@differentiable(node="MaxPoolingIndices", path="pooling.max_pooling_2d", static=_STATIC, has_gradient=False)
def _max_indices(x, ksize, stride, pad, cover_all):
    pads, outs = _expect_images("max_pooling_2d", x, ksize, stride, pad, cover_all)
    padded = jnp.pad(x, [(a, max(b, 0)) for a, b in pads], constant_values=-jnp.inf)
    (oh, ow), (sy, sx) = outs, stride
    windows = [
        padded[:, :, i : i + (oh - 1) * sy + 1 : sy, j : j + (ow - 1) * sx + 1 : sx] for i in range(ksize[0]) for j in range(ksize[1])
    ]
    return jnp.argmax(jnp.stack(windows), axis=0)


def average_pooling_2d(x, ksize, stride=None, pad=0):
    """The mean of each window; what reaches beyond the edges counts as zero.

    Args:
        x: float array ``(n, c, h, w)``.
        ksize: size of a window, an int or ``(kh, kw)``. Static, as all below.
        stride: distance of windows, an int or ``(sy, sx)``; by default ``ksize``.
        pad: how far windows may reach beyond the edges, an int or ``(ph, pw)``.

    Returns:
        Variable ``(n, c, oh, ow)`` of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is no batch of float images.

    >>> F.average_pooling_2d(np.arange(16, dtype="f").reshape(1, 1, 4, 4), 2).array
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]], dtype=float32)
    """
    k = pair(ksize)
    return _average_pooling_2d(x, k, k if stride is None else pair(stride), pair(pad), False)


@differentiable(node="AveragePooling2D", path="pooling.average_pooling_2d", attrs=_STATIC, static=_STATIC)
def _average_pooling_2d(x, ksize, stride, pad, cover_all):
    pads, _ = _expect_images("average_pooling_2d", x, ksize, stride, pad, cover_all)
    total = lax.reduce_window(x, np.array(0, x.dtype), lax.add, (1, 1, *ksize), (1, 1, *stride), pads)
    return total * jnp.asarray(1.0 / (ksize[0] * ksize[1]), x.dtype)
