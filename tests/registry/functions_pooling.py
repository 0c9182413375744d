"""Summaries of windows."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .functions_connection import windows
from .spec import Bad, Spec, distinct, real


def max_pooling_2d(x, ksize, stride=None, pad=0, cover_all=True):
    return windows(x, ksize, ksize if stride is None else stride, pad, cover_all, fill=-np.inf).max((4, 5))


def average_pooling_2d(x, ksize, stride=None, pad=0):
    return windows(x, ksize, ksize if stride is None else stride, pad).mean((4, 5))


def _bad(name):
    return [
        Bad(f"{name}: expected x with 4 axes", InvalidType, x=np.zeros((1, 2, 3), "f")),
        Bad(f"{name}: expected x to be floating point", InvalidType, x=np.zeros((1, 2, 3, 4), "i")),
        Bad(f"{name}: expected images that a window of (9, 9) fits into", InvalidType, ksize=9, stride=1),
    ]


ROWS = [
    Spec(
        "average_pooling_2d",
        average_pooling_2d,
        [{"x": real(1, 2, 3, 4), "ksize": 2}, {"x": real(2, 1, 3, 4), "ksize": (2, 3), "stride": (1, 2), "pad": 1}],
        extremes="sums of the largest numbers overflow",
        errors=_bad("average_pooling_2d"),
    ),
    Spec(
        "max_pooling_2d",
        max_pooling_2d,
        [
            {"x": distinct(1, 2, 3, 4), "ksize": 2},
            {"x": distinct(2, 1, 3, 4), "ksize": (2, 3), "stride": (1, 2), "pad": 1, "cover_all": False},
        ],
        errors=_bad("max_pooling_2d"),
    ),
]
