"""Functions that move the pixels of images."""

import math

import numpy as np

import jax.numpy as jnp
from jax import lax

from ...config import config
from ...differentiable import differentiable
from ...utils.argument import parse_kwargs
from .._args import out_size, padding, pair, windows
from .._check import expect, expect_choice, expect_floating, expect_ndim, expect_same_dtype


@differentiable(node="Space2Depth", path="array.space2depth", attrs=("r",), static=("r",))
def space2depth(X, r):
    """Blocks of pixels as channels, the opposite of ``depth2space``.

    Args:
        X: float array ``(n, c, h, w)``; ``r`` divides ``h`` and ``w``.
        r: side of a block. Static.

    Returns:
        Variable ``(n, r * r * c, h / r, w / r)``.

    Raises:
        InvalidType: ``X`` has not 4 axes of floats, or ``r`` does not divide.

    >>> F.space2depth(np.float32([[[[1, 2], [3, 4]]]]), 2).array.ravel()
    array([1., 2., 3., 4.], dtype=float32)
    """
    expect_floating("space2depth", X=X)
    expect_ndim("space2depth", 4, X=X)
    n, c, h, w = X.shape
    expect(h % r == 0 and w % r == 0, "space2depth", f"height and width that {r} divides", X=X)
    blocks = X.reshape(n, c, h // r, r, w // r, r)
    return blocks.transpose(0, 3, 5, 1, 2, 4).reshape(n, r * r * c, h // r, w // r)


@differentiable(node="Depth2Space", path="array.depth2space", attrs=("r",), static=("r",))
def depth2space(X, r):
    """Channels as blocks of pixels, the opposite of :func:`space2depth`.

    Args:
        X: float array ``(n, r * r * c, h, w)``.
        r: side of a block. Static.

    Returns:
        Variable ``(n, c, h * r, w * r)``.

    Raises:
        InvalidType: ``X`` has not 4 axes of floats, or not so many channels.

    >>> F.depth2space(np.float32([1, 2, 3, 4]).reshape(1, 4, 1, 1), 2).array
    array([[[[1., 2.],
             [3., 4.]]]], dtype=float32)
    """
    expect_floating("depth2space", X=X)
    expect_ndim("depth2space", 4, X=X)
    n, c, h, w = X.shape
    expect(c % (r * r) == 0, "depth2space", f"a number of channels that {r} * {r} divides", X=X)
    blocks = X.reshape(n, r, r, c // (r * r), h, w)
    return blocks.transpose(0, 3, 4, 1, 5, 2).reshape(n, c // (r * r), h * r, w * r)


def im2col(x, ksize, stride=1, pad=0, cover_all=False, dilate=1):
    """The windows of images as channels.

    Args:
        x: float array ``(n, c, h, w)``.
        ksize: height and width of a window, an int or a pair. Static.
        stride: steps between windows. Static.
        pad: zeros around the images. Static.
        cover_all: let the last windows stick out, so that every pixel is in one. Static.
        dilate: steps between the pixels of a window. Static.

    Returns:
        Variable ``(n, c * kh * kw, out_h, out_w)``.

    Raises:
        InvalidType: ``x`` has not 4 axes of floats.

    >>> F.im2col(np.float32([[[[1, 2], [3, 4]]]]), (1, 2)).array[0]
    array([[[1.],
            [3.]],
    <BLANKLINE>
           [[2.],
            [4.]]], dtype=float32)
    """
    return _im2col(x, pair(ksize), pair(stride), pair(pad), bool(cover_all), pair(dilate))


_IM2COL = ("ksize", "stride", "pad", "cover_all", "dilate")


@differentiable(node="Im2Col", path="array.im2col", attrs=_IM2COL, static=_IM2COL)
def _im2col(x, ksize, stride, pad, cover_all, dilate):
    expect_floating("im2col", x=x)
    expect_ndim("im2col", 4, x=x)
    size = x.shape[2:]
    out = [out_size(i, k, s, p, cover_all, d) for i, k, s, p, d in zip(size, ksize, stride, pad, dilate, strict=True)]
    x = jnp.pad(x, [(0, 0), (0, 0), *padding(size, ksize, stride, pad, out, dilate)])
    return jnp.stack(list(windows(x, ksize, stride, out, dilate)), axis=2).reshape(len(x), x.shape[1] * math.prod(ksize), *out)


def resize_images(x, output_shape, *, mode="bilinear", align_corners=True):
    """Images in another size.

    Args:
        x: float32 array ``(n, c, h, w)``.
        output_shape: height and width of the result. Static.
        mode: ``"bilinear"``, or ``"nearest"`` for the pixel before. Static.
        align_corners: let the centres of the corner pixels meet, else the corners of the images. Static.

    Returns:
        Variable ``(n, c, *output_shape)``.

    Raises:
        InvalidType: ``x`` has not 4 axes of float32.
        ValueError: another mode.

    >>> F.resize_images(np.float32([[[[0, 2]]]]), (1, 3)).array
    array([[[[0., 1., 2.]]]], dtype=float32)
    """
    if config.type_check:  # gradient_check goes without, in float64
        expect(x.dtype == np.float32, "resize_images", "x to be float32", x=x)
    expect_choice("resize_images", "mode", mode, "bilinear", "nearest")
    return _resize_images(x, tuple(map(int, output_shape)), mode, bool(align_corners))


@differentiable(
    node="ResizeImages",
    path="array.resize_images",
    attrs=("output_shape", "mode", "align_corners"),
    static=("output_shape", "mode", "align_corners"),
)
def _resize_images(x, output_shape, mode="bilinear", align_corners=True):
    expect_floating("resize_images", x=x)
    expect_ndim("resize_images", 4, x=x)
    for axis, size in zip((2, 3), output_shape, strict=True):
        before, weight = _places(x.shape[axis], size, mode, align_corners)
        y = jnp.take(x, before, axis)
        if mode == "bilinear":
            weight = np.expand_dims(weight, (0, 1, 5 - axis)).astype(x.dtype)
            y = y * (1 - weight) + jnp.take(x, np.minimum(before + 1, x.shape[axis] - 1), axis) * weight
        x = y
    return x


def _places(size, out, mode, align_corners):
    """Between which pixels of an axis the new ones lie: the one before, and how far beyond it."""
    if mode == "nearest":
        return np.minimum(np.floor(np.arange(out) * (size / out)), size - 1).astype(int), None
    places = np.linspace(0, size - 1, out) if align_corners else np.maximum((np.arange(out) + 0.5) * (size / out) - 0.5, 0)
    weight, before = np.modf(places)
    return before.astype(int), weight


_NO_CUDNN = 'there is no argument use_cudnn; chainer.using_config("use_cudnn", ...) is accepted'


def spatial_transformer_grid(theta, output_shape, **kwargs):
    r"""Where the pixels of an image come from under affine maps, :math:`g = \theta (x, y, 1)^\top`, coordinates from -1 to 1.

    Args:
        theta: float array ``(n, 2, 3)`` of matrices.
        output_shape: height and width of the images. Static.

    Returns:
        Variable ``(n, 2, h, w)`` of the dtype of ``theta``: of each pixel the x and the y that it comes from.

    Raises:
        InvalidType: ``theta`` is no such array.

    Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu 2015, arXiv:1506.02025.

    >>> F.spatial_transformer_grid(np.float32([[[1, 0, 0], [0, 1, 0]]]), (1, 2)).array[0, 0]
    array([[-1.,  1.]], dtype=float32)
    """
    parse_kwargs(kwargs, use_cudnn=_NO_CUDNN)
    return _spatial_transformer_grid(theta, tuple(map(int, output_shape)))


@differentiable(node="SpatialTransformerGrid", path="array.spatial_transformer_grid", attrs=("output_shape",), static=("output_shape",))
def _spatial_transformer_grid(theta, output_shape):
    expect_floating("spatial_transformer_grid", theta=theta)
    expect(theta.shape[1:] == (2, 3), "spatial_transformer_grid", "theta (n, 2, 3)", theta=theta)
    h, w = output_shape
    ys, xs = np.meshgrid(np.linspace(-1, 1, h), np.linspace(-1, 1, w), indexing="ij")
    coordinates = np.stack([xs, ys, np.ones((h, w))]).reshape(3, h * w).astype(theta.dtype)
    return (theta @ coordinates).reshape(len(theta), 2, h, w)


def spatial_transformer_sampler(x, grid, **kwargs):
    """Pixels of images at places between pixels, bilinearly; 0 outside.

    Args:
        x: float array ``(n, c, h, w)``.
        grid: float array ``(n, 2, out_h, out_w)`` of the same dtype: the x and y of each new pixel, from -1 to 1.

    Returns:
        Variable ``(n, c, out_h, out_w)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu 2015, arXiv:1506.02025.

    >>> F.spatial_transformer_sampler(np.float32([[[[0, 2]]]]), np.zeros((1, 2, 1, 1), "f")).array
    array([[[[1.]]]], dtype=float32)
    """
    parse_kwargs(kwargs, use_cudnn=_NO_CUDNN)
    return _spatial_transformer_sampler(x, grid)


@differentiable(node="SpatialTransformerSampler", path="array.spatial_transformer_sampler", retain=(0, 1))
def _spatial_transformer_sampler(x, grid):
    expect_floating("spatial_transformer_sampler", x=x)
    expect_same_dtype("spatial_transformer_sampler", x=x, grid=grid)
    fits = x.ndim == grid.ndim == 4 and grid.shape[1] == 2 and len(x) == len(grid)
    expect(fits, "spatial_transformer_sampler", "x (n, c, h, w) and grid (n, 2, out_h, out_w)", x=x, grid=grid)
    (n, c, h, w), out = x.shape, grid.shape[2:]
    # A border of zeros is what lies outside.
    pixels = jnp.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))).reshape(n, c, (h + 2) * (w + 2))
    (u0, u), (v0, v) = _cell(grid[:, 0], w), _cell(grid[:, 1], h)

    def at(v, u):
        return jnp.take_along_axis(pixels, (v * (w + 2) + u).reshape(n, 1, -1), axis=2).reshape(n, c, *out)

    u, v = u[:, None], v[:, None]
    above = at(v0, u0) * (1 - u) + at(v0, u0 + 1) * u
    below = at(v0 + 1, u0) * (1 - u) + at(v0 + 1, u0 + 1) * u
    return above * (1 - v) + below * v


def _cell(places, size):
    """The pixel before a place, counting the border, and how far beyond it; no gradient goes to places outside of the border."""
    places = (places + 1) * ((size - 1) / 2) + 1
    places = jnp.where((places > 0) & (places < size + 1), places, lax.stop_gradient(jnp.clip(places, 0, size + 1)))
    before = lax.stop_gradient(jnp.clip(jnp.floor(places), 0, size))
    return before.astype(np.int32), places - before
