"""Losses."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .functions_activation import log_softmax
from .spec import Bad, Spec, real, whole


def softmax_cross_entropy(
    x, t, normalize=True, class_weight=None, ignore_label=-1, reduce="mean", enable_double_backprop=True, soft_target_loss="cross-entropy"
):
    log_p = log_softmax(x)
    if t.dtype.kind == "f":
        entropy = t * np.log(t + 1e-7) if soft_target_loss == "kl-divergence" else 0
        terms = (entropy - t * log_p).sum(1)
        return terms if reduce == "no" else np.asarray(terms.mean())
    if class_weight is not None:
        log_p = log_p * class_weight.reshape(1, -1, *[1] * (x.ndim - 2))
    counts = t != ignore_label
    terms = -np.take_along_axis(log_p, np.where(counts, t, 0)[:, None], 1)[:, 0] * counts
    if reduce == "no":
        return terms
    return np.asarray(terms.sum() / max(counts.sum() if normalize else len(t), 1))


_TWICE = {"enable_double_backprop": True}
_PROBABILITIES = real(2, 3, low=0, high=1, grad=False)

ROWS = [
    Spec(
        "mean_squared_error",
        lambda x0, x1: np.asarray(np.mean((x0 - x1) ** 2)),
        [{"x0": real(3, 2), "x1": real(3, 2)}, {"x0": real(), "x1": real()}, {"x0": real(1), "x1": real(1)}],
        extremes="the square of the largest number overflows",
        errors=[
            Bad("mean_squared_error: expected arrays of one shape", InvalidType, x1=np.float32([1])),
            Bad("mean_squared_error: expected x0 and x1 of one dtype", InvalidType, x1=np.zeros((3, 2))),
            Bad("mean_squared_error: expected x0 to be floating point", InvalidType, x0=np.int32([1])),
        ],
    ),
    Spec(
        "softmax_cross_entropy",
        softmax_cross_entropy,
        oracle=dict.fromkeys(
            (3, 4), "Chainer's gradient, softmax(x) - t, is right only where the probabilities sum to 1; the loss is the same"
        ),
        cases=[
            {"x": real(3, 2), "t": whole(3, low=-1, high=1), **_TWICE},
            {
                "x": real(2, 3, 2),
                "t": whole(2, 2, high=2),
                "class_weight": real(3, low=0.5, high=2, grad=False),
                "normalize": False,
                **_TWICE,
            },
            {"x": real(3, 2), "t": whole(3, high=1), "reduce": "no", "ignore_label": 0, **_TWICE},
            {"x": real(2, 3), "t": _PROBABILITIES},
            {"x": real(2, 3), "t": _PROBABILITIES, "reduce": "no", "soft_target_loss": "kl-divergence"},
        ],
        extremes="the sum of the largest terms overflows",
        widen={"float16": (5e-3, 1e-3)},
        because="the logarithm of 1 + p, with 1 + p in float16, is wrong by half a thousandth however small the loss is",
        errors=[
            Bad("softmax_cross_entropy: expected t with the shape of x", InvalidType, t=np.int32([1])),
            Bad("softmax_cross_entropy: expected x to be floating point", InvalidType, x=np.int32([[1, 1]] * 3)),
            Bad(
                "softmax_cross_entropy: expected labels at least 0 and below 2, or -1, got 2", ValueError, late=True, t=np.int32([0, 1, 2])
            ),
            Bad("softmax_cross_entropy: expected reduce", ValueError, reduce="sum"),
            Bad("softmax_cross_entropy: expected class_weight of one axis", ValueError, class_weight=np.int32([1, 2])),
        ],
    ),
]
