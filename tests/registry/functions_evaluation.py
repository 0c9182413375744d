"""Measures without gradients."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Spec, distinct, whole


def accuracy(y, t, ignore_label=None):
    counts = np.ones(t.shape, bool) if ignore_label is None else t != ignore_label
    right = (y.argmax(1).reshape(t.shape) == t) & counts
    return np.asarray(right.sum() / max(counts.sum(), 1), float)


ROWS = [
    Spec(
        "accuracy",
        accuracy,
        [
            {"y": distinct(3, 2), "t": whole(3, high=1)},
            {"y": distinct(2, 3, 2), "t": whole(2, 2, low=-1, high=2), "ignore_label": -1},
        ],
        orders=0,
        errors=[
            Bad("accuracy: expected t with the shape of y", InvalidType, t=np.int32([1])),
            Bad("accuracy: expected t to be integer", InvalidType, t=np.float32([1, 1, 1])),
            Bad("accuracy: expected y to be floating point", InvalidType, y=np.int32([[1], [1], [1]])),
        ],
    ),
]
