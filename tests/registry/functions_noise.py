"""Noise. Laws seed ``numpy.random`` before each call, of the function and of its reference."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Number, Spec, real


def dropout(x, ratio=0.5, mask=None):
    if mask is None:
        mask = (np.random.rand(*x.shape) >= ratio) / (1 - ratio)
    return np.asarray(x * mask)


ROWS = [
    Spec(
        "dropout",
        dropout,
        oracle={3: "Chainer's function fails on a scalar, which it makes a number of NumPy"},
        cases=[
            {"x": real(3, 2), "ratio": Number(0, 0.75)},
            {"x": real(3), "mask": real(3, low=0, high=2, grad=False)},
            {"x": real(0, 3)},
            {"x": real()},
        ],
        extremes="scaling up the largest number overflows",
        errors=[
            Bad("dropout: expected x to be floating point", InvalidType, x=np.int32([1])),
            Bad("dropout: expected ratio at least 0 and below 1", ValueError, ratio=1.0),
            Bad("dropout: expected a mask of the shape of x", InvalidType, mask=np.float32([1])),
            Bad("train", ValueError, train=True),
        ],
    ),
]
