"""Summaries of regions of interest, and of pyramids of windows."""

import math
import numbers

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax

from ...differentiable import differentiable, parts
from .._args import pair
from .._check import expect, expect_choice, expect_floating, expect_in_range, expect_ndim, expect_same_dtype, on_host
from ..array import concat, reshape
from ._pooling import max_pooling_2d

_WHO = ("outsize", "spatial_scale")


def spatial_pyramid_pooling_2d(x, pyramid_height, pooling=None, *, pooling_class=None):
    """The largest elements of images cut into 1, 4, 16, ... windows: vectors of one length whatever the size of the images.

    Args:
        x: float array ``(n, c, h, w)``.
        pyramid_height: how many levels; the windows of each are half as high and wide as those of the one before.
        pooling: ``"max"``, the only one that there is.
        pooling_class: the same as the class ``F.MaxPooling2D``, which may be given as ``pooling`` too: the way of Chainer 1.

    Returns:
        Variable ``(n, c * (1 + 4 + 16 + ...), 1, 1)``.

    Raises:
        InvalidType: ``x`` is no batch of float images.
        ValueError: ``pooling`` is another.

    Source: He, Zhang, Ren, Sun 2014, arXiv:1406.4729.

    >>> F.spatial_pyramid_pooling_2d(np.arange(4, dtype="f").reshape(1, 1, 2, 2), 2, "max").array.ravel()
    array([3., 0., 1., 2., 3.], dtype=float32)
    """
    pooling = pooling if pooling_class is None else pooling_class
    if getattr(pooling, "__name__", None) == "MaxPooling2D":
        pooling = "max"
    expect_choice("spatial_pyramid_pooling_2d", "pooling", pooling, "max")
    levels = []
    for level in range(pyramid_height):
        ksize = [math.ceil(size / 2**level) for size in x.shape[2:]]
        pad = [(2**level * k - size) // 2 for k, size in zip(ksize, x.shape[2:], strict=True)]
        y = max_pooling_2d(x, ksize, None, pad, cover_all=True)
        levels.append(reshape(y, (len(x), -1, 1, 1)))
    return concat(levels)


def roi_pooling_2d(x, rois, outh, outw, spatial_scale):
    """The largest element of each cell of regions of images, the pixels at their edges included.

    Args:
        x: float array ``(n, c, h, w)``.
        rois: float array ``(r, 5)`` of the dtype of ``x``: for each region the number of the image, ``x_min``, ``y_min``, ``x_max``
            and ``y_max``.
        outh: into how many rows of cells a region falls. Static.
        outw: into how many columns. Static.
        spatial_scale: what the numbers of regions are multiplied by to be pixels.

    Returns:
        Variable ``(r, c, outh, outw)``; cells without pixels are 0.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Girshick 2015, Fast R-CNN, arXiv:1504.08083.

    >>> F.roi_pooling_2d(np.arange(9, dtype="f").reshape(1, 1, 3, 3), np.float32([[0, 0, 0, 1, 1]]), 1, 2, 1.0).array
    array([[[[3., 4.]]]], dtype=float32)
    """
    return _roi_pooling_2d(x, rois, outh, outw, float(spatial_scale))


def roi_max_pooling_2d(x, rois, roi_indices, outsize, spatial_scale):
    """The largest element of each cell of regions of images.

    Args:
        x: float array ``(n, c, h, w)``.
        rois: float array ``(r, 4)`` of the dtype of ``x``: ``y_min``, ``x_min``, ``y_max`` and ``x_max`` of each region.
        roi_indices: int32 array ``(r,)``, the number of each region's image.
        outsize: into how many cells a region falls, an int or ``(oh, ow)``. Static.
        spatial_scale: what the numbers of regions are multiplied by to be pixels.

    Returns:
        Variable ``(r, c, oh, ow)``; cells without pixels are minus infinity.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        TypeError: ``outsize`` or ``spatial_scale`` is not above 0.
        OutOfRange: there is no such image (an ``IndexError`` and ``ValueError``).

    Source: Girshick 2015, Fast R-CNN, arXiv:1504.08083.

    >>> x, rois, indices = np.arange(9, dtype="f").reshape(1, 1, 3, 3), np.float32([[0, 0, 2, 2]]), np.int32([0])
    >>> F.roi_max_pooling_2d(x, rois, indices, (1, 2), 1.0).array
    array([[[[3., 4.]]]], dtype=float32)
    """
    with _images("roi_max_pooling_2d", x, roi_indices):
        return _roi_max_pooling_2d(x, rois, roi_indices, *_size("roi_max_pooling_2d", outsize, spatial_scale))


def roi_average_pooling_2d(x, rois, roi_indices, outsize, spatial_scale):
    """The mean of each cell of regions of images; cells without pixels are 0.

    The arguments ``x``, ``rois``, ``roi_indices``, ``outsize`` and ``spatial_scale`` are those of :func:`roi_max_pooling_2d`.

    >>> x, rois, indices = np.arange(9, dtype="f").reshape(1, 1, 3, 3), np.float32([[0, 0, 2, 2]]), np.int32([0])
    >>> F.roi_average_pooling_2d(x, rois, indices, (1, 2), 1.0).array
    array([[[[1.5, 2.5]]]], dtype=float32)
    """
    with _images("roi_average_pooling_2d", x, roi_indices):
        return _roi_average_pooling_2d(x, rois, roi_indices, *_size("roi_average_pooling_2d", outsize, spatial_scale))


def roi_max_align_2d(x, rois, roi_indices, outsize, spatial_scale, sampling_ratio=None):
    """The largest of some points in each cell of regions of images, between pixels.

    Args:
        x: float array ``(n, c, h, w)``.
        rois: float array ``(r, 4)`` of the dtype of ``x``: ``y_min``, ``x_min``, ``y_max`` and ``x_max`` of each region.
        roi_indices: int32 array ``(r,)``, the number of each region's image.
        outsize: into how many cells a region falls, an int or ``(oh, ow)``. Static.
        spatial_scale: what the numbers of regions are multiplied by to be pixels.
        sampling_ratio: how many rows and columns of points there are in a cell, an int or a pair; ``None`` for one for each pixel,
            which looks at the numbers of ``rois`` now. Static.

    Returns:
        Variable ``(r, c, oh, ow)``; cells without points in the image are minus infinity.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        TypeError: ``outsize``, ``spatial_scale`` or ``sampling_ratio`` is not above 0.
        OutOfRange: there is no such image (an ``IndexError`` and ``ValueError``).

    Source: He, Gkioxari, Dollar, Girshick 2017, Mask R-CNN, arXiv:1703.06870.

    >>> x, rois, indices = np.arange(9, dtype="f").reshape(1, 1, 3, 3), np.float32([[0, 0, 2, 2]]), np.int32([0])
    >>> F.roi_max_align_2d(x, rois, indices, 1, 1.0, 2).array
    array([[[[6.]]]], dtype=float32)
    """
    who = "roi_max_align_2d"
    with _images(who, x, roi_indices):
        outsize, scale = _size(who, outsize, spatial_scale)
        ratio, points = _points(who, rois, outsize, scale, sampling_ratio)
        return _roi_max_align_2d(x, rois, roi_indices, outsize, scale, ratio, points)


def roi_average_align_2d(x, rois, roi_indices, outsize, spatial_scale, sampling_ratio=None):
    """The mean of some points in each cell of regions of images, between pixels; points outside of the image count as 0.

    The arguments ``x``, ``rois``, ``roi_indices``, ``outsize``, ``spatial_scale`` and ``sampling_ratio`` are those of
    :func:`roi_max_align_2d`.

    >>> x, rois, indices = np.arange(9, dtype="f").reshape(1, 1, 3, 3), np.float32([[0, 0, 2, 2]]), np.int32([0])
    >>> F.roi_average_align_2d(x, rois, indices, 1, 1.0, 2).array
    array([[[[4.]]]], dtype=float32)
    """
    who = "roi_average_align_2d"
    with _images(who, x, roi_indices):
        outsize, scale = _size(who, outsize, spatial_scale)
        ratio, points = _points(who, rois, outsize, scale, sampling_ratio)
        return _roi_average_align_2d(x, rois, roi_indices, outsize, scale, ratio, points)


# The nodes ----------------------------------------------------------------------------------------------------------------------


@differentiable(
    node="ROIPooling2D",
    path="pooling.roi_pooling_2d",
    attrs=("outh", "outw", "spatial_scale"),
    retain=(1,),
    constant=(1,),
    static=("outh", "outw"),
)
def _roi_pooling_2d(x, rois, outh, outw, spatial_scale=1.0):
    who = "roi_pooling_2d"
    expect_floating(who, x=x)
    expect_ndim(who, 4, x=x)
    expect_same_dtype(who, x=x, rois=rois)
    expect(rois.ndim == 2 and rois.shape[1] == 5, who, "rois of shape (r, 5)", rois=rois)
    corners = rois[:, jnp.array([2, 1, 4, 3])]
    rows, columns = _cells(x, corners, (outh, outw), spatial_scale, 1)
    y = _largest(x, rois[:, 0].astype(jnp.int32), rows, columns, 0.0)
    # A region that ends before it starts counts as one pixel, but Chainer lets no gradient through it.
    proper = (corners[:, :2] * spatial_scale).round() <= (corners[:, 2:] * spatial_scale).round()
    return jnp.where(proper.all(1)[:, None, None, None], y, lax.stop_gradient(y))


@differentiable(
    node="ROIMaxPooling2D",
    path="pooling.roi_max_pooling_2d",
    attrs=_WHO,
    retain=(1, 2),
    constant=(1,),
    static=("outsize",),
    members=parts("outsize", "outh", "outw"),
)
def _roi_max_pooling_2d(x, rois, roi_indices, outsize, spatial_scale=1.0):
    _expect_regions("roi_max_pooling_2d", x, rois, roi_indices)
    return _largest(x, roi_indices, *_cells(x, rois, pair(outsize), spatial_scale, 0), -jnp.inf)


@differentiable(
    node="ROIAveragePooling2D",
    path="pooling.roi_average_pooling_2d",
    attrs=_WHO,
    retain=(1, 2),
    constant=(1,),
    static=("outsize",),
    members=parts("outsize", "outh", "outw"),
)
def _roi_average_pooling_2d(x, rois, roi_indices, outsize, spatial_scale=1.0):
    _expect_regions("roi_average_pooling_2d", x, rois, roi_indices)
    weights = [m / jnp.maximum(m.sum(-1, keepdims=True), 1) for m in _cells(x, rois, pair(outsize), spatial_scale, 0)]
    return _weighted(x, roi_indices, *weights)


_ALIGN = {
    "attrs": (*_WHO, "sampling_ratio"),
    "retain": (1, 2),
    "constant": (1,),
    "static": ("outsize", "sampling_ratio", "points"),
    "members": parts("outsize", "outh", "outw"),
}


@differentiable(node="ROIMaxAlign2D", path="pooling.roi_max_align_2d", **_ALIGN)
def _roi_max_align_2d(x, rois, roi_indices, outsize, spatial_scale=1.0, sampling_ratio=None, points=None):
    _expect_regions("roi_max_align_2d", x, rois, roi_indices)
    (rows, inside), (columns, beside), _ = _interpolations(x, rois, outsize, spatial_scale, sampling_ratio, points)
    (r, oh, i, _), (ow, j) = rows.shape, columns.shape[1:3]
    found = _weighted(x, roi_indices, rows.reshape(r, oh * i, -1), columns.reshape(r, ow * j, -1))
    found = found.reshape(r, x.shape[1], oh, i, ow, j).transpose(0, 1, 2, 4, 3, 5).reshape(r, x.shape[1], oh, ow, i * j)
    valid = (inside[:, :, None, :, None] & beside[:, None, :, None, :]).reshape(r, 1, oh, ow, i * j)
    found = jnp.where(valid, found, -jnp.inf)
    # The gradient goes to the first of those that are largest, where that of max would be shared among them.
    return jnp.take_along_axis(found, lax.stop_gradient(found).argmax(-1, keepdims=True), -1)[..., 0]


@differentiable(node="ROIAverageAlign2D", path="pooling.roi_average_align_2d", **_ALIGN)
def _roi_average_align_2d(x, rois, roi_indices, outsize, spatial_scale=1.0, sampling_ratio=None, points=None):
    _expect_regions("roi_average_align_2d", x, rois, roi_indices)
    (rows, inside), (columns, beside), counts = _interpolations(x, rois, outsize, spatial_scale, sampling_ratio, points)
    weights = [
        jnp.where(valid[..., None], w, 0).sum(2) / n.astype(x.dtype)[:, None, None]
        for w, valid, n in zip((rows, columns), (inside, beside), counts, strict=True)
    ]
    return _weighted(x, roi_indices, *weights)


# The mechanism ------------------------------------------------------------------------------------------------------------------


def _images(who, x, roi_indices):
    return expect_in_range(who, "roi_indices", roi_indices, x, 0)


def _positive(x):
    return isinstance(x, numbers.Integral) and x > 0


def _size(who, outsize, spatial_scale):
    for size in outsize if hasattr(outsize, "__len__") else (outsize,):
        if not _positive(size):
            raise TypeError(f"{who}: expected outsize of ints above 0, got {outsize}")
    if not (isinstance(spatial_scale, numbers.Real) and spatial_scale > 0):
        raise TypeError(f"{who}: expected spatial_scale a number above 0, got {spatial_scale!r}")
    return pair(outsize), float(spatial_scale)


def _points(who, rois, outsize, scale, sampling_ratio):
    """The pair of sampling ratios, and how many rows and columns of points there are at most in a cell."""
    ratio = tuple(sampling_ratio) if hasattr(sampling_ratio, "__len__") else (sampling_ratio,) * 2
    if len(ratio) != 2 or not all(n is None or _positive(n) for n in ratio):
        raise TypeError(f"{who}: expected sampling_ratio of ints above 0 or None, got {sampling_ratio}")
    if None not in ratio or rois.ndim != 2 or rois.shape[1] != 4 or not len(rois):
        return ratio, tuple(n or 1 for n in ratio)
    host = on_host(rois)
    host = np.asarray(getattr(rois, "array", rois) if host is None else host)
    largest = np.maximum((host[:, 2:] - host[:, :2]).max(0) * scale, 1)
    # Powers of two, so that few programs do for all regions.
    return ratio, tuple(n or 1 << math.ceil(math.log2(math.ceil(a / o))) for n, a, o in zip(ratio, largest, outsize, strict=True))


def _expect_regions(who, x, rois, roi_indices):
    expect_floating(who, x=x)
    expect_ndim(who, 4, x=x)
    expect_same_dtype(who, x=x, rois=rois)
    expect(rois.ndim == 2 and rois.shape[1] == 4, who, "rois of shape (r, 4)", rois=rois)
    expect(roi_indices.dtype == np.int32, who, "roi_indices of int32", roi_indices=roi_indices)
    expect(roi_indices.shape == rois.shape[:1], who, "a number of an image for each of rois", rois=rois, roi_indices=roi_indices)


def _cells(x, corners, outsize, scale, edge):
    """For rows and columns: which pixels each cell of each region has, ``(r, cells, pixels)`` of the dtype of ``x``."""
    ends = jnp.round(corners * scale).astype(jnp.int32)
    wide, masks = jax.dtypes.canonicalize_dtype("float64"), []  # float32 where a program that uses jax.jit itself has no other
    for axis, n in enumerate(outsize):
        first, last = ends[:, axis, None], ends[:, 2 + axis, None]
        # Chainer computes in double precision, whose errors decide where cells end; XLA would multiply by the reciprocal of n.
        step = jnp.maximum(last - first + edge, 1).astype(wide) / lax.optimization_barrier(jnp.asarray(n, wide))
        cells, pixels = jnp.arange(n, dtype=wide)[None], jnp.arange(x.shape[2 + axis], dtype=jnp.int32)[None, None]
        start = first + jnp.floor(cells * step).astype(jnp.int32)
        stop = first + jnp.ceil((cells + 1) * step).astype(jnp.int32)
        masks.append(((pixels >= start[..., None]) & (pixels < stop[..., None])).astype(x.dtype))
    return masks


def _interpolations(x, rois, outsize, scale, ratio, points):
    """For rows and columns: the weights of pixels at points ``(r, cells, points, pixels)``, and which points count; and how many."""
    found, counts = [], []
    for axis, (n, given, most) in enumerate(zip(pair(outsize), ratio, points, strict=True)):
        first, last, size = rois[:, axis] * scale, rois[:, 2 + axis] * scale, x.shape[2 + axis]
        cell = jnp.maximum(last - first, 1) / n
        count = jnp.ceil(cell).astype(jnp.int32) if given is None else jnp.full(cell.shape, given, jnp.int32)
        steps = (jnp.arange(most, dtype=x.dtype) + 0.5)[None] * (cell / count.astype(x.dtype))[:, None]
        at = (first[:, None] + jnp.arange(n, dtype=x.dtype)[None] * cell[:, None])[..., None] + steps[:, None]
        valid = (at >= -1) & (at <= size) & (jnp.arange(most, dtype=jnp.int32)[None, None] < count[:, None, None])
        near = jnp.abs(jnp.clip(at, 0, size - 1)[..., None] - jnp.arange(size, dtype=x.dtype)[None, None, None])
        found.append((jnp.maximum(1 - near, 0), valid))
        counts.append(count)
    return *found, counts


def _weighted(x, images, rows, columns):
    return jnp.einsum("rph,rchw,rqw->rcpq", rows, x[images], columns)


def _largest(x, images, rows, columns, empty):
    """The first of the largest elements of each cell: rows from above, then from the left."""
    seen = lax.stop_gradient(x)[images]
    in_rows = jnp.where(columns[:, None, None] > 0, seen[:, :, :, None], -jnp.inf)  # (r, c, h, ow, w)
    left, best = in_rows.argmax(-1), in_rows.max(-1)
    in_cells = jnp.where(rows[:, None, :, :, None] > 0, best[:, :, None], -jnp.inf)  # (r, c, oh, h, ow)
    top = in_cells.argmax(3)
    left = jnp.take_along_axis(left, top, 2)
    images, channels = images[:, None, None, None], jnp.arange(x.shape[1])[None, :, None, None]
    some = (rows.sum(-1)[:, :, None] * columns.sum(-1)[:, None] > 0)[:, None]
    return jnp.where(some, x[images, channels, top, left], jnp.asarray(empty, x.dtype))
