"""Functions with weights."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Spec, real, whole


def per_axis(number, n):
    return (number,) * n if isinstance(number, int) else number


def windows(x, ksize, stride, pad, cover_all=False, dilate=1, fill=0.0):
    """``(n, c, *outs, *ksize)``: all windows of images, the places beyond the edges filled."""
    n, at, inside = x.ndim - 2, [], True
    for i, (size, k, s, p, d) in enumerate(zip(x.shape[2:], *[per_axis(a, n) for a in (ksize, stride, pad, dilate)], strict=True)):
        out = (size + 2 * p - (d * (k - 1) + 1) + (s - 1) * cover_all) // s + 1
        place = np.arange(out)[:, None] * s + np.arange(k) * d - p
        place = place.reshape([out if j == i else k if j == n + i else 1 for j in range(2 * n)])
        inside = inside & (place >= 0) & (place < size)
        at.append(place.clip(0, size - 1))
    return np.where(inside, x[(slice(None), slice(None), *at)], fill)


def convolution(x, W, b=None, stride=1, pad=0, cover_all=False, dilate=1, groups=1):
    seen, c, n = windows(x, W.shape[2:], stride, pad, cover_all, dilate), W.shape[1], x.ndim - 2
    ks = range(2 + n, 2 + 2 * n)
    parts = [np.tensordot(seen[:, g * c : (g + 1) * c], part, ([1, *ks], range(1, 2 + n))) for g, part in enumerate(np.split(W, groups))]
    return np.moveaxis(np.concatenate(parts, axis=-1) + (0 if b is None else b), -1, 1)


def deconvolution(x, W, b=None, stride=1, pad=0, outsize=None, dilate=1, groups=1):
    n, ks = x.ndim - 2, W.shape[2:]
    stride, pad, dilate = (np.array(per_axis(a, n)) for a in (stride, pad, dilate))
    outs = outsize or tuple(stride * (np.array(x.shape[2:]) - 1) + dilate * (np.array(ks) - 1) + 1 - 2 * pad)
    y = np.zeros((len(x), groups, W.shape[1], *outs))
    x, W = x.reshape(len(x), groups, -1, *x.shape[2:]), W.reshape(groups, -1, *W.shape[1:])
    for i in np.ndindex(x.shape[3:]):
        for k in np.ndindex(ks):
            at = tuple(i * stride + k * dilate - pad)
            if all(0 <= a < out for a, out in zip(at, outs, strict=True)):
                y[(..., *at)] += np.einsum("ngc,gco->ngo", x[(..., *i)], W[(..., *k)])
    return y.reshape(len(x), -1, *outs) + (0 if b is None else b.reshape(-1, *(1,) * n))


def depthwise_convolution_2d(x, W, b=None, stride=1, pad=0):
    return convolution(x, W.swapaxes(0, 1).reshape(-1, 1, *W.shape[2:]), b, stride, pad, groups=x.shape[1])


def local_convolution_2d(x, W, b=None, stride=1):
    n, oh, ow = W.shape[:3]
    y = np.zeros((len(x), n, oh, ow))
    for i, j in np.ndindex(oh, ow):
        part = x[:, :, i * stride :, j * stride :][:, :, : W.shape[4], : W.shape[5]]
        y[:, :, i, j] = np.tensordot(part, W[:, i, j], ([1, 2, 3], [1, 2, 3]))
    return y if b is None else y + b


def shift(x, ksize=3, dilate=1):
    (kh, kw), (dy, dx), n = per_axis(ksize, 2), per_axis(dilate, 2), np.prod(per_axis(ksize, 2))
    order = [*range(n)]
    order[n // 2], order[-1] = n - 1, n // 2
    y, size = np.zeros_like(x), x.shape[1] // n
    for c in range(x.shape[1]):
        place = order[min(c // size, n - 1)]
        up, left = (place // kw - kh // 2) * dy, (place % kw - kw // 2) * dx
        for i, j in np.ndindex(x.shape[2:]):
            if 0 <= i - up < x.shape[2] and 0 <= j - left < x.shape[3]:
                y[:, c, i, j] = x[:, c, i - up, j - left]
    return y


def deformable_convolution_2d_sampler(x, offset, W, b=None, stride=1, pad=0):
    (o, _, kh, kw), (n, _, oh, ow) = W.shape, offset.shape
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    y = np.zeros((n, o, oh, ow))
    for image, k, i, j in np.ndindex(n, kh * kw, oh, ow):
        row = i * stride + k // kw + offset[image, kh * kw + k, i, j]
        column = j * stride + k % kw + offset[image, k, i, j]
        near = [np.maximum(1 - abs(np.arange(size) - at), 0) for size, at in zip(x.shape[2:], (row, column), strict=True)]
        y[image, :, i, j] += W[:, :, k // kw, k % kw] @ np.einsum("chw,h,w->c", x[image], *near)
    return y if b is None else y + b[:, None, None]


def bilinear(e1, e2, W, V1=None, V2=None, b=None):
    e1, e2 = e1.reshape(len(e1), -1), e2.reshape(len(e2), -1)
    y = np.einsum("ij,ik,jkl->il", e1, e2, W)
    return y if V1 is None else y + e1 @ V1 + e2 @ V2 + b


def embed_id(x, W, ignore_label=None):
    return np.where((x == ignore_label)[..., None], 0, W[np.where(x == ignore_label, 0, x)])


def linear(x, W, b=None, n_batch_axes=1):
    y = x.reshape(*x.shape[:n_batch_axes], -1) @ W.T if x.size else np.zeros((*x.shape[:n_batch_axes], len(W)))
    return y if b is None else y + b


ROWS = [
    Spec(
        "bilinear",
        bilinear,
        [
            {"e1": real(2, 3), "e2": real(2, 2), "W": real(3, 2, 2, low=-1, high=1)},
            {"e1": real(1, 1, 2), "e2": real(1, 1), "W": real(2, 1, 2), "V1": real(2, 2), "V2": real(1, 2), "b": real(2)},
        ],
        extremes="sums of products of the largest numbers overflow",
        oracle=dict.fromkeys(range(2), "Chainer takes float32 only"),
        errors=[
            Bad("bilinear: expected e1 with vectors of length 3", InvalidType, e1=np.zeros((2, 2), "f")),
            Bad("bilinear: expected e2 with vectors of length 2", InvalidType, e2=np.zeros((2, 3), "f")),
            Bad("bilinear: expected as many e1 as e2", InvalidType, e2=np.zeros((1, 2), "f")),
            Bad("bilinear: expected e1 and e2 and W of one dtype", InvalidType, e1=np.zeros((2, 3))),
            Bad("bilinear: expected all of V1, V2 and b", ValueError, b=np.zeros(2, "f")),
        ],
    ),
    Spec(
        "convolution_1d",
        convolution,
        [{"x": real(1, 2, 4), "W": real(2, 1, 2), "groups": 2, "dilate": 2}],
        extremes="sums of products of the largest numbers overflow",
        errors=[Bad("convolution_1d: expected x with 3 axes", ValueError, x=np.zeros((1, 2, 3, 3), "f"))],
    ),
    Spec(
        "convolution_2d",
        convolution,
        [
            {"x": real(1, 2, 3, 4), "W": real(2, 2, 2, 2, low=-1, high=1), "b": real(2)},
            {"x": real(2, 2, 5, 4), "W": real(4, 1, 2, 1), "stride": (2, 1), "pad": (0, 1), "dilate": (2, 1), "groups": 2},
            {"x": real(1, 1, 4, 4), "W": real(1, 1, 3, 3), "b": real(1), "stride": 2, "cover_all": True},
        ],
        extremes="sums of products of the largest numbers overflow",
        errors=[
            Bad("convolution_2d: expected x with 2 channels", InvalidType, x=np.zeros((1, 3, 3, 4), "f")),
            Bad("convolution_2d: expected x with 4 axes", InvalidType, x=np.zeros((1, 2, 3), "f")),
            Bad("convolution_2d: expected b of shape (2,)", InvalidType, b=np.zeros(3, "f")),
            Bad("convolution_2d: expected an output of positive size", RuntimeError, x=np.zeros((1, 2, 1, 1), "f")),
            Bad("convolution_2d: expected dilate at least 1", ValueError, dilate=0),
            Bad("deterministic", ValueError, deterministic=True),
        ],
    ),
    Spec(
        "convolution_3d",
        convolution,
        [{"x": real(1, 1, 2, 2, 3), "W": real(2, 1, 1, 2, 2), "b": real(2)}],
        extremes="sums of products of the largest numbers overflow",
        errors=[Bad("convolution_3d: expected x with 5 axes", ValueError, x=np.zeros((1, 1, 3, 3), "f"))],
    ),
    Spec(
        "convolution_nd",
        convolution,
        [
            {"x": real(2, 1, 5), "W": real(2, 1, 2), "b": real(2), "stride": 2, "pad": 1, "cover_all": True},
            {"x": real(1, 2, 3, 2, 2), "W": real(2, 1, 2, 1, 2), "pad": (0, 1, 0), "groups": 2},
        ],
        extremes="sums of products of the largest numbers overflow",
        errors=[
            Bad("convolution_nd: expected x with 2 channels", InvalidType, W=np.zeros((1, 2, 2), "f")),
            Bad("convolution_nd: expected W with 3 axes", InvalidType, W=np.zeros((2, 1, 2, 2), "f")),
            Bad("convolution_nd: expected b of shape (2,)", InvalidType, b=np.zeros(3, "f")),
            Bad("convolution_nd: expected an output of positive size", AssertionError, W=np.zeros((2, 1, 9), "f")),
            Bad("that 2 groups divide", TypeError, groups=2, x=np.zeros((2, 2, 5), "f"), W=np.zeros((3, 1, 2), "f")),
            Bad("expected one number or 1", ValueError, stride=(1, 1)),
        ],
    ),
    Spec(
        "deconvolution_1d",
        deconvolution,
        [{"x": real(1, 2, 3), "W": real(2, 1, 2), "groups": 2, "stride": 2}],
        extremes="sums of products of the largest numbers overflow",
        errors=[Bad("deconvolution_1d: expected x with 3 axes", ValueError, x=np.zeros((1, 2, 3, 3), "f"))],
    ),
    Spec(
        "deconvolution_2d",
        deconvolution,
        [
            {"x": real(1, 2, 2, 3), "W": real(2, 2, 2, 2, low=-1, high=1), "b": real(2)},
            {"x": real(1, 2, 2, 3), "W": real(2, 1, 2, 2), "stride": (2, 1), "pad": (1, 0), "dilate": (1, 2), "groups": 2},
            {"x": real(1, 1, 3, 2), "W": real(1, 1, 2, 2), "stride": 2, "pad": 1, "outsize": (5, 3)},
        ],
        extremes="sums of products of the largest numbers overflow",
        errors=[
            Bad("deconvolution_2d: expected x with 2 channels, to fit W", InvalidType, x=np.zeros((1, 3, 2, 3), "f")),
            Bad("deconvolution_2d: expected x with 4 axes", InvalidType, x=np.zeros((1, 2, 3), "f")),
            Bad("deconvolution_2d: expected x and b of one dtype", InvalidType, b=np.zeros(2)),
            Bad("deconvolution_2d: expected an outsize that a convolution makes x of", InvalidType, outsize=(9, 9)),
            Bad("deconvolution_2d: expected an output of positive size", RuntimeError, pad=5),
            Bad("that 4 groups divide", TypeError, groups=4),
            Bad("deterministic", ValueError, deterministic=True),
        ],
    ),
    Spec(
        "deconvolution_3d",
        deconvolution,
        [{"x": real(1, 1, 1, 2, 2), "W": real(1, 2, 1, 2, 1), "b": real(2)}],
        extremes="sums of products of the largest numbers overflow",
        errors=[Bad("deconvolution_3d: expected x with 5 axes", ValueError, x=np.zeros((1, 1, 3, 3), "f"))],
    ),
    Spec(
        "deconvolution_nd",
        deconvolution,
        [{"x": real(2, 1, 3), "W": real(1, 2, 2), "b": real(2), "stride": 2, "pad": 1, "outsize": (5,)}],
        extremes="sums of products of the largest numbers overflow",
        errors=[
            Bad("deconvolution_nd: expected x with more than 2 axes", InvalidType, x=np.zeros((2, 1), "f"), stride=(), pad=(), outsize=()),
            Bad("deconvolution_nd: expected b of shape (2,)", InvalidType, b=np.zeros(3, "f")),
        ],
    ),
    Spec(
        "deformable_convolution_2d_sampler",
        deformable_convolution_2d_sampler,
        [
            {"x": real(1, 1, 3, 3), "offset": real(1, 4, 3, 2, low=0.25, high=0.75), "W": real(1, 1, 1, 2)},
            {
                "x": real(1, 2, 2, 3),
                "offset": real(1, 2, 2, 3, low=0.25, high=0.75),
                "W": real(1, 2, 1, 1),
                "b": real(1),
                "stride": 2,
                "pad": 1,
            },
        ],
        dtypes=("float64", "float32"),
        extremes="sums of products of the largest numbers overflow",
        errors=[
            Bad("expected an offset of 4 channels, to fit W", ValueError, offset=np.zeros((1, 2, 3, 2), "f")),
        ],
    ),
    Spec(
        "depthwise_convolution_2d",
        depthwise_convolution_2d,
        [
            {"x": real(1, 2, 3, 3), "W": real(2, 2, 2, 2), "b": real(4)},
            {"x": real(1, 2, 3, 3), "W": real(1, 2, 1, 2), "stride": 2, "pad": (0, 1)},
        ],
        extremes="sums of products of the largest numbers overflow",
        errors=[Bad("depthwise_convolution_2d: expected x with 2 channels", InvalidType, x=np.zeros((1, 3, 3, 3), "f"))],
    ),
    Spec(
        "dilated_convolution_2d",
        convolution,
        [{"x": real(1, 1, 3, 4), "W": real(1, 1, 2, 2), "dilate": (2, 1)}],
        extremes="sums of products of the largest numbers overflow",
        errors=[Bad("convolution_2d: expected x with 1 channels", InvalidType, x=np.zeros((1, 3, 3, 4), "f"))],
    ),
    Spec(
        "embed_id",
        embed_id,
        oracle={2: "Chainer cannot go backward through no ids"},
        cases=[
            {"x": whole(3, high=3), "W": real(4, 2)},
            {"x": whole(2, 3, low=-1, high=1), "W": real(2, 3), "ignore_label": -1},
            {"x": whole(0), "W": real(2, 1)},
        ],
        errors=[
            Bad("embed_id: expected x to be integer", InvalidType, x=np.float32([1])),
            Bad("embed_id: expected W with 2 axes", InvalidType, W=np.zeros(4, "f")),
            Bad("embed_id: expected ids at least 0 and below 4, got 4", IndexError, x=np.int32([0, 4])),
            Bad("embed_id: expected ids at least 0 and below 4, got -1", ValueError, x=np.int32([-1])),
        ],
        extremes="the gradient sums, and the sum of the largest numbers overflows",
    ),
    Spec(
        "linear",
        linear,
        [
            {"x": real(3, 2), "W": real(4, 2), "b": real(4)},
            {"x": real(2, 1, 3, 2), "W": real(2, 6), "n_batch_axes": 2},
            {"x": real(0, 2), "W": real(1, 2), "b": real(1)},
        ],
        extremes="sums of products of the largest numbers overflow",
        errors=[
            Bad("linear: expected x with vectors of length 2", InvalidType, x=np.zeros((3, 3), "f")),
            Bad("linear: expected W with 2 axes", InvalidType, W=np.zeros(2, "f")),
            Bad("linear: expected b of shape (4,)", InvalidType, b=np.zeros(3, "f")),
            Bad("linear: expected x and b of one dtype", InvalidType, b=np.zeros(4)),
            Bad("linear: expected n_batch_axes at least 1", ValueError, n_batch_axes=0),
        ],
    ),
    Spec(
        "local_convolution_2d",
        local_convolution_2d,
        [
            {"x": real(1, 2, 2, 3), "W": real(2, 1, 2, 2, 2, 2, low=-1, high=1), "b": real(2, 1, 2)},
            {"x": real(2, 1, 3, 3), "W": real(1, 2, 2, 1, 1, 1), "stride": 2},
        ],
        extremes="sums of products of the largest numbers overflow",
        errors=[
            Bad("local_convolution_2d: expected x with 2 channels", InvalidType, x=np.zeros((1, 3, 2, 3), "f")),
            Bad("local_convolution_2d: expected W with 6 axes", InvalidType, W=np.zeros((2, 2, 2, 2), "f")),
            Bad("local_convolution_2d: expected b of shape (2, 1, 2)", InvalidType, b=np.zeros((2, 2, 1), "f")),
            Bad("local_convolution_2d: expected images of at least (2, 3)", ValueError, x=np.zeros((1, 2, 2, 2), "f")),
        ],
    ),
    Spec(
        "shift",
        shift,
        [
            {"x": real(1, 7, 2, 3), "ksize": (1, 3)},
            {"x": real(1, 9, 2, 3), "ksize": 3, "dilate": (1, 2)},
        ],
        errors=[
            Bad("shift: expected x with at least 9 channels", InvalidType, ksize=3),
            Bad("shift: expected ksize odd", ValueError, ksize=2),
            Bad("shift: expected x with 4 axes", InvalidType, x=np.zeros((1, 9), "f")),
        ],
    ),
]
