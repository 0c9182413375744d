"""Measures without gradients."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Number, Spec, distinct, real, whole


def accuracy(y, t, ignore_label=None):
    counts = np.ones(t.shape, bool) if ignore_label is None else t != ignore_label
    right = (y.argmax(1).reshape(t.shape) == t) & counts
    return np.asarray(right.sum() / max(counts.sum(), 1), float)


def binary_accuracy(y, t):
    return np.asarray(((y >= 0) == t)[t >= 0].sum() / max((t >= 0).sum(), 1))


def classification_summary(y, t, label_num=None, beta=1.0, ignore_label=-1):
    found, label_num = y.argmax(1)[t != ignore_label], t.max() + 1 if label_num is None else label_num
    t = t[t != ignore_label]
    right, relevant, support = (
        np.array([n.sum() for n in masks])
        for masks in zip(*[((found == c) & (t == c), found == c, t == c) for c in range(label_num)], strict=True)
    )
    p, r = right / relevant, right / support
    return p, r, (1 + beta**2) * p * r / (beta**2 * p + r), support


def r2_score(pred, true, multioutput="uniform_average"):
    spread = true.var(0) * len(true)
    score = np.where(spread == 0, 0, 1 - ((true - pred) ** 2).sum(0) / np.where(spread == 0, 1, spread))
    return score if multioutput == "raw_values" else score.mean()


_SCORES = [
    {"y": distinct(3, 2), "t": whole(3, high=1), "label_num": 2},
    {"y": distinct(2, 3, 2), "t": whole(2, 2, low=-1, high=2), "label_num": 3},
]
_MEASURES = ("float64", "int64")


def _bad_scores(who):
    return [
        Bad(f"{who}: expected t with the shape of y", InvalidType, t=np.int32([1])),
        Bad(f"{who}: expected t to be integer", InvalidType, t=np.float32([1, 1, 1])),
        Bad(f"{who}: expected y to be floating point", InvalidType, y=np.int32([[1], [1], [1]])),
    ]


ROWS = [
    Spec(
        "accuracy",
        accuracy,
        [
            {"y": distinct(3, 2), "t": whole(3, high=1)},
            {"y": distinct(2, 3, 2), "t": whole(2, 2, low=-1, high=2), "ignore_label": -1},
        ],
        orders=0,
        errors=_bad_scores("accuracy"),
    ),
    Spec(
        "binary_accuracy",
        binary_accuracy,
        [{"y": real(3, 2), "t": whole(3, 2, low=-1)}, {"y": real(0, 3), "t": whole(0, 3)}, {"y": real(), "t": whole()}],
        orders=0,
        errors=[
            Bad("binary_accuracy: expected y and t of one shape", InvalidType, t=np.int32([1])),
            Bad("binary_accuracy: expected t to be integer", InvalidType, t=np.float32([1])),
            Bad("binary_accuracy: expected y to be floating point", InvalidType, y=np.int32([1])),
        ],
    ),
    Spec(
        "classification_summary",
        classification_summary,
        [
            {**_SCORES[0], "beta": Number(0.5, 2)},
            {**_SCORES[1], "t": whole(2, 2, high=2), "ignore_label": 0},
            {"y": distinct(3, 2), "t": whole(3, low=0)},
        ],
        orders=0,
        result=("float64", "float64", "float64", "int64"),
        errors=[
            *_bad_scores("classification_summary"),
            Bad(
                "classification_summary: expected labels at least 0 and below 2147483647, or -1, got -2", ValueError, t=np.int32([0, -2, 1])
            ),
        ],
    ),
    Spec("precision", lambda *a, **k: classification_summary(*a, **k)[::3], _SCORES, orders=0, result=_MEASURES),
    Spec("recall", lambda *a, **k: classification_summary(*a, **k)[1::2], _SCORES, orders=0, result=_MEASURES),
    Spec("f1_score", lambda *a, **k: classification_summary(*a, **k)[2:], _SCORES, orders=0, result=_MEASURES),
    Spec(
        "r2_score",
        r2_score,
        [
            {"pred": distinct(3, 2), "true": distinct(3, 2)},
            {"pred": distinct(3, 2), "true": distinct(3, 2), "multioutput": "raw_values"},
            {"pred": distinct(2), "true": real(2, low=1, high=1)},
        ],
        orders=0,
        extremes="squares of the largest numbers overflow",
        errors=[
            Bad("r2_score: expected pred and true of one shape", InvalidType, pred=np.float32([1])),
            Bad("r2_score: expected pred to be floating point", InvalidType, pred=np.int32([1])),
            Bad("r2_score: expected multioutput", ValueError, multioutput="mean"),
            Bad("r2_score: expected sample_weight to be None", NotImplementedError, sample_weight=np.ones(3)),
        ],
    ),
]
