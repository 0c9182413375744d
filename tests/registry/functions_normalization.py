"""Normalisation."""

import warnings

import numpy as np

import chainjax.functions as F
from chainjax.utils.type_check import InvalidType

from .spec import Bad, Number, Spec, distinct, real


def _axes(x, gamma, axis):
    axes = (0, *range(gamma.ndim + 1, x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return axes, tuple(None if a in axes else slice(None) for a in range(x.ndim))


def batch_normalization(x, gamma, beta, eps=2e-5, axis=None):
    axes, _ = _axes(x, gamma, axis)
    return fixed_batch_normalization(x, gamma, beta, x.mean(axes), x.var(axes), eps, axis)


def fixed_batch_normalization(x, gamma, beta, mean, var, eps=2e-5, axis=None):
    _, at = _axes(x, gamma, axis)
    return (x - mean[at]) / np.sqrt(var[at] + eps) * gamma[at] + beta[at]


def batch_renormalization(x, gamma, beta, rmax, dmax, eps=2e-5, running_mean=None, running_var=None, decay=0.9, update_statistics=False):
    axes, at = _axes(x, gamma, None)
    sigma, running = np.sqrt(x.var(axes) + eps), np.sqrt(running_var + eps)
    r = np.clip(sigma / running, 1 / rmax, rmax)
    d = np.clip((x.mean(axes) - running_mean) / running, -dmax, dmax)
    return ((x - x.mean(axes)[at]) / sigma[at] * r[at] + d[at]) * gamma[at] + beta[at]


def _fixed_batch_renormalization(*args, **kwargs):
    with warnings.catch_warnings(action="ignore"):  # it is deprecated
        return F.fixed_batch_renormalization(*args, **kwargs)


def group_normalization(x, groups, gamma, beta, eps=1e-5):
    y = np.empty_like(x)
    for part in np.split(np.arange(x.shape[1]), groups):
        axes = tuple(range(1, x.ndim))
        mean, var = x[:, part].mean(axes, keepdims=True), x[:, part].var(axes, keepdims=True)
        y[:, part] = (x[:, part] - mean) / np.sqrt(var + eps)
    at = (None, slice(None)) + (None,) * (x.ndim - 2)
    return y * gamma[at] + beta[at]


def layer_normalization(x, gamma, beta, eps=1e-5):
    return (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + eps) * gamma + beta


def normalize(x, eps=1e-5, axis=1):
    return x / (np.sqrt((x**2).sum(axis, keepdims=True)) + eps)


def local_response_normalization(x, n=5, k=2, alpha=1e-4, beta=0.75):
    y = np.empty_like(x)
    for i in range(x.shape[1]):
        around = x[:, max(i - n // 2, 0) : i + n // 2 + 1]
        y[:, i] = x[:, i] / (k + alpha * (around**2).sum(1)) ** beta
    return y


def _by_group(x, groups, whitened):
    rows = np.moveaxis(x, 1, 0).reshape(groups, x.shape[1] // groups, -1)
    y = np.stack([whitened(i, part) for i, part in enumerate(rows)])
    return np.moveaxis(y.reshape(x.shape[1], x.shape[0], *x.shape[2:]), 0, 1)


def decorrelated_batch_normalization(x, groups=16, eps=2e-5):
    def whitened(_, rows):
        rows = rows - rows.mean(1, keepdims=True)
        values, vectors = np.linalg.eigh(rows @ rows.T / rows.shape[1] + eps * np.eye(len(rows)))
        return vectors @ np.diag(values**-0.5) @ vectors.T @ rows

    return _by_group(x, groups, whitened)


def fixed_decorrelated_batch_normalization(x, mean, projection, groups=16):
    return _by_group(x, groups, lambda i, rows: projection[i] @ (rows - mean[i][:, None]))


_FLAT = {"x": distinct(4, 2), "gamma": real(2), "beta": real(2)}
_IMAGES = {"x": distinct(2, 3, 2, 1), "gamma": real(3), "beta": real(3)}
_LAST = {"x": distinct(3, 2, 2), "gamma": real(2), "beta": real(2), "axis": (0, 1)}
_OF = {2: {"mean": real(2), "var": real(2, low=0.5)}, 3: {"mean": real(3), "var": real(3, low=0.5)}}
# Running statistics so far from those of the batch that r and d are at their bounds, where their slope is 0 as that of constants.
_FAR = {n: {"running_mean": real(n, low=100, high=200, grad=False), "running_var": real(n, low=100, high=200, grad=False)} for n in (2, 3)}
_EPS = {"eps": Number(0.0078125, 0.5)}


def _bad(name):
    return [
        Bad(f"{name}: expected x to be floating point", InvalidType, x=np.int32([[1, 1], [2, 3]])),
        Bad(f"{name}: expected gamma of shape (3,), to fit x", InvalidType, x=np.float32([[1, 2, 3], [1, 2, 3]])),
        Bad(
            f"{name}: expected gamma and beta of one dtype" if name == "batch_normalization" else "of one dtype",
            InvalidType,
            beta=np.zeros(2),
        ),
    ]


_CANCELS = {
    "widen": {"float16": (4e-3, 3e-2)},
    "because": "adding beta, and subtracting means in the gradient, cancel numbers of up to 10 and leave what rounding left of them",
}

ROWS = [
    Spec(
        "batch_normalization",
        batch_normalization,
        [{**_FLAT, **_EPS}, _IMAGES, _LAST],
        **_CANCELS,
        extremes="the variance of the largest numbers overflows",
        errors=[*_bad("batch_normalization"), Bad("batch_normalization: expected the numbers in axis", RuntimeError, axis=(1, 0))],
    ),
    Spec(
        "fixed_batch_normalization",
        fixed_batch_normalization,
        [{**_FLAT, **_OF[2], **_EPS}, {**_IMAGES, **_OF[3]}, {**_LAST, **_OF[2]}],
        **_CANCELS,
        extremes="the difference of the largest numbers overflows",
        errors=_bad("fixed_batch_normalization"),
    ),
    Spec(
        "batch_renormalization",
        batch_renormalization,
        [
            {**_FLAT, **_EPS, **_FAR[2], "rmax": 1.5, "dmax": Number(0.25, 0.5)},
            {**_FLAT, **_FAR[2], "rmax": 1.5, "dmax": 0.5},
            {**_IMAGES, **_FAR[3], "rmax": 2, "dmax": 1},
        ],
        **_CANCELS,
        extremes="the variance of the largest numbers overflows",
        oracle={0: "Chainer's has no second gradient"},
        errors=[
            *_bad("batch_renormalization"),
            Bad("batch_renormalization: expected running_mean, which is required", TypeError, running_mean=None),
            Bad("batch_renormalization: expected running_var, which is required", TypeError, running_var=None),
        ],
    ),
    Spec(
        "fixed_batch_renormalization",
        fixed_batch_normalization,
        [{**_FLAT, **_OF[2], **_EPS}],
        **_CANCELS,
        extremes="the difference of the largest numbers overflows",
        call=_fixed_batch_renormalization,
        oracle={0: "only the name is another than that of fixed_batch_normalization"},
        errors=_bad("fixed_batch_normalization"),
    ),
    Spec(
        "group_normalization",
        group_normalization,
        [
            {"x": distinct(2, 4), "groups": 2, "gamma": real(4), "beta": real(4), **_EPS},
            {"x": distinct(2, 3, 2, 1), "groups": 1, "gamma": real(3), "beta": real(3)},
        ],
        **_CANCELS,
        extremes="the variance of the largest numbers overflows",
        errors=[
            Bad("group_normalization: expected x to be floating point", InvalidType, x=np.zeros((2, 4), "i")),
            Bad("group_normalization: expected gamma and beta with one number", InvalidType, x=np.zeros((2, 6), "f")),
            Bad("group_normalization: expected gamma and beta of one dtype", InvalidType, beta=np.zeros(4)),
            Bad("group_normalization: expected groups to divide the 4 channels", ValueError, groups=3),
            Bad("group_normalization: expected groups to be an int", TypeError, groups=2.0),
        ],
    ),
    Spec(
        "layer_normalization",
        layer_normalization,
        [{"x": distinct(2, 4), "gamma": real(4), "beta": real(4), **_EPS}],
        **_CANCELS,
        extremes="the variance of the largest numbers overflows",
        errors=[
            Bad("layer_normalization: expected x to be floating point", InvalidType, x=np.zeros((2, 4), "i")),
            Bad("layer_normalization: expected x with two axes", InvalidType, x=np.zeros((2, 4, 1), "f")),
            Bad("layer_normalization: expected x and gamma and beta of one dtype", InvalidType, beta=np.zeros(4)),
        ],
    ),
    Spec(
        "normalize",
        normalize,
        [{"x": distinct(4, 2), **_EPS}, {"x": distinct(2, 3, 2, 1), "axis": (1, 2)}, {"x": distinct(2, 3), "axis": -2}, {"x": real(0, 3)}],
        extremes="the squares of the largest numbers overflow",
        errors=[
            Bad("normalize: expected x to be floating point", InvalidType, x=np.zeros((2, 4), "i")),
            Bad("normalize: expected axis between -2 and 1", InvalidType, axis=2),
        ],
    ),
    Spec(
        "local_response_normalization",
        local_response_normalization,
        [
            {"x": real(2, 4), "k": Number(1, 2), "alpha": Number(0.25, 1), "beta": Number(0.5, 1)},
            {"x": real(2, 3, 2, 1), "n": 3, "alpha": 0.5},
            {"x": real(2, 3), "n": 4},
        ],
        extremes="the squares of the largest numbers overflow",
        oracle={0: "Chainer's has no second gradient"},
        errors=[
            Bad("local_response_normalization: expected x to be floating point", InvalidType, x=np.zeros((2, 4), "i")),
            Bad("local_response_normalization: expected x with an axis of channels", InvalidType, x=np.zeros(2, "f")),
        ],
    ),
    Spec(
        "decorrelated_batch_normalization",
        decorrelated_batch_normalization,
        [
            {"x": distinct(4, 2), "groups": 1, **_EPS},
            {"x": distinct(4, 2), "groups": 2},
            {"x": distinct(2, 2, 3, 1), "groups": 1, "eps": 0.25},
        ],
        extremes="the variance of the largest numbers overflows",
        oracle={0: "Chainer's has no second gradient and no half precision"},
        errors=[
            Bad("decorrelated_batch_normalization: expected x to be floating point", InvalidType, x=np.zeros((2, 4), "i")),
            Bad("decorrelated_batch_normalization: expected x with a multiple of 3 channels", InvalidType, groups=3),
        ],
    ),
    Spec(
        "fixed_decorrelated_batch_normalization",
        fixed_decorrelated_batch_normalization,
        [
            {"x": real(4, 2), "mean": real(1, 2), "projection": real(1, 2, 2), "groups": 1},
            {"x": real(2, 2, 3, 1), "mean": real(2, 1), "projection": real(2, 1, 1), "groups": 2},
        ],
        extremes="products of the largest numbers overflow",
        oracle=dict.fromkeys(range(2), "Chainer's gradients of mean and projection are wrong"),
        errors=[
            Bad("fixed_decorrelated_batch_normalization: expected x with 3 groups", InvalidType, groups=3),
            Bad("of one dtype", InvalidType, mean=np.zeros((1, 2))),
        ],
    ),
]
