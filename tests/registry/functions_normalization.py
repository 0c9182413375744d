"""Normalisation."""

import numpy as np

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


_FLAT = {"x": distinct(4, 2), "gamma": real(2), "beta": real(2)}
_IMAGES = {"x": distinct(2, 3, 2, 1), "gamma": real(3), "beta": real(3)}
_LAST = {"x": distinct(3, 2, 2), "gamma": real(2), "beta": real(2), "axis": (0, 1)}
_OF = {2: {"mean": real(2), "var": real(2, low=0.5)}, 3: {"mean": real(3), "var": real(3, low=0.5)}}
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


ROWS = [
    Spec(
        "batch_normalization",
        batch_normalization,
        [{**_FLAT, **_EPS}, _IMAGES, _LAST],
        extremes="the variance of the largest numbers overflows",
        errors=[*_bad("batch_normalization"), Bad("batch_normalization: expected the numbers in axis", RuntimeError, axis=(1, 0))],
    ),
    Spec(
        "fixed_batch_normalization",
        fixed_batch_normalization,
        [{**_FLAT, **_OF[2], **_EPS}, {**_IMAGES, **_OF[3]}, {**_LAST, **_OF[2]}],
        extremes="the difference of the largest numbers overflows",
        errors=_bad("fixed_batch_normalization"),
    ),
]
