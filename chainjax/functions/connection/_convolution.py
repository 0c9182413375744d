"""Sums of products over windows, and their transposes. One mechanism for any number of axes."""

import functools
import math

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax

from ...config import config
from ...differentiable import differentiable, ignoring, parts
from ...utils.argument import parse_kwargs
from .._args import NDIM, out_size, padded, padding, pair, per_axis, windows
from .._check import EmptyOutput, expect, expect_axes, expect_floating, expect_ndim, expect_same_dtype
from ..array import reshape, transpose

_NO_DETERMINISTIC = "the argument deterministic is gone; use using_config('cudnn_deterministic', True)"
_OPTIONS = ("stride", "pad", "cover_all", "dilate", "groups")
_TRANSPOSED = ("stride", "pad", "outsize", "dilate", "groups")
_PAIRS = {**parts("stride", "sy", "sx"), **parts("pad", "ph", "pw"), **parts("dilate", "dy", "dx")}


def convolution_2d(x, W, b=None, stride=1, pad=0, cover_all=False, **kwargs):
    r"""Two-dimensional convolution (cross-correlation), :math:`y_{noij} = \sum_{ckl} x_{n,c,s_y i + k,s_x j + l} W_{ockl} + b_o`.

    Args:
        x: float array ``(n, c, h, w)``.
        W: float array ``(o, c / groups, kh, kw)``.
        b: float array ``(o,)`` of the dtype of ``x``, or ``None``.
        stride: an int or ``(sy, sx)``. Static, as all below.
        pad: zeros on each side, an int or ``(ph, pw)``.
        cover_all: let the last window stick out, so that every element is in one.
        dilate: distance of the elements of a window, an int or ``(dy, dx)``.
        groups: into how many independent parts the channels fall.

    Returns:
        Variable ``(n, o, oh, ow)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> F.convolution_2d(np.ones((1, 1, 3, 3), "f"), np.ones((1, 1, 2, 2), "f")).array
    array([[[[4., 4.],
             [4., 4.]]]], dtype=float32)
    """
    options = (("dilate", 1), ("groups", 1), ("cudnn_fast", False))
    dilate, groups, _ = parse_kwargs(kwargs, *options, deterministic=_NO_DETERMINISTIC)
    _expect_dtype_of_bias("convolution_2d", x, b)
    return _convolution_2d(x, W, b, pair(stride), pair(pad), bool(cover_all), pair(dilate), groups)


@ignoring("use_cudnn")
def convolution_nd(x, W, b=None, stride=1, pad=0, cover_all=False, dilate=1, groups=1):
    """Convolution over any number of axes; see :func:`convolution_2d` for the formula.

    Args:
        x: float array ``(n, c, d1, d2, ...)``.
        W: float array ``(o, c / groups, k1, k2, ...)``.
        b: float array ``(o,)``, or ``None``.
        stride: an int, or one for each axis. Static, as all below.
        pad: zeros on each side, an int or one for each axis.
        cover_all: let the last window stick out, so that every element is in one.
        dilate: distance of the elements of a window, an int or one for each axis.
        groups: into how many independent parts the channels fall.

    Returns:
        Variable ``(n, o, o1, o2, ...)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> F.convolution_nd(np.ones((1, 1, 3), "f"), np.ones((1, 1, 2), "f")).array
    array([[[2., 2.]]], dtype=float32)
    """
    n = x.ndim - 2
    return _convolution_nd(x, W, b, per_axis(stride, n), per_axis(pad, n), bool(cover_all), per_axis(dilate, n), groups)


def convolution_1d(x, W, b=None, stride=1, pad=0, cover_all=False, dilate=1, groups=1):
    """Convolution of ``x`` of ``(n, c, d)`` with ``W`` of ``(o, c / groups, k)``.

    See :func:`convolution_nd` for ``b``, ``stride``, ``pad``, ``cover_all``, ``dilate`` and ``groups``.

    >>> F.convolution_1d(np.ones((1, 1, 4), "f"), np.ones((1, 1, 2), "f"), stride=2).array
    array([[[2., 2.]]], dtype=float32)
    """
    expect_axes("convolution_1d", 3, x)
    return convolution_nd(x, W, b, stride, pad, cover_all, dilate, groups)


def convolution_3d(x, W, b=None, stride=1, pad=0, cover_all=False, dilate=1, groups=1):
    """Convolution of ``x`` of ``(n, c, d1, d2, d3)`` with ``W`` of ``(o, c / groups, k1, k2, k3)``.

    See :func:`convolution_nd` for ``b``, ``stride``, ``pad``, ``cover_all``, ``dilate`` and ``groups``.

    >>> F.convolution_3d(np.ones((1, 1, 2, 2, 2), "f"), np.ones((1, 1, 2, 2, 2), "f")).array
    array([[[[[8.]]]]], dtype=float32)
    """
    expect_axes("convolution_3d", 5, x)
    return convolution_nd(x, W, b, stride, pad, cover_all, dilate, groups)


@ignoring("use_cudnn")
def dilated_convolution_2d(x, W, b=None, stride=1, pad=0, dilate=1, cover_all=False):
    """:func:`convolution_2d` of ``x`` and ``W`` (and ``b``), ``dilate`` before ``cover_all``; ``stride`` and ``pad`` as there.

    >>> F.dilated_convolution_2d(np.ones((1, 1, 3, 3), "f"), np.ones((1, 1, 2, 2), "f"), dilate=2).array
    array([[[[4.]]]], dtype=float32)
    """
    return convolution_2d(x, W, b, stride, pad, cover_all, dilate=dilate)


def depthwise_convolution_2d(x, W, b=None, stride=1, pad=0):
    """:func:`convolution_2d` of each channel by itself.

    Args:
        x: float array ``(n, c, h, w)``.
        W: float array ``(m, c, kh, kw)``: ``m`` windows for each channel.
        b: float array ``(m * c,)`` of the dtype of ``x``, or ``None``.
        stride: an int or ``(sy, sx)``. Static, as ``pad``.
        pad: zeros on each side, an int or ``(ph, pw)``.

    Returns:
        Variable ``(n, c * m, oh, ow)``: the ``m`` results of one channel after those of another.

    >>> F.depthwise_convolution_2d(np.ones((1, 2, 2, 2), "f"), np.ones((3, 2, 2, 2), "f")).array.ravel()
    array([4., 4., 4., 4., 4., 4.], dtype=float32)
    """
    who = "depthwise_convolution_2d"
    expect_ndim(who, 4, x=x, W=W)
    m, c, *ks = W.shape
    expect(x.shape[1] == c, who, f"x with {c} channels, to fit W", x=x, W=W)
    return convolution_2d(x, reshape(transpose(W, (1, 0, 2, 3)), (m * c, 1, *ks)), b, stride, pad, groups=c)


def deconvolution_2d(x, W, b=None, stride=1, pad=0, outsize=None, **kwargs):
    r"""Transposed convolution, :math:`y_{n,o,s_y i + k,s_x j + l} = \sum x_{ncij} W_{cokl} + b_o`, the sum over all that falls there.

    Args:
        x: float array ``(n, c, h, w)``.
        W: float array ``(c, o / groups, kh, kw)``.
        b: float array ``(o,)`` of the dtype of ``x``, or ``None``.
        stride: an int or ``(sy, sx)``. Static, as all below.
        pad: how much is cut off on each side, an int or ``(ph, pw)``.
        outsize: ``(oh, ow)``, one of the sizes that :func:`convolution_2d` makes ``(h, w)`` of; ``None`` for the smallest.
        dilate: distance of the elements of a window, an int or ``(dy, dx)``.
        groups: into how many independent parts the channels fall.

    Returns:
        Variable ``(n, o, oh, ow)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Zeiler, Krishnan, Taylor, Fergus 2010, Deconvolutional Networks.

    >>> F.deconvolution_2d(np.ones((1, 1, 1, 2), "f"), np.ones((1, 1, 1, 2), "f")).array
    array([[[[1., 2., 1.]]]], dtype=float32)
    """
    dilate, groups = parse_kwargs(kwargs, ("dilate", 1), ("groups", 1), deterministic=_NO_DETERMINISTIC)
    _expect_dtype_of_bias("deconvolution_2d", x, b)
    return _deconvolution_2d(x, W, b, pair(stride), pair(pad), _outsize(outsize, 2), pair(dilate), groups)


@ignoring("use_cudnn")
def deconvolution_nd(x, W, b=None, stride=1, pad=0, outsize=None, dilate=1, groups=1):
    """Transposed convolution over any number of axes; see :func:`deconvolution_2d` for the formula.

    Args:
        x: float array ``(n, c, d1, d2, ...)``.
        W: float array ``(c, o / groups, k1, k2, ...)``.
        b: float array ``(o,)``, or ``None``.
        stride: an int, or one for each axis. Static, as all below.
        pad: how much is cut off on each side, an int or one for each axis.
        outsize: a tuple, one of the sizes that :func:`convolution_nd` makes those of ``x`` of; ``None`` for the smallest.
        dilate: distance of the elements of a window, an int or one for each axis.
        groups: into how many independent parts the channels fall.

    Returns:
        Variable ``(n, o, o1, o2, ...)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> F.deconvolution_nd(np.ones((1, 1, 2), "f"), np.ones((1, 1, 2), "f")).array
    array([[[1., 2., 1.]]], dtype=float32)
    """
    n = x.ndim - 2
    return _deconvolution_nd(x, W, b, per_axis(stride, n), per_axis(pad, n), _outsize(outsize, n), per_axis(dilate, n), groups)


def deconvolution_1d(x, W, b=None, stride=1, pad=0, outsize=None, dilate=1, groups=1):
    """Transposed convolution of ``x`` of ``(n, c, d)`` with ``W`` of ``(c, o / groups, k)``.

    See :func:`deconvolution_nd` for ``b``, ``stride``, ``pad``, ``outsize``, ``dilate`` and ``groups``.

    >>> F.deconvolution_1d(np.ones((1, 1, 2), "f"), np.ones((1, 1, 2), "f"), stride=2).array
    array([[[1., 1., 1., 1.]]], dtype=float32)
    """
    expect_axes("deconvolution_1d", 3, x)
    return deconvolution_nd(x, W, b, stride, pad, outsize, dilate, groups)


def deconvolution_3d(x, W, b=None, stride=1, pad=0, outsize=None, dilate=1, groups=1):
    """Transposed convolution of ``x`` of ``(n, c, d1, d2, d3)`` with ``W`` of ``(c, o / groups, k1, k2, k3)``.

    See :func:`deconvolution_nd` for ``b``, ``stride``, ``pad``, ``outsize``, ``dilate`` and ``groups``.

    >>> F.deconvolution_3d(np.ones((1, 1, 1, 1, 1), "f"), np.ones((1, 1, 1, 1, 2), "f")).array
    array([[[[[1., 1.]]]]], dtype=float32)
    """
    expect_axes("deconvolution_3d", 5, x)
    return deconvolution_nd(x, W, b, stride, pad, outsize, dilate, groups)


# The nodes ----------------------------------------------------------------------------------------------------------------------


@differentiable(
    node="Convolution2DFunction", path="connection.convolution_2d", attrs=_OPTIONS, retain=(0, 1), static=_OPTIONS, members=_PAIRS
)
def _convolution_2d(x, W, b=None, stride=1, pad=0, cover_all=False, dilate=1, groups=1):
    who = "convolution_2d"
    expect_ndim(who, 4, x=x, W=W)
    return _convolution(who, x, W, b, stride, pad, cover_all, dilate, groups)


@differentiable(
    node="ConvolutionND", path="connection.convolution_nd", attrs=("ndim", *_OPTIONS), retain=(0, 1), static=_OPTIONS, members=NDIM
)
def _convolution_nd(x, W, b=None, stride=1, pad=0, cover_all=False, dilate=1, groups=1):
    return _convolution("convolution_nd", x, W, b, stride, pad, cover_all, dilate, groups)


@differentiable(
    node="Deconvolution2DFunction",
    path="connection.deconvolution_2d",
    attrs=_TRANSPOSED,
    retain=(0, 1),
    static=_TRANSPOSED,
    members={**_PAIRS, **parts("outsize", "outh", "outw")},
)
def _deconvolution_2d(x, W, b=None, stride=1, pad=0, outsize=None, dilate=1, groups=1):
    who = "deconvolution_2d"
    expect_ndim(who, 4, x=x, W=W)
    return _deconvolution(who, x, W, b, stride, pad, outsize, dilate, groups)


@differentiable(
    node="DeconvolutionND",
    path="connection.deconvolution_nd",
    attrs=("ndim", *_TRANSPOSED),
    retain=(0, 1),
    static=_TRANSPOSED,
    members=NDIM,
)
def _deconvolution_nd(x, W, b=None, stride=1, pad=0, outsize=None, dilate=1, groups=1):
    return _deconvolution("deconvolution_nd", x, W, b, stride, pad, outsize, dilate, groups)


# The mechanism ------------------------------------------------------------------------------------------------------------------


def _convolution(who, x, W, b, stride, pad, cover_all, dilate, groups):
    stride, pad, dilate = _sizes(who, x, W, stride, pad, dilate)
    expect(x.shape[1] == W.shape[1] * groups, who, f"x with {W.shape[1] * groups} channels, to fit W in {groups} group(s)", x=x, W=W)
    if W.shape[0] % groups:
        raise TypeError(f"{who}: expected a number of output channels that {groups} groups divide, got W {W.shape}")
    sizes, ks = x.shape[2:], W.shape[2:]
    ns = [out_size(*of, cover_all, d) for *of, d in zip(sizes, ks, stride, pad, dilate, strict=True)]
    if min(ns) < 1:
        raise EmptyOutput(f"{who}: expected an output of positive size, got {tuple(ns)} from x {x.shape} and W {W.shape}")
    dtype = np.promote_types(x.dtype, W.dtype)
    pads = padding(sizes, ks, stride, pad, ns, dilate)
    return _with_bias(who, _products(x.astype(dtype), W.astype(dtype), stride, pads, ns, dilate, groups).astype(x.dtype), b)


def _deconvolution(who, x, W, b, stride, pad, outs, dilate, groups):
    stride, pad, dilate = _sizes(who, x, W, stride, pad, dilate)
    expect(x.shape[1] == W.shape[0], who, f"x with {W.shape[0]} channels, to fit W", x=x, W=W)
    if W.shape[0] % groups:
        raise TypeError(f"{who}: expected a number of input channels that {groups} groups divide, got W {W.shape}")
    ns, ks = x.shape[2:], W.shape[2:]
    axes = list(zip(ns, ks, stride, pad, dilate, strict=True))
    smallest = [s * (n - 1) + (k - 1) * d + 1 - 2 * p for n, k, s, p, d in axes]
    outs = tuple(least if out is None else out for least, out in zip(smallest, outs or [None] * len(axes), strict=True))
    if min(outs) < 1:
        raise EmptyOutput(f"{who}: expected an output of positive size, got {outs} from x {x.shape} and W {W.shape}")
    for out, (n, k, s, p, d) in zip(outs, axes, strict=True):
        fits = out_size(out, k, s, p, False, d) <= n <= out_size(out, k, s, p, True, d)
        expect(fits, who, f"an outsize that a convolution makes x of, got {outs}", x=x, W=W)
    dtype = np.promote_types(x.dtype, W.dtype)
    pads = padding(outs, ks, stride, pad, ns, dilate)
    form = stride, tuple(pads), ns, dilate, groups
    return _with_bias(who, _transpose(x.astype(dtype), W.astype(dtype), outs, form).astype(x.dtype), b)


def _expect_dtype_of_bias(who, x, b):
    if b is not None and b.dtype != x.dtype and config.type_check:  # gradient checks go without, to widen x alone
        expect_same_dtype(who, x=x, b=b)


def _outsize(outsize, ndim):
    """``None`` for the smallest, or ``ndim`` ints of which any may be ``None``."""
    sizes = outsize if hasattr(outsize, "__len__") else (outsize,) * ndim
    if all(size is None for size in sizes):
        return None
    ints = per_axis([0 if size is None else size for size in sizes], ndim)
    return tuple(None if size is None else n for size, n in zip(sizes, ints, strict=True))


def _sizes(who, x, W, *numbers):
    n = x.ndim - 2
    *_, dilate = numbers = [per_axis(number, n) for number in numbers]
    expect_floating(who, x=x, W=W)
    expect(n > 0, who, "x with more than 2 axes", x=x)
    expect_ndim(who, n + 2, W=W)
    if min(dilate) < 1:
        raise ValueError(f"{who}: expected dilate at least 1, got {dilate}")
    return numbers


def _with_bias(who, y, b):
    if b is None:
        return y
    expect_floating(who, b=b)
    expect(b.shape == y.shape[1:2], who, f"b of shape {y.shape[1:2]}, to fit W", b=b)
    b = b.reshape(-1, *(1,) * (y.ndim - 2))[None]
    dtype = np.promote_types(y.dtype, b.dtype)
    return (y.astype(dtype) + b.astype(dtype)).astype(y.dtype)


def _products(x, W, stride, pads, ns, dilate, groups):
    """Convolution with ``n`` windows along each axis, ``x`` and ``W`` of one dtype."""
    if x.ndim > 4 and jax.default_backend() == "cpu":
        return _slice_by_slice(x, W, stride, pads, ns, dilate, groups)
    # XLA for CPUs takes grouped convolutions channel by channel. A product for each place in the window is faster: for x of
    # (16, 32, 32, 32) in 8 groups and a window of 3 x 3, 6 ms instead of 12, its gradient for x 4 instead of 12, that for W 5
    # instead of 895. So it is along one axis: for x (64, 300, 40, 1), W (100, 300, 5, 1) and a pad of 4 the gradient for W takes 6 ms
    # instead of 204. For images the convolution is: 24 ms instead of 82 for (32, 32, 32, 32) and W (64, 32, 3, 3). Large windows
    # would make large programs.
    # A window that is larger than the image, or than what comes out, XLA takes number by number, forward or back: for x (64, 512, 2, 2),
    # W (512, 512, 3, 3) and a pad of 1 a product of all that windows cover takes 11 ms instead of 600, and 6 ms instead of 600 for x.
    one_axis = x.ndim == 3 or 1 in x.shape[2:]
    sticks_out = any((k - 1) * d >= min(size, n) for k, d, size, n in zip(W.shape[2:], dilate, x.shape[2:], ns, strict=True))
    if (groups > 1 or one_axis or sticks_out) and jax.default_backend() == "cpu" and math.prod(W.shape[2:]) <= 64:
        by_group = W.reshape(groups, len(W) // groups, W.shape[1], -1)
        x = padded(x.reshape(len(x), groups, W.shape[1], *x.shape[2:]), pads)
        # Where windows do not overlap, they are one reshape: back, sixteen arrays would be put apart, each as large as x, and added.
        apart = all(s >= k > 1 and d == 1 for s, k, d in zip(stride, W.shape[2:], dilate, strict=True))
        seen = [_tiles(x, W.shape[2:], stride, ns)] if apart else windows(x, W.shape[2:], stride, ns, dilate)
        if apart or sticks_out:
            y = jnp.einsum("goik,ngik...->ngo...", by_group, seen[0] if apart else jnp.stack(list(seen), 3))
        else:
            y = sum(jnp.einsum("goi,ngi...->ngo...", by_group[..., j], part) for j, part in enumerate(seen))
        return y.reshape(len(x), len(W), *ns)
    return lax.conv_general_dilated(x, W, stride, pads, rhs_dilation=dilate, feature_group_count=groups)


def _tiles(x, ks, stride, ns):
    """The windows of ``x``, which do not overlap: what is at each place in a window along the fourth axis."""
    for axis, (k, s, n) in enumerate(zip(ks, stride, ns, strict=True), 3):
        at = axis + axis - 3  # each axis before has become two
        x = lax.pad(x, jnp.zeros((), x.dtype), [(0, s * n - x.shape[at] if i == at else 0, 0) for i in range(x.ndim)])
        x = lax.slice_in_dim(x.reshape(*x.shape[:at], n, s, *x.shape[at + 1 :]), 0, k, axis=at + 1)
    x = jnp.moveaxis(x, range(4, x.ndim, 2), range(3, 3 + len(ks)))
    return x.reshape(*x.shape[:3], -1, *ns)


# XLA for CPUs is made for images: of x (4, 8, 12, 12, 12) and W (8, 8, 3, 3, 3) forward and backward took 11 ms, and take 1.3 so; of x
# (2, 3, 16, 64, 64), W (16, 3, 3, 7, 7) and a stride of 2 they took 2.5 s, and take 23 ms.
def _slice_by_slice(x, W, stride, pads, ns, dilate, groups):
    """The first of the axes joins the batch; what a window covers of it becomes channels."""
    x = padded(jnp.moveaxis(x, 2, -1), pads[:1])
    seen = jnp.stack(list(windows(x, W.shape[2:3], stride[:1], ns[:1], dilate[:1])), 2)  # (batch, channels, window, ..., n)
    slices = jnp.moveaxis(seen, -1, 1).reshape(len(x) * ns[0], -1, *x.shape[2:-1])
    y = _products(slices, W.reshape(len(W), -1, *W.shape[3:]), stride[1:], pads[1:], ns[1:], dilate[1:], groups)
    return jnp.moveaxis(y.reshape(len(x), ns[0], *y.shape[1:]), 1, 2)


# JAX's gradient of this for W is a convolution of a form that XLA does badly on CPUs: for x of (16, 64, 14, 14), W of (64, 32, 4, 4)
# and a stride of 2 forward and backward took 90 ms, and take 10 so.
@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _transpose(x, W, outs, form):
    """The transpose of the convolution that makes ``x`` of images of size ``outs``: its gradient at any, as it is linear."""
    zeros = jnp.zeros((x.shape[0], W.shape[1] * form[-1], *outs), x.dtype)
    return jax.vjp(lambda y: _products(y, W, *form), zeros)[1](x)[0]


def _transpose_forward(x, W, outs, form):
    return _transpose(x, W, outs, form), (x, W)


def _transpose_backward(outs, form, kept, gy):
    x, W = kept
    gx, pull = jax.vjp(lambda w: _products(gy, w, *form), W)
    return gx, pull(x)[0]


_transpose.defvjp(_transpose_forward, _transpose_backward)
