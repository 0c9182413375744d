"""Functions with weights."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Spec, real, whole


def windows(x, ksize, stride, pad, cover_all=False, dilate=1, fill=0.0):
    """``(n, c, oh, ow, kh, kw)``: all windows of images, the places beyond the edges filled."""
    places = []
    for size, k, s, p, d in zip(x.shape[2:], *[(a, a) if isinstance(a, int) else a for a in (ksize, stride, pad, dilate)], strict=True):
        reach = d * (k - 1) + 1
        n = (size + 2 * p - reach + (s - 1) * cover_all) // s + 1
        places.append(np.arange(n)[:, None] * s + np.arange(k) * d - p)
    inside = [(a >= 0) & (a < size) for a, size in zip(places, x.shape[2:], strict=True)]
    rows, columns = [np.where(ok, a, 0) for a, ok in zip(places, inside, strict=True)]
    found = x[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    return np.where(inside[0][:, None, :, None] & inside[1][None, :, None, :], found, fill)


def convolution_2d(x, W, b=None, stride=1, pad=0, cover_all=False, dilate=1, groups=1):
    seen, n = windows(x, W.shape[2:], stride, pad, cover_all, dilate), W.shape[1]
    parts = [np.einsum("ncijkl,ockl->noij", seen[:, g * n : (g + 1) * n], part) for g, part in enumerate(np.split(W, groups))]
    y = np.concatenate(parts, axis=1)
    return y if b is None else y + b[:, None, None]


def embed_id(x, W, ignore_label=None):
    return np.where((x == ignore_label)[..., None], 0, W[np.where(x == ignore_label, 0, x)])


def linear(x, W, b=None, n_batch_axes=1):
    y = x.reshape(*x.shape[:n_batch_axes], -1) @ W.T if x.size else np.zeros((*x.shape[:n_batch_axes], len(W)))
    return y if b is None else y + b


ROWS = [
    Spec(
        "convolution_2d",
        convolution_2d,
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
            Bad("embed_id: expected W with 2 axes", InvalidType, W=np.float32([1])),
            Bad("embed_id: expected ids at least 0 and below 4, got 4", IndexError, late=True, x=np.int32([0, 4])),
            Bad("embed_id: expected ids at least 0 and below 4, got -1", ValueError, late=True, x=np.int32([-1])),
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
]
