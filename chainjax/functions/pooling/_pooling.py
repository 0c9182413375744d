"""Summaries of windows, and their transposes. One mechanism for any number of axes."""

import functools
import math

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax

from ...differentiable import differentiable, ignoring, parts
from .._args import NDIM, out_size, padded, padding, pair, per_axis, windows
from .._check import EmptyOutput, expect, expect_axes, expect_floating, expect_in_range, expect_integer, expect_ndim

_STATIC = ("ksize", "stride", "pad", "cover_all")
_TRANSPOSED = ("ksize", "stride", "pad", "outsize", "cover_all")
_PAIRS = {**parts("ksize", "kh", "kw"), **parts("stride", "sy", "sx"), **parts("pad", "ph", "pw")}


@ignoring("use_cudnn")
def max_pooling_nd(x, ksize, stride=None, pad=0, cover_all=True, return_indices=False):
    """The largest element of each window, over any number of axes.

    Args:
        x: float array ``(n, c, d1, d2, ...)``, not empty.
        ksize: size of a window, an int or one for each axis. Static, as all below.
        stride: distance of windows, an int or one for each axis; by default ``ksize``.
        pad: how far windows may reach beyond the edges, an int or one for each axis.
        cover_all: let the last window stick out, so that every element is in one.
        return_indices: give ``(y, indices)``: where in its window each element was, row by row, as an array of int64.

    Returns:
        Variable ``(n, c, o1, o2, ...)`` of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point, or empty.

    >>> F.max_pooling_nd(np.float32([[[1, 3, 2, 0]]]), 2).array
    array([[[3., 2.]]], dtype=float32)
    """
    ksize, stride, pad = _numbers(x.ndim - 2, ksize, stride, pad)
    y = _max_pooling_nd(x, ksize, stride, pad, bool(cover_all))
    return (y, _max_indices(x, ksize, stride, pad, bool(cover_all)).array) if return_indices else y


def max_pooling_1d(x, ksize, stride=None, pad=0, cover_all=True, return_indices=False):
    """The largest element of each window of ``x`` of ``(n, c, d)``.

    See :func:`max_pooling_nd` for ``ksize``, ``stride``, ``pad``, ``cover_all`` and ``return_indices``.

    >>> F.max_pooling_1d(np.float32([[[1, 3, 2, 0]]]), 2, return_indices=True)[1]
    array([[[1, 0]]])
    """
    expect_axes("max_pooling_1d", 3, x)
    return max_pooling_nd(x, ksize, stride, pad, cover_all, return_indices)


@ignoring("use_cudnn")
def max_pooling_2d(x, ksize, stride=None, pad=0, cover_all=True, return_indices=False):
    """The largest element of each window of ``x`` of ``(n, c, h, w)``.

    See :func:`max_pooling_nd` for ``ksize``, ``stride``, ``pad``, ``cover_all`` and ``return_indices``. The indices are what
    :func:`upsampling_2d` takes.

    >>> F.max_pooling_2d(np.arange(16, dtype="f").reshape(1, 1, 4, 4), 2).array
    array([[[[ 5.,  7.],
             [13., 15.]]]], dtype=float32)
    """
    expect_axes("max_pooling_2d", 4, x)
    return max_pooling_nd(x, ksize, stride, pad, cover_all, return_indices)


def max_pooling_3d(x, ksize, stride=None, pad=0, cover_all=True, return_indices=False):
    """The largest element of each window of ``x`` of ``(n, c, d1, d2, d3)``.

    See :func:`max_pooling_nd` for ``ksize``, ``stride``, ``pad``, ``cover_all`` and ``return_indices``.

    >>> F.max_pooling_3d(np.arange(8, dtype="f").reshape(1, 1, 2, 2, 2), 2).array.ravel()
    array([7.], dtype=float32)
    """
    expect_axes("max_pooling_3d", 5, x)
    return max_pooling_nd(x, ksize, stride, pad, cover_all, return_indices)


@ignoring("use_cudnn")
def average_pooling_nd(x, ksize, stride=None, pad=0, pad_value=0):
    """The mean of each window, over any number of axes.

    Args:
        x: float array ``(n, c, d1, d2, ...)``, not empty.
        ksize: size of a window, an int or one for each axis. Static, as all below.
        stride: distance of windows, an int or one for each axis; by default ``ksize``.
        pad: how far windows may reach beyond the edges, an int or one for each axis.
        pad_value: 0: what is beyond the edges counts as zero; ``None``: it does not count.

    Returns:
        Variable ``(n, c, o1, o2, ...)`` of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point, or empty.
        ValueError: ``pad_value`` is something else.

    >>> F.average_pooling_nd(np.float32([[[1, 3, 2, 0]]]), 2, pad=1, pad_value=None).array
    array([[[1. , 2.5, 0. ]]], dtype=float32)
    """
    if pad_value is not None and pad_value != 0:
        raise ValueError(f"average_pooling_nd: expected pad_value 0 or None, got {pad_value}")
    return _average_pooling_nd(x, *_numbers(x.ndim - 2, ksize, stride, pad), False, pad_value)


def average_pooling_1d(x, ksize, stride=None, pad=0, pad_value=0):
    """The mean of each window of ``x`` of ``(n, c, d)``.

    See :func:`average_pooling_nd` for ``ksize``, ``stride``, ``pad`` and ``pad_value``.

    >>> F.average_pooling_1d(np.float32([[[1, 3, 2, 0]]]), 2).array
    array([[[2., 1.]]], dtype=float32)
    """
    expect_axes("average_pooling_1d", 3, x)
    return average_pooling_nd(x, ksize, stride, pad, pad_value)


@ignoring("use_cudnn")
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
    return _average_pooling_2d(x, *_numbers(2, ksize, stride, pad), False)


def average_pooling_3d(x, ksize, stride=None, pad=0, pad_value=0):
    """The mean of each window of ``x`` of ``(n, c, d1, d2, d3)``.

    See :func:`average_pooling_nd` for ``ksize``, ``stride``, ``pad`` and ``pad_value``.

    >>> F.average_pooling_3d(np.arange(8, dtype="f").reshape(1, 1, 2, 2, 2), 2).array.ravel()
    array([3.5], dtype=float32)
    """
    expect_axes("average_pooling_3d", 5, x)
    return average_pooling_nd(x, ksize, stride, pad, pad_value)


def unpooling_nd(x, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    """The transpose of pooling: each element is added to all places of its window.

    Args:
        x: float array ``(n, c, d1, d2, ...)``, not empty.
        ksize: size of a window, an int or one for each axis. Static, as all below.
        stride: distance of windows, an int or one for each axis; by default ``ksize``.
        pad: how much is cut off on each side, an int or one for each axis.
        outsize: a tuple, one of the sizes that pooling makes those of ``x`` of; ``None`` for what follows from the rest.
        cover_all: whether the pooling lets its last window stick out: the result is smaller then.

    Returns:
        Variable ``(n, c, o1, o2, ...)`` of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point, or pooling of ``outsize`` gives another size.

    >>> F.unpooling_nd(np.float32([[[1, 2]]]), 2, cover_all=False).array
    array([[[1., 1., 2., 2.]]], dtype=float32)
    """
    n = x.ndim - 2
    outsize = outsize if outsize is None else per_axis(outsize, n)
    return _unpooling_nd(x, *_numbers(n, ksize, stride, pad), outsize, bool(cover_all))


def unpooling_1d(x, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    """The transpose of pooling, for ``x`` of ``(n, c, d)``.

    See :func:`unpooling_nd` for ``ksize``, ``stride``, ``pad``, ``outsize`` and ``cover_all``.

    >>> F.unpooling_1d(np.float32([[[1, 2]]]), 2, outsize=(4,)).array
    array([[[1., 1., 2., 2.]]], dtype=float32)
    """
    expect_axes("unpooling_1d", 3, x)
    return unpooling_nd(x, ksize, stride, pad, outsize, cover_all)


def unpooling_2d(x, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    """The transpose of pooling, for ``x`` of ``(n, c, h, w)``.

    See :func:`unpooling_nd` for ``ksize``, ``stride``, ``pad``, ``outsize`` and ``cover_all``.

    >>> F.unpooling_2d(np.float32([[[[1, 2]]]]), (1, 2), cover_all=False).array
    array([[[[1., 1., 2., 2.]]]], dtype=float32)
    """
    outsize = outsize if outsize is None else pair(outsize)
    return _unpooling_2d(x, *_numbers(2, ksize, stride, pad), outsize, bool(cover_all))


def unpooling_3d(x, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    """The transpose of pooling, for ``x`` of ``(n, c, d1, d2, d3)``.

    See :func:`unpooling_nd` for ``ksize``, ``stride``, ``pad``, ``outsize`` and ``cover_all``.

    >>> F.unpooling_3d(np.ones((1, 1, 1, 1, 1), "f"), (1, 1, 2), cover_all=False).array
    array([[[[[1., 1.]]]]], dtype=float32)
    """
    expect_axes("unpooling_3d", 5, x)
    return unpooling_nd(x, ksize, stride, pad, outsize, cover_all)


def upsampling_2d(x, indexes, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    """The transpose of max pooling: each element is put where the largest was, and what nothing is put to is zero.

    Args:
        x: float array ``(n, c, h, w)``.
        indexes: integer array of the shape of ``x``: places in windows, from ``max_pooling_2d(..., return_indices=True)``.
        ksize: size of a window, an int or ``(kh, kw)``. Static, as all below.
        stride: distance of windows, an int or ``(sy, sx)``; by default ``ksize``.
        pad: how much is cut off on each side, an int or ``(ph, pw)``.
        outsize: ``(oh, ow)``, the size of the images that were pooled; ``None`` for what follows from the rest.
        cover_all: whether the pooling lets its last window stick out.

    Returns:
        Variable ``(n, c, oh, ow)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        OutOfRange: an index is no place in a window (an ``IndexError`` and ``ValueError``).

    >>> y, indexes = F.max_pooling_2d(np.float32([[[[1, 3, 4, 2]]]]), (1, 2), return_indices=True)
    >>> F.upsampling_2d(y, indexes, (1, 2), outsize=(1, 4)).array
    array([[[[0., 3., 4., 0.]]]], dtype=float32)
    """
    ksize, stride, pad = _numbers(2, ksize, stride, pad)
    outsize = outsize if outsize is None else pair(outsize)
    with expect_in_range("upsampling_2d", "indexes", indexes, np.empty(math.prod(ksize)), 0):
        return _upsampling_2d(x, indexes, ksize, stride, pad, outsize, bool(cover_all))


# The nodes ----------------------------------------------------------------------------------------------------------------------


def _node_indexes(node):
    """Where in its window each largest element was."""
    return _max_indices(node._input_value(0), *[node.argument(name) for name in _STATIC]).array


@differentiable(
    node="MaxPoolingND",
    path="pooling.max_pooling_nd",
    attrs=("ndim", *_STATIC),
    static=_STATIC,
    members={"indexes": property(_node_indexes), **NDIM, **_PAIRS},
)
def _max_pooling_nd(x, ksize, stride=None, pad=0, cover_all=True):
    _expect_some("max_pooling_nd", x)
    ksize, stride, pads, ns = _fitting("max_pooling_nd", x, ksize, stride, pad, cover_all)
    # XLA for CPUs scatters the gradient one by one. Place by place is faster for small windows: with its gradient, 2.5 ms instead of
    # 20 for (32, 64, 32, 32) and 2 x 2, 17 instead of 22 for 3 x 3; but 25 instead of 11 for (16, 64, 14, 14) and 5 x 5.
    if jax.default_backend() == "cpu" and math.prod(ksize) <= 9:
        return functools.reduce(_first_largest, windows(padded(x, pads, -jnp.inf), ksize, stride, ns, (1,) * len(ns)))
    return _summed(x, np.array(-np.inf, x.dtype), lax.max, ksize, stride, pads, ns)


def _first_largest(best, part):
    return jnp.where((part > best) | jnp.isnan(part), part, best)


@differentiable(node="MaxPoolingIndices", static=_STATIC, has_gradient=False)
def _max_indices(x, ksize, stride, pad, cover_all):
    ksize, stride, pads, ns = _fitting("max_pooling_nd", x, ksize, stride, pad, cover_all)
    seen = windows(padded(x, pads, -jnp.inf), ksize, stride, ns, (1,) * len(ns))
    return jnp.argmax(jnp.stack(list(seen)), axis=0)


@differentiable(
    node="AveragePoolingND",
    path="pooling.average_pooling_nd",
    attrs=("ndim", *_STATIC, "pad_value"),
    static=(*_STATIC, "pad_value"),
    members=NDIM,
)
def _average_pooling_nd(x, ksize, stride=None, pad=0, cover_all=False, pad_value=0):
    _expect_some("average_pooling_nd", x)
    ksize, stride, pads, ns = _fitting("average_pooling_nd", x, ksize, stride, pad, cover_all)
    total = _summed(x, np.array(0, x.dtype), lax.add, ksize, stride, pads, ns)
    if pad_value is None:
        return total / jnp.asarray(_elements_inside(x.shape[2:], ksize, stride, pads, ns)[None, None], x.dtype)
    return total * jnp.asarray(1 / math.prod(ksize), x.dtype)


@differentiable(node="AveragePooling2D", path="pooling.average_pooling_2d", attrs=_STATIC, static=_STATIC, members=_PAIRS)
def _average_pooling_2d(x, ksize, stride=None, pad=0, cover_all=False):
    expect_ndim("average_pooling_2d", 4, x=x)
    of = _fitting("average_pooling_2d", x, ksize, stride, pad, cover_all)
    return _summed(x, np.array(0, x.dtype), lax.add, *of) * jnp.asarray(1 / math.prod(of[0]), x.dtype)


@differentiable(node="UnpoolingND", path="pooling.unpooling_nd", attrs=("ndim", *_TRANSPOSED), static=_TRANSPOSED, members=NDIM)
def _unpooling_nd(x, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    _expect_some("unpooling_nd", x)
    return _unpooled("unpooling_nd", x, ksize, stride, pad, outsize, cover_all)


@differentiable(node="Unpooling2D", path="pooling.unpooling_2d", attrs=_TRANSPOSED, static=_TRANSPOSED, members=_PAIRS)
def _unpooling_2d(x, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    expect_ndim("unpooling_2d", 4, x=x)
    return _unpooled("unpooling_2d", x, ksize, stride, pad, outsize, cover_all)


@differentiable(node="Upsampling2D", path="pooling.upsampling_2d", attrs=("indexes", *_TRANSPOSED), static=_TRANSPOSED, members=_PAIRS)
def _upsampling_2d(x, indexes, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    expect_ndim("upsampling_2d", 4, x=x)
    expect_integer("upsampling_2d", indexes=indexes)
    expect(x.shape == indexes.shape, "upsampling_2d", "indexes of the shape of x", x=x, indexes=indexes)
    outs, (ksize, stride, pads, ns) = _unfitting("upsampling_2d", x, ksize, stride, pad, outsize, cover_all)

    def picked(y):
        seen = enumerate(windows(padded(y, pads), ksize, stride, ns, (1, 1)))
        return sum(jnp.where(indexes == j, part, 0) for j, part in seen)

    return _transposed(picked, x, outs)


# The mechanism ------------------------------------------------------------------------------------------------------------------


def _numbers(n, ksize, stride, pad):
    if n < 1:
        raise ValueError("pooling: expected x with more than 2 axes")
    return per_axis(ksize, n), per_axis(ksize if stride is None else stride, n), per_axis(pad, n)


def _expect_some(who, x):
    expect(x.size > 0, who, "x with elements", x=x)


def _fitting(who, x, ksize, stride, pad, cover_all, sizes=None):
    """The numbers for each axis, with padding and the number of windows instead of ``pad``."""
    expect_floating(who, x=x)
    ksize, stride, pad = _numbers(x.ndim - 2, ksize, stride, pad)
    sizes = x.shape[2:] if sizes is None else sizes
    ns = [out_size(*of, cover_all) for of in zip(sizes, ksize, stride, pad, strict=True)]
    if min(ns) < 1:
        raise EmptyOutput(f"{who}: expected images that a window of {ksize} fits into, got {tuple(sizes)}")
    return ksize, stride, padding(sizes, ksize, stride, pad, ns, (1,) * len(ns)), ns


def _unfitting(who, x, ksize, stride, pad, outs, cover_all):
    """The size of the images that pooling makes ``x`` of, and what :func:`_fitting` gives for them."""
    ksize, stride, pad = _numbers(x.ndim - 2, ksize, stride, pad)
    if outs is None:
        less = [s - 1 if cover_all else 0 for s in stride]
        outs = tuple(s * (n - 1) + k - 2 * p - c for n, k, s, p, c in zip(x.shape[2:], ksize, stride, pad, less, strict=True))
    of = _fitting(who, x, ksize, stride, pad, cover_all, outs)
    expect(x.shape[2:] == tuple(of[3]), who, f"x of {tuple(of[3])} windows, which outsize {outs} has", x=x)
    return outs, of


def _summed(x, start, operation, ksize, stride, pads, ns):
    return lax.reduce_window(x, start, operation, (1, 1, *ksize), (1, 1, *stride), [(0, 0), (0, 0), *pads])


def _unpooled(who, x, ksize, stride, pad, outs, cover_all):
    outs, of = _unfitting(who, x, ksize, stride, pad, outs, cover_all)
    return _transposed(lambda y: _summed(y, np.array(0, x.dtype), lax.add, *of), x, outs)


def _transposed(linear, x, outs):
    """The transpose of a linear function of images of size ``outs``: its gradient anywhere."""
    return jax.vjp(linear, jnp.zeros((*x.shape[:2], *outs), x.dtype))[1](x)[0]


def _elements_inside(sizes, ksize, stride, pads, ns):
    """How many elements of each window are within the edges."""
    counts = []
    for size, k, s, (p, _), n in zip(sizes, ksize, stride, pads, ns, strict=True):
        first = np.arange(n) * s - p
        counts.append(np.minimum(first + k, size) - np.maximum(first, 0))
    return functools.reduce(np.multiply.outer, counts)
