"""Windows that do not share weights, that move, and that only shift."""

import numpy as np

import jax.numpy as jnp

from ...differentiable import differentiable, parts
from .._args import padded, pair, windows
from .._check import expect, expect_floating, expect_ndim, expect_same_dtype
from ..array import broadcast_to, concat, reshape, spatial_transformer_sampler, transpose
from ..array import pad as padded_with


def local_convolution_2d(x, W, b=None, stride=1):
    r"""Convolution with weights of their own for each window.

    .. math:: y_{noij} = \sum_{ckl} x_{n,c,s_y i + k,s_x j + l} W_{oijckl} + b_{oij}

    Args:
        x: float array ``(n, c, h, w)``.
        W: float array ``(o, oh, ow, c, kh, kw)``.
        b: float array ``(o, oh, ow)`` of the dtype of ``x``, or ``None``.
        stride: an int or ``(sy, sx)``. Static.

    Returns:
        Variable ``(n, o, oh, ow)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> x, W = np.ones((1, 1, 1, 3), "f"), np.float32([1, 2, 3, 4]).reshape(1, 1, 2, 1, 1, 2)
    >>> F.local_convolution_2d(x, W).array
    array([[[[3., 7.]]]], dtype=float32)
    """
    return _local_convolution_2d(x, W, b, pair(stride))


@differentiable(
    node="LocalConvolution2DFunction",
    path="connection.local_convolution_2d",
    attrs=("stride",),
    retain=(0, 1),
    static=("stride",),
    members=parts("stride", "sy", "sx"),
)
def _local_convolution_2d(x, W, b=None, stride=1):
    who, stride = "local_convolution_2d", pair(stride)
    expect_floating(who, x=x, W=W)
    expect_ndim(who, 4, x=x)
    expect_ndim(who, 6, W=W)
    o, oh, ow, c, *ks = W.shape
    expect(x.shape[1] == c, who, f"x with {c} channels, to fit W", x=x, W=W)
    reach = [(n - 1) * s + k for n, s, k in zip((oh, ow), stride, ks, strict=True)]
    if any(r > size for r, size in zip(reach, x.shape[2:], strict=True)):
        raise ValueError(f"{who}: expected images of at least {tuple(reach)} for {(oh, ow)} windows of {tuple(ks)}, got {x.shape[2:]}")
    dtype = np.promote_types(x.dtype, W.dtype)
    seen = jnp.stack(list(windows(x.astype(dtype), ks, stride, (oh, ow), (1, 1))), axis=2)
    y = jnp.einsum("nckij,oijck->noij", seen, W.astype(dtype).reshape(o, oh, ow, c, -1)).astype(x.dtype)
    if b is None:
        return y
    expect_same_dtype(who, x=x, b=b)
    expect(b.shape == W.shape[:3], who, f"b of shape {W.shape[:3]}, to fit W", b=b, W=W)
    return y + b[None]


def deformable_convolution_2d_sampler(x, offset, W, b=None, stride=1, pad=0):
    """Two-dimensional convolution whose windows look at places that are moved by ``offset``, between pixels too.

    Args:
        x: float array ``(n, c, h, w)``.
        offset: float array ``(n, 2 * kh * kw, oh, ow)`` of the dtype of ``x``, in pixels: to the right for each place in the window,
            row by row, then downwards.
        W: float array ``(o, c, kh, kw)``.
        b: float array ``(o,)``, or ``None``.
        stride: an int or ``(sy, sx)``. Static, as ``pad``.
        pad: zeros on each side, an int or ``(ph, pw)``.

    Returns:
        Variable ``(n, o, oh, ow)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        ValueError: ``offset`` is not for such windows.

    Source: Dai et al. 2017, Deformable Convolutional Networks, arXiv:1703.06211.

    >>> x, half = np.float32([[[[0, 2, 4], [4, 2, 0]]]]), np.full((1, 2, 2, 2), [[[[0.5]], [[0]]]], "f")
    >>> F.deformable_convolution_2d_sampler(x, half, np.ones((1, 1, 1, 1), "f")).array
    array([[[[1., 3.],
             [3., 1.]]]], dtype=float32)
    """
    (o, c, kh, kw), (sy, sx), (ph, pw) = W.shape, pair(stride), pair(pad)
    (n, _, h, w), (_, places, oh, ow) = x.shape, offset.shape
    if places != 2 * kh * kw:
        raise ValueError(f"deformable_convolution_2d_sampler: expected an offset of {2 * kh * kw} channels, to fit W, got {offset.shape}")
    # Where each place of each window is, as the sampler counts: from -1 at the first pixel to 1 at the last.
    down, right = np.meshgrid(np.arange(kh), np.arange(kw), indexing="ij")
    columns = right.reshape(-1, 1, 1) + np.arange(ow) * sx + np.zeros((oh, 1))
    rows = down.reshape(-1, 1, 1) + (np.arange(oh) * sy)[:, None] + np.zeros(ow)
    at = [
        ((offset[:, part] + grid.astype("f")[None]) / (size - 1) - 0.5) * 2
        for part, grid, size in ((slice(kh * kw), columns, w + 2 * pw), (slice(kh * kw, None), rows, h + 2 * ph))
    ]
    grid = reshape(concat(at, axis=1), (n, 2, kh * kw, oh * ow))
    seen = spatial_transformer_sampler(padded_with(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), "constant"), grid)
    seen = reshape(transpose(seen, (0, 3, 1, 2)), (n * oh * ow, c * kh * kw))
    y = transpose(reshape(seen @ reshape(transpose(W, (1, 2, 3, 0)), (c * kh * kw, o)), (n, oh, ow, o)), (0, 3, 1, 2))
    return y if b is None else y + broadcast_to(reshape(b, (1, o, 1, 1)), y.shape)


def shift(x, ksize=3, dilate=1):
    """Channels moved by a pixel or none, each part of them to another side: a convolution that costs nothing.

    Args:
        x: float array ``(n, c, h, w)``, at least one channel for each place in a window.
        ksize: size of the window, an odd int or ``(kh, kw)``. Static, as ``dilate``.
        dilate: how far channels move, an int or ``(dy, dx)``.

    Returns:
        Variable of the shape and dtype of ``x``. What moves in is zero. The channels fall into ``kh * kw`` parts, the last with what
        is left over; it stays in place, and the part in the middle takes its way.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        ValueError: ``ksize`` is even.

    Source: Wu et al. 2017, Shift: A Zero FLOP, Zero Parameter Alternative to Spatial Convolutions, arXiv:1711.08141.

    >>> F.shift(np.arange(9, dtype="f").reshape(1, 3, 1, 3), (1, 3)).array
    array([[[[1., 2., 0.]],
    <BLANKLINE>
            [[0., 3., 4.]],
    <BLANKLINE>
            [[6., 7., 8.]]]], dtype=float32)
    """
    return _shift(x, pair(ksize), pair(dilate))


@differentiable(
    node="Shift",
    path="connection.shift",
    attrs=("ksize", "dilate"),
    static=("ksize", "dilate"),
    members={**parts("ksize", "kh", "kw"), **parts("dilate", "dy", "dx")},
)
def _shift(x, ksize=3, dilate=1):
    ks, ds = pair(ksize), pair(dilate)
    if not (ks[0] % 2 and ks[1] % 2):
        raise ValueError(f"shift: expected ksize odd, got {ks}")
    expect_floating("shift", x=x)
    expect_ndim("shift", 4, x=x)
    n = ks[0] * ks[1]
    expect(x.shape[1] >= n, "shift", f"x with at least {n} channels", x=x)
    room = [k // 2 * abs(d) for k, d in zip(ks, ds, strict=True)]
    moved, size = padded(x, [(r, r) for r in room]), x.shape[1] // n
    places = list(range(n))
    places[n // 2], places[-1] = places[-1], places[n // 2]
    result = []
    for i, place in enumerate(places):
        steps = place // ks[1] - ks[0] // 2, place % ks[1] - ks[1] // 2
        a, b = (r - step * d for r, step, d in zip(room, steps, ds, strict=True))
        channels = slice(i * size, (i + 1) * size if i < n - 1 else None)
        result.append(moved[:, channels, a : a + x.shape[2], b : b + x.shape[3]])
    return jnp.concatenate(result, axis=1)
