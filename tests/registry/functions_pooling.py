"""Summaries of windows and regions."""

import math

import numpy as np

from chainjax.utils.type_check import InvalidType

from .functions_connection import deconvolution, per_axis, windows
from .spec import Bad, Spec, distinct, real, whole


def _windows(x, ksize, stride, pad, cover_all, fill):
    return windows(x, ksize, ksize if stride is None else stride, pad, cover_all, fill=fill).reshape(
        *_outs(x, ksize, stride, pad, cover_all), -1
    )


def _outs(x, ksize, stride, pad, cover_all):
    return windows(x, ksize, ksize if stride is None else stride, pad, cover_all).shape[: x.ndim]


def max_pooling(x, ksize, stride=None, pad=0, cover_all=True):
    return _windows(x, ksize, stride, pad, cover_all, -np.inf).max(-1)


def average_pooling(x, ksize, stride=None, pad=0, pad_value=0):
    seen = _windows(x, ksize, stride, pad, False, np.nan)
    return np.nanmean(seen, -1) if pad_value is None else np.nan_to_num(seen).mean(-1)


def unpooling(x, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    n = x.ndim - 2
    ksize, stride, pad = (per_axis(a, n) for a in (ksize, ksize if stride is None else stride, pad))
    if outsize is None:
        outsize = tuple(s * (d - 1) + k - 2 * p - (s - 1) * cover_all for d, k, s, p in zip(x.shape[2:], ksize, stride, pad, strict=True))
    y = deconvolution(x.reshape(-1, 1, *x.shape[2:]), np.ones((1, 1, *ksize)), None, stride, pad, outsize)
    return y.reshape(*x.shape[:2], *outsize)


def upsampling_2d(x, indexes, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    (n, c, oh, ow), stride = x.shape, ksize if stride is None else stride
    outsize = outsize or [stride * (d - 1) + ksize - 2 * pad - (stride - 1) * cover_all for d in (oh, ow)]
    y = np.zeros((n, c, *outsize))
    for i, j, k, m in np.ndindex(x.shape):
        row, column = k * stride + indexes[i, j, k, m] // ksize - pad, m * stride + indexes[i, j, k, m] % ksize - pad
        if 0 <= row < outsize[0] and 0 <= column < outsize[1]:
            y[i, j, row, column] += x[i, j, k, m]
    return y


def spatial_pyramid_pooling_2d(x, pyramid_height, pooling):
    levels = []
    for n in 2 ** np.arange(pyramid_height):
        ksize = [math.ceil(d / n) for d in x.shape[2:]]
        pad = [(n * k - d) // 2 for k, d in zip(ksize, x.shape[2:], strict=True)]
        levels.append(max_pooling(x, ksize, None, pad).reshape(len(x), -1, 1, 1))
    return np.concatenate(levels, axis=1)


def _cells(x, rois, images, outsize, scale, edge, empty, summary):
    (oh, ow), (h, w) = per_axis(outsize, 2), x.shape[2:]
    y = np.full((len(rois), x.shape[1], oh, ow), empty)
    for r, region in enumerate(rois):
        top, left, bottom, right = np.round(region * scale).astype(int)
        high, wide = max(bottom - top + edge, 1), max(right - left + edge, 1)
        for i, j in np.ndindex(oh, ow):
            rows = slice(*np.clip([top + i * high // oh, top - (-(i + 1) * high // oh)], 0, h))
            columns = slice(*np.clip([left + j * wide // ow, left - (-(j + 1) * wide // ow)], 0, w))
            part = x[int(images[r]), :, rows, columns]
            if part.size:
                y[r, :, i, j] = summary(part, (1, 2))
    return y


def roi_pooling_2d(x, rois, outh, outw, spatial_scale):
    return _cells(x, rois[:, [2, 1, 4, 3]], rois[:, 0], (outh, outw), spatial_scale, 1, 0.0, np.max)


def roi_max_pooling_2d(x, rois, roi_indices, outsize, spatial_scale):
    return _cells(x, rois, roi_indices, outsize, spatial_scale, 0, -np.inf, np.max)


def roi_average_pooling_2d(x, rois, roi_indices, outsize, spatial_scale):
    return _cells(x, rois, roi_indices, outsize, spatial_scale, 0, 0.0, np.mean)


def _points(x, rois, images, outsize, scale, ratio, empty, summary):
    sizes, outs = x.shape[2:], per_axis(outsize, 2)
    y = np.zeros((len(rois), x.shape[1], *outs))
    for r, region in enumerate(rois * scale):
        cells = [max(region[2 + a] - region[a], 1) / outs[a] for a in range(2)]
        counts = [math.ceil(cell) if ratio is None else ratio for cell in cells]
        for cell in np.ndindex(*outs):
            found = []
            for point in np.ndindex(*counts):
                at = [region[a] + (cell[a] + (point[a] + 0.5) / counts[a]) * cells[a] for a in range(2)]
                near = [np.maximum(1 - abs(np.arange(n) - np.clip(p, 0, n - 1)), 0) for n, p in zip(sizes, at, strict=True)]
                inside = all(-1 <= p <= n for n, p in zip(sizes, at, strict=True))
                found.append(np.einsum("chw,h,w->c", x[images[r]], *near) if inside else np.full(x.shape[1], empty))
            y[(r, slice(None), *cell)] = summary(found, 0)
    return y


def roi_max_align_2d(x, rois, roi_indices, outsize, spatial_scale, sampling_ratio=None):
    return _points(x, rois, roi_indices, outsize, spatial_scale, sampling_ratio, -np.inf, np.max)


def roi_average_align_2d(x, rois, roi_indices, outsize, spatial_scale, sampling_ratio=None):
    return _points(x, rois, roi_indices, outsize, spatial_scale, sampling_ratio, 0.0, np.mean)


def _named(name, n):
    return Bad(f"{name}: expected x with {n} axes", ValueError, x=np.zeros((1, 2), "f"))


def _regions(name):
    return [
        Bad(f"{name}: expected x with 4 axes", InvalidType, x=np.zeros((2, 2, 3), "f")),
        Bad(f"{name}: expected rois of shape (r, 4)", InvalidType, rois=np.zeros((2, 5), "f")),
        Bad(f"{name}: expected roi_indices of int32", InvalidType, roi_indices=np.zeros(2, "q")),
        Bad(f"{name}: expected x and rois of one dtype", InvalidType, rois=np.zeros((2, 4))),
        Bad(f"{name}: expected roi_indices at least 0 and below 2, got 2", IndexError, roi_indices=np.int32([0, 2])),
        Bad(f"{name}: expected outsize of ints above 0", TypeError, outsize=(0, 2)),
        Bad(f"{name}: expected spatial_scale a number above 0", TypeError, spatial_scale=-1.0),
    ]


SUMS = "sums of the largest numbers overflow"
REGIONS = {"rois": real(2, 4, low=0, high=2, grad=False), "roi_indices": whole(2, high=1)}

ROWS = [
    Spec(
        "average_pooling_1d", average_pooling, [{"x": real(1, 2, 4), "ksize": 2}], extremes=SUMS, errors=[_named("average_pooling_1d", 3)]
    ),
    Spec(
        "average_pooling_2d",
        average_pooling,
        [{"x": real(1, 2, 3, 4), "ksize": 2}, {"x": real(2, 1, 3, 4), "ksize": (2, 3), "stride": (1, 2), "pad": 1}],
        extremes=SUMS,
        errors=[
            Bad("average_pooling_2d: expected x with 4 axes", InvalidType, x=np.zeros((1, 2, 3), "f")),
            Bad("average_pooling_2d: expected x to be floating point", InvalidType, x=np.zeros((1, 2, 3, 4), "i")),
            Bad("average_pooling_2d: expected images that a window of (9, 9) fits into", AssertionError, ksize=9, stride=1),
        ],
    ),
    Spec(
        "average_pooling_3d",
        average_pooling,
        [{"x": real(1, 1, 2, 2, 2), "ksize": (1, 2, 2)}],
        extremes=SUMS,
        errors=[_named("average_pooling_3d", 5)],
    ),
    Spec(
        "average_pooling_nd",
        average_pooling,
        [
            {"x": real(1, 2, 4), "ksize": 3, "stride": 2, "pad": 1, "pad_value": None},
            {"x": real(1, 1, 3, 2), "ksize": 2, "pad": (0, 1), "pad_value": None},
        ],
        extremes=SUMS,
        errors=[
            Bad("average_pooling_nd: expected x to be floating point", InvalidType, x=np.zeros((1, 2, 4), "i")),
            Bad("average_pooling_nd: expected x with elements", InvalidType, x=np.zeros((0, 2, 4), "f")),
            Bad("average_pooling_nd: expected pad_value 0 or None", ValueError, pad_value=1),
            Bad("pooling: expected x with more than 2 axes", ValueError, x=np.zeros((1, 2), "f")),
        ],
    ),
    Spec("max_pooling_1d", max_pooling, [{"x": distinct(1, 2, 5), "ksize": 2}], errors=[_named("max_pooling_1d", 3)]),
    Spec(
        "max_pooling_2d",
        max_pooling,
        [
            {"x": distinct(1, 2, 3, 4), "ksize": 2},
            {"x": distinct(2, 1, 3, 4), "ksize": (2, 3), "stride": (1, 2), "pad": 1, "cover_all": False},
        ],
        errors=[
            _named("max_pooling_2d", 4),
            Bad("expected images that a window of (9, 9) fits into", AssertionError, ksize=9, stride=1, cover_all=False),
        ],
    ),
    Spec("max_pooling_3d", max_pooling, [{"x": distinct(1, 1, 2, 2, 3), "ksize": (1, 2, 2)}], errors=[_named("max_pooling_3d", 5)]),
    Spec(
        "max_pooling_nd",
        max_pooling,
        [{"x": distinct(1, 2, 4), "ksize": 3, "stride": 2, "pad": 1}],
        errors=[
            Bad("max_pooling_nd: expected x to be floating point", InvalidType, x=np.zeros((1, 2, 4), "i")),
            Bad("max_pooling_nd: expected x with elements", InvalidType, x=np.zeros((0, 2, 4), "f")),
            Bad("expected one number or 1", ValueError, pad=(1, 1)),
        ],
    ),
    Spec(
        "roi_average_align_2d",
        roi_average_align_2d,
        [
            {"x": real(2, 1, 3, 4), **REGIONS, "outsize": (1, 2), "spatial_scale": 1.0, "sampling_ratio": 2},
            {"x": real(2, 1, 3, 4), **REGIONS, "outsize": 1, "spatial_scale": 2.0},
        ],
        extremes=SUMS,
        oracle=dict.fromkeys(range(2), "Chainer takes float32 only"),
        errors=[
            *_regions("roi_average_align_2d"),
            Bad("roi_average_align_2d: expected sampling_ratio of ints above 0 or None", TypeError, sampling_ratio=0),
        ],
    ),
    Spec(
        "roi_average_pooling_2d",
        roi_average_pooling_2d,
        [{"x": real(2, 1, 3, 4), **REGIONS, "outsize": (1, 2), "spatial_scale": 1.0}],
        extremes=SUMS,
        orders=1,
        errors=_regions("roi_average_pooling_2d"),
    ),
    Spec(
        "roi_max_align_2d",
        roi_max_align_2d,
        [{"x": distinct(2, 1, 3, 4), **REGIONS, "outsize": (1, 2), "spatial_scale": 0.5, "sampling_ratio": 1}],
        extremes=SUMS,
        oracle={0: "Chainer takes float32 only"},
        errors=[
            *_regions("roi_max_align_2d"),
            Bad("roi_max_align_2d: expected sampling_ratio of ints above 0 or None", TypeError, sampling_ratio=(1, -1)),
        ],
    ),
    Spec(
        "roi_max_pooling_2d",
        roi_max_pooling_2d,
        [{"x": distinct(2, 1, 3, 4), **REGIONS, "outsize": (1, 2), "spatial_scale": 1.0}],
        orders=1,
        errors=_regions("roi_max_pooling_2d"),
    ),
    Spec(
        "roi_pooling_2d",
        roi_pooling_2d,
        [{"x": distinct(2, 1, 3, 4), "rois": real(2, 5, low=0.75, high=1, grad=False), "outh": 1, "outw": 2, "spatial_scale": 1.0}],
        errors=[
            Bad("roi_pooling_2d: expected x with 4 axes", InvalidType, x=np.zeros((1, 2, 3), "f")),
            Bad("roi_pooling_2d: expected rois of shape (r, 5)", InvalidType, rois=np.zeros((2, 4), "f")),
            Bad("roi_pooling_2d: expected x and rois of one dtype", InvalidType, rois=np.zeros((2, 5))),
        ],
    ),
    Spec(
        "spatial_pyramid_pooling_2d",
        spatial_pyramid_pooling_2d,
        [{"x": distinct(1, 2, 3, 2), "pyramid_height": 2, "pooling": "max"}],
        errors=[
            Bad("max_pooling_nd: expected x to be floating point", InvalidType, x=np.zeros((1, 2, 4, 4), "i")),
            Bad("spatial_pyramid_pooling_2d: expected pooling 'max'", ValueError, pooling="avg"),
        ],
    ),
    Spec(
        "unpooling_1d", unpooling, [{"x": real(1, 2, 2), "ksize": 2, "cover_all": False}], extremes=SUMS, errors=[_named("unpooling_1d", 3)]
    ),
    Spec(
        "unpooling_2d",
        unpooling,
        [
            {"x": real(1, 2, 2, 2), "ksize": 2, "outsize": (3, 4)},
            {"x": real(1, 1, 2, 3), "ksize": (3, 2), "stride": (2, 1), "pad": (1, 0), "cover_all": False},
        ],
        extremes=SUMS,
        errors=[
            Bad("unpooling_2d: expected x with 4 axes", InvalidType, x=np.zeros((1, 2, 3), "f")),
            Bad("unpooling_2d: expected x of (5, 5) windows, which outsize (9, 9) has", InvalidType, outsize=(9, 9)),
        ],
    ),
    Spec("unpooling_3d", unpooling, [{"x": real(1, 1, 1, 2, 2), "ksize": (1, 2, 1)}], extremes=SUMS, errors=[_named("unpooling_3d", 5)]),
    Spec(
        "unpooling_nd",
        unpooling,
        [{"x": real(1, 2, 3), "ksize": 3, "stride": 2, "pad": 1}],
        extremes=SUMS,
        errors=[
            Bad("unpooling_nd: expected x with elements", InvalidType, x=np.zeros((0, 2, 4), "f")),
            Bad("unpooling_nd: expected x to be floating point", InvalidType, x=np.zeros((1, 2, 4), "i")),
        ],
    ),
    Spec(
        "upsampling_2d",
        upsampling_2d,
        [
            {"x": real(1, 2, 2, 2), "indexes": whole(1, 2, 2, 2, high=3), "ksize": 2, "outsize": (4, 3)},
            {"x": real(1, 1, 2, 2), "indexes": whole(1, 1, 2, 2, high=8), "ksize": 3, "stride": 2, "pad": 1, "cover_all": False},
        ],
        extremes=SUMS,
        errors=[
            Bad("upsampling_2d: expected indexes of the shape of x", InvalidType, indexes=np.zeros((1, 2, 2, 1), "i")),
            Bad("upsampling_2d: expected indexes to be integer", InvalidType, indexes=np.zeros((1, 2, 2, 2), "f")),
            Bad("upsampling_2d: expected indexes at least 0 and below 4, got 4", IndexError, indexes=np.full((1, 2, 2, 2), 4)),
            Bad("upsampling_2d: expected x of (5, 5) windows", InvalidType, outsize=(9, 9)),
        ],
    ),
]
